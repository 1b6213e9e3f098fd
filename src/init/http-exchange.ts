/** The little of HTTP/1.1 (RFC 9112) a probe needs, as text: one GET out, a status and the end of the answer in. */
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';

type HttpHandler = Extract<ProbeHandlerSpec, { kind: 'httpGet' }>;

/** How the answer stands after what has come so far. */
export type HttpAnswer =
  | { readonly kind: 'partial' }
  | { readonly kind: 'garbled' }
  /** the head is complete; `hasEnded`: nothing more of it is to be waited for */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly hasEnded: boolean;
      /** as far as it has come */
      readonly body: string;
      readonly location?: string;
    };

/** The GET, with the probe's headers as the kubelet sends them: all of one name, Host, User-Agent and Accept for its own. One request, whatever is in it. */
export function formatHttpRequest(handler: HttpHandler, address: string): string {
  const given = handler.headers.flatMap(([name, value]) =>
    tokenPattern.test(name) ? [[canonicalName(name), value.replace(controls, ' ')] as const] : [],
  );
  const first = (name: string): string | undefined => given.find(([own]) => own === name)?.[1];
  const agent = first('User-Agent') ?? 'kube-probe/podctl';
  const lines = [
    `GET ${requestTarget(handler.path)} HTTP/1.1`,
    `Host: ${first('Host') || hostHeader(handler, address)}`,
    ...(agent === '' ? [] : [`User-Agent: ${agent}`]),
    ...(first('Accept') === undefined ? ['Accept: */*'] : []),
    ...given.filter(([name]) => isSent(name, first('Accept'))).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Not those that stand elsewhere or that the client sees to; an empty Accept means none (newProbeRequest). */
const isSent = (name: string, accept: string | undefined): boolean =>
  !ownHeaders.has(name) && !(name === 'Accept' && accept === '');

const ownHeaders = new Set(['Host', 'User-Agent', 'Connection', 'Content-Length', 'Transfer-Encoding', 'Trailer']);

/** As Go's textproto spells it: `X-Probe`. */
const canonicalName = (name: string): string =>
  name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

/** Read the answer's beginning (bytes as latin1). 100, 102 and 103 announce the real answer and are skipped. */
export function readHttpAnswer(text: string): HttpAnswer {
  const headEnd = /\r?\n\r?\n/.exec(text);
  const status = statusLine.exec(text)?.[1];
  if (status === undefined) return isStatusBeginning(text) ? { kind: 'partial' } : { kind: 'garbled' };
  if (headEnd === null) return { kind: 'partial' };
  const body = text.slice(headEnd.index + headEnd[0].length);
  if (interim.has(status)) return readHttpAnswer(body);
  const head = text.slice(0, headEnd.index);
  const location = locationLine.exec(head)?.[1];
  return {
    kind: 'answered',
    status: Number(status),
    hasEnded: isBodyComplete(Number(status), head, body),
    body: chunkedLine.test(head) ? joinChunks(body) : body,
    ...(location === undefined ? {} : { location }),
  };
}

/** RFC 9110, field names */
const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not get into a header line
const controls = /[\u0000-\u001f\u007f]+/g;
const statusLine = /^HTTP\/1\.[01] (\d{3})(?:[ \r\n])/;
const locationLine = /^location:[ \t]*([^\r\n]*[^\r\n \t])/im;
const chunkedLine = /^transfer-encoding:.*chunked/im;
const statusShape = 'HTTP/1.x 000 ';
const interim = new Set(['100', '102', '103']);

const isDefaultPort = (handler: HttpHandler): boolean => handler.port === (handler.scheme === 'https' ? 443 : 80);

function hostHeader(handler: HttpHandler, address: string): string {
  const ip = address.slice(0, address.lastIndexOf(':')).replace(/%[^\]]*/, '');
  const name = handler.host === 'localhost' ? 'localhost' : ip;
  return isDefaultPort(handler) ? name : `${name}:${handler.port}`;
}

/** Origin form: a path and query, everything outside of visible ASCII percent-encoded. */
export function requestTarget(path: string): string {
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
  return chunkedLine.test(head) && `\r\n${body}`.endsWith('\r\n0\r\n\r\n');
}

/** What has come of a chunked body; what is no chunk ends it (RFC 9112, 7.1). */
function joinChunks(body: string): string {
  let text = '';
  for (let at = 0; ; ) {
    const size = /^([0-9a-f]{1,8})[^\r\n]*\r\n/i.exec(body.slice(at, at + maxChunkHead));
    const bytes = Number.parseInt(size?.[1] ?? '0', 16);
    if (size === null || bytes === 0) return text;
    at += size[0].length;
    text += body.slice(at, at + bytes);
    at += bytes + '\r\n'.length;
  }
}

/** a size, and extensions that nobody uses */
const maxChunkHead = 256;
