/** The tests' own plain client of podd's HTTP API, so that the product's client is not tested with itself. */
import { type IncomingMessage, request } from 'node:http';

export interface ApiReply {
  readonly status: number;
  /** parsed JSON, or the text when it is not JSON */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into replies of many shapes
  readonly body: any;
}

/** One request over the unix socket; rejects when the connection fails. */
export function callApi(socketPath: string, method: string, path: string, body?: unknown): Promise<ApiReply> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const call = request({ socketPath, method, path, headers, agent: false }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', reject);
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString()) }));
    });
    call.on('error', reject);
    call.end(text);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A `?watch=1` request whose stream is open: what happens from now on is seen. */
export interface Watch<T> {
  readonly events: AsyncIterable<T>;
  readonly close: () => void;
}

/** Opens a watch; resolves when the server has answered. */
export async function openWatch<T>(socketPath: string, path: string): Promise<Watch<T>> {
  const call = request({ socketPath, path, agent: false });
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    call.on('response', resolve);
    call.on('error', reject);
    call.end();
  });
  // Closing the watch aborts its reply; a stream that podd's death cuts simply ends.
  reply.on('error', () => undefined);
  return { events: parseLines<T>(reply), close: () => call.destroy() };
}

async function* parseLines<T>(reply: IncomingMessage): AsyncGenerator<T> {
  let rest = '';
  for await (const chunk of reply.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as T;
  }
}
