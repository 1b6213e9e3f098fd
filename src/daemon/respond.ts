/** Writes answers. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiStatus } from '../protocol/api.ts';
import { ApiError } from './status-errors.ts';

/** A whole JSON answer; `warnings` become `Warning: 299` headers, which kubectl prints (RFC 9111 and Kubernetes' API conventions). */
export function sendJson(
  response: ServerResponse,
  code: number,
  value: unknown,
  warnings: readonly string[] = [],
): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  addWarnings(response, warnings);
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** A whole plain-text answer. */
export function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** `Warning` headers, before the head is written. */
export function addWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length > 0) response.setHeader('warning', warnings.map(formatWarning));
}

/** A refusal written to a connection that already left the HTTP server (after Upgrade); ends it. */
export function sendStatusRaw(socket: Duplex, status: ApiStatus): void {
  const body = `${JSON.stringify(status)}\n`;
  const head = [
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Throws NotAcceptable unless the client takes `application/json`; parameters such as kubectl's `as=Table` are another type. */
export function checkAcceptsJson(request: IncomingMessage): void {
  const accept = request.headers.accept;
  if (accept === undefined || accept === '') return;
  const types = accept.split(',').map((type) => type.trim());
  if (types.some((type) => /^(\*\/\*|application\/\*|application\/json)($|\s*;(?!.*\bas=))/.test(type))) return;
  throw new ApiError('NotAcceptable', 'only the following media types are accepted: application/json');
}

// Header values are latin-1 without control characters; everything else is replaced.
function formatWarning(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
  return `299 - "${safe}"`;
}
