/**
 * Kubernetes' httpGet probe: 200 … 399 is a success, redirects are followed on the same host (10 requests at most), certificates are
 * not verified.
 */
import type { Socket } from 'node:net';
import type * as Tls from 'node:tls';
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';
import { formatHttpRequest, type HttpAnswer, readHttpAnswer } from './http-exchange.ts';
import { followRedirect, type Redirect, redirectStatuses, urlOf } from './http-redirect.ts';
import { connectTo, formatAddress } from './probe-connect.ts';
import type { ProbeResult } from './probe-verdict.ts';

type HttpHandler = Extract<ProbeHandlerSpec, { kind: 'httpGet' }>;

/** Kubernetes' limit (pkg/probe/http): so much of an answer is read. */
const maxAnswerBytes = 10 * 1024;

/** Of Go's client. */
const maxRequests = 10;
/** What of an answer goes into an event. */
const maxQuotedChars = 1024;

/** How one request ended. */
type HttpEnd = { readonly result: ProbeResult } | { readonly redirect: Exclude<Redirect, { kind: 'elsewhere' }> };

/** One attempt; `done` is called at most once. Returns what ends it, its socket included. */
export function probeHttp(handler: HttpHandler, done: (result: ProbeResult) => void): () => void {
  let cancel = (): void => {};
  const ask = (hop: HttpHandler, requests: number): void => {
    const url = requests === 1 ? {} : { url: urlOf(hop) };
    cancel = requestOnce(hop, (end) => {
      if ('result' in end) return done({ ...end.result, ...url });
      const { redirect } = end;
      if (redirect.kind === 'bad') return done({ ok: false, message: redirect.message, ...url });
      if (requests < maxRequests) return ask(redirect.handler, requests + 1);
      done({ ok: false, message: `stopped after ${maxRequests} redirects`, url: urlOf(redirect.handler) });
    });
  };
  ask(handler, 1);
  return () => cancel();
}

function requestOnce(handler: HttpHandler, done: (end: HttpEnd) => void): () => void {
  let isOpen = true;
  let stream: Socket | undefined;
  const end = (): void => {
    isOpen = false;
    stream?.destroy();
    disconnect();
  };
  const settle = (how: HttpEnd): void => {
    if (!isOpen) return;
    end();
    done(how);
  };
  const disconnect = connectTo(handler.host, handler.port, {
    onConnected: (socket, ip) => {
      stream = handler.scheme === 'https' ? wrapInTls(socket) : socket;
      converse(stream, handler, formatAddress(ip, handler.port), settle);
    },
    onFailed: (message, refusedBy) =>
      settle({ result: { ok: false, message, ...(refusedBy === undefined ? {} : { refusedBy }) } }),
  });
  return end;
}

let tls: { readonly module: typeof Tls; readonly secureContext: Tls.SecureContext } | undefined;

/** TLS is loaded by the first https probe: it lies in the node binary, not among the container's files, and costs a megabyte. */
function wrapInTls(socket: Socket): Socket {
  tls ??= loadTls();
  const secured = tls.module.connect({ socket, rejectUnauthorized: false, secureContext: tls.secureContext });
  secured.on('error', () => {});
  return secured;
}

function loadTls(): NonNullable<typeof tls> {
  const module = process.getBuiltinModule('node:tls');
  // without a list of its own it would parse the 140 root certificates that nothing is verified with
  return { module, secureContext: module.createSecureContext({ ca: [] }) };
}

/** Sends the request and reads until the answer has ended or leads on, 10 KiB have come, or the other side closes. May settle again. */
function converse(stream: Socket, handler: HttpHandler, address: string, settle: (end: HttpEnd) => void): void {
  let received = '';
  stream.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1', 0, maxAnswerBytes - received.length);
    const answer = readHttpAnswer(received);
    const isOver = received.length >= maxAnswerBytes || (answer.kind === 'answered' && answer.hasEnded);
    const end = judge(answer, handler);
    if (isOver || answer.kind === 'garbled' || 'redirect' in end) settle(end);
  });
  const close = (error?: NodeJS.ErrnoException): void => settle(judgeEnd(received, handler, error));
  stream.on('error', close);
  stream.on('close', () => close());
  stream.on('end', () => close());
  stream.write(formatHttpRequest(handler, address));
}

/** The connection is over: what had come counts (RFC 9112, 6.3: the end may be the end of the body). */
function judgeEnd(received: string, handler: HttpHandler, error: NodeJS.ErrnoException | undefined): HttpEnd {
  if (received !== '') return judge(readHttpAnswer(received), handler);
  const why = error === undefined ? 'connection closed without an answer' : `no answer: ${error.code ?? error.message}`;
  return { result: { ok: false, message: why } };
}

function judge(answer: HttpAnswer, handler: HttpHandler): HttpEnd {
  if (answer.kind === 'partial') return { result: { ok: false, message: 'the answer ended in its head' } };
  if (answer.kind === 'garbled') return { result: { ok: false, message: 'the answer is not HTTP/1' } };
  const { status, location, body } = answer;
  if (location !== undefined && redirectStatuses.has(status)) {
    const redirect = followRedirect(handler, location);
    if (redirect.kind !== 'elsewhere') return { redirect };
  }
  const isOk = status >= 200 && status < 400;
  const warning = isOk && status >= 300 ? { warning: `Probe terminated redirects, Response body: ${quote(body)}` } : {};
  return { result: { ok: isOk, message: `HTTP ${status}`, status, ...warning } };
}

const quote = (body: string): string => Buffer.from(body, 'latin1').toString('utf8').slice(0, maxQuotedChars);
