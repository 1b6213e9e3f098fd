/** The little of HTTP/1.1 (RFC 9112) a probe needs, as text: one GET out, a status and the end of the answer in. */
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';

type HttpHandler = Extract<ProbeHandlerSpec, { kind: 'httpGet' }>;

/** How the answer stands after what has come so far. */
export type HttpAnswer =
  | { readonly kind: 'partial' }
  | { readonly kind: 'garbled' }
  /** the head is complete; `hasEnded`: nothing more of it is to be waited for */
  | { readonly kind: 'answered'; readonly status: number; readonly hasEnded: boolean };

/** The GET; headers of the probe stand in for ours of the same name. Nothing in it can begin a second line or request. */
export function formatHttpRequest(handler: HttpHandler, address: string): string {
  const headers = new Map<string, string>([
    ['host', `Host: ${hostHeader(handler, address)}`],
    ['user-agent', 'User-Agent: podctl-probe/1'],
    ['accept', 'Accept: */*'],
  ]);
  for (const [name, value] of handler.headers) {
    if (tokenPattern.test(name)) headers.set(name.toLowerCase(), `${name}: ${value.replace(controls, ' ')}`);
  }
  headers.set('connection', 'Connection: close');
  return `GET ${requestTarget(handler.path)} HTTP/1.1\r\n${[...headers.values()].join('\r\n')}\r\n\r\n`;
}

/** Read the answer's beginning (bytes as latin1). 100, 102 and 103 announce the real answer and are skipped. */
export function readHttpAnswer(text: string): HttpAnswer {
  const headEnd = /\r?\n\r?\n/.exec(text);
  const status = statusLine.exec(text)?.[1];
  if (status === undefined) return isStatusBeginning(text) ? { kind: 'partial' } : { kind: 'garbled' };
  if (headEnd === null) return { kind: 'partial' };
  const body = text.slice(headEnd.index + headEnd[0].length);
  if (interim.has(status)) return readHttpAnswer(body);
  const hasEnded = isBodyComplete(Number(status), text.slice(0, headEnd.index), body);
  return { kind: 'answered', status: Number(status), hasEnded };
}

/** RFC 9110, field names */
const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not get into a header line
const controls = /[\u0000-\u001f\u007f]+/g;
const statusLine = /^HTTP\/1\.[01] (\d{3})(?:[ \r\n])/;
const statusShape = 'HTTP/1.x 000 ';
const interim = new Set(['100', '102', '103']);

const isDefaultPort = (handler: HttpHandler): boolean => handler.port === (handler.scheme === 'https' ? 443 : 80);

function hostHeader(handler: HttpHandler, address: string): string {
  const ip = address.slice(0, address.lastIndexOf(':')).replace(/%[^\]]*/, '');
  const name = handler.host === 'localhost' ? 'localhost' : ip;
  return isDefaultPort(handler) ? name : `${name}:${handler.port}`;
}

/** Origin form: a path and query, everything outside of visible ASCII percent-encoded. */
function requestTarget(path: string): string {
  const encoded = path.split('#', 1)[0]?.replace(/[^!-~]+/g, percentEncode) ?? '';
  return encoded.startsWith('/') ? encoded : `/${encoded}`;
}

const percentEncode = (text: string): string => Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&');

/** What could still become a status line. */
const isStatusBeginning = (text: string): boolean =>
  [...text.slice(0, statusShape.length)].every((char, i) => {
    const wanted = statusShape[i] as string;
    if (wanted === 'x') return char === '0' || char === '1';
    return wanted === '0' ? char >= '0' && char <= '9' : char === wanted;
  }) && text.length < statusShape.length;

/** Without a length the end is that of the connection, which we asked to be closed. */
function isBodyComplete(status: number, head: string, body: string): boolean {
  if (status === 204 || status === 304) return true;
  const length = /^content-length:[ \t]*(\d{1,15})[ \t]*\r?$/im.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  return /^transfer-encoding:.*chunked/im.test(head) && `\r\n${body}`.endsWith('\r\n0\r\n\r\n');
}
