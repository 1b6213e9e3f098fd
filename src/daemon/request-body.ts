/** Reads request bodies. */
import type { IncomingMessage } from 'node:http';
import { describeJsonError } from '../util/json-error.ts';
import { ApiError } from './status-errors.ts';

/** Largest body accepted: 16 MiB. */
export const maxBodyBytes = 16 * 1024 * 1024;
// More than this is not even read to its end: the connection is cut.
const maxDrainedBytes = 4 * maxBodyBytes;

/** The body as a JSON value; undefined when it is empty. Throws ApiError: BadRequest, RequestEntityTooLarge, UnsupportedMediaType. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const text = decodeText(await readBody(request));
  if (text === '') return undefined;
  const type = request.headers['content-type'] ?? 'application/json';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError('UnsupportedMediaType', `the body must be application/json, not ${type}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError('BadRequest', `the body is ${describeJsonError(error)}`);
  }
}

// A body that is too long is read on and thrown away: closing a unix socket over unread data takes the answer from the client.
async function readBody(request: IncomingMessage): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxDrainedBytes) break;
    if (bytes > maxBodyBytes) chunks = [];
    else chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) {
    throw new ApiError('RequestEntityTooLarge', `the body is larger than ${maxBodyBytes} bytes`);
  }
  return Buffer.concat(chunks);
}

function decodeText(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new ApiError('BadRequest', 'the body is not UTF-8 text');
  }
}
