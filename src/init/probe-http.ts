/** Kubernetes' httpGet probe: 200 … 399 is a success, redirects are not followed, certificates are not verified. */
import type { Socket } from 'node:net';
import type * as Tls from 'node:tls';
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';
import { formatHttpRequest, type HttpAnswer, readHttpAnswer } from './http-exchange.ts';
import { connectTo, formatAddress } from './probe-connect.ts';
import type { ProbeResult } from './probe-verdict.ts';

type HttpHandler = Extract<ProbeHandlerSpec, { kind: 'httpGet' }>;

/** Kubernetes' limit (pkg/probe/http): so much of an answer is read. */
const maxAnswerBytes = 10 * 1024;

/** One attempt; `done` is called at most once. Returns what ends it, its socket included. */
export function probeHttp(handler: HttpHandler, done: (result: ProbeResult) => void): () => void {
  let isOpen = true;
  let stream: Socket | undefined;
  const end = (): void => {
    isOpen = false;
    stream?.destroy();
    disconnect();
  };
  const settle = (result: ProbeResult): void => {
    if (!isOpen) return;
    end();
    done(result);
  };
  const disconnect = connectTo(handler.host, handler.port, {
    onConnected: (socket, ip) => {
      stream = handler.scheme === 'https' ? wrapInTls(socket) : socket;
      converse(stream, formatHttpRequest(handler, formatAddress(ip, handler.port)), settle);
    },
    onFailed: (message, refusedBy) => settle({ ok: false, message, ...(refusedBy === undefined ? {} : { refusedBy }) }),
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

/** Sends the request and reads until the answer has ended, 10 KiB have come, or the other side closes. May settle again. */
function converse(stream: Socket, request: string, settle: (result: ProbeResult) => void): void {
  let received = '';
  stream.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1', 0, maxAnswerBytes - received.length);
    const answer = readHttpAnswer(received);
    const isOver = received.length >= maxAnswerBytes || (answer.kind === 'answered' && answer.hasEnded);
    if (isOver || answer.kind === 'garbled') settle(judge(answer));
  });
  stream.on('error', (error: NodeJS.ErrnoException) => settle(judgeEnd(received, error)));
  stream.on('close', () => settle(judgeEnd(received, undefined)));
  stream.on('end', () => settle(judgeEnd(received, undefined)));
  stream.write(request);
}

/** The connection is over: what had come counts (RFC 9112, 6.3: the end may be the end of the body). */
function judgeEnd(received: string, error: NodeJS.ErrnoException | undefined): ProbeResult {
  if (received !== '') return judge(readHttpAnswer(received));
  const why = error === undefined ? 'connection closed without an answer' : `no answer: ${error.code ?? error.message}`;
  return { ok: false, message: why };
}

function judge(answer: HttpAnswer): ProbeResult {
  if (answer.kind === 'answered') {
    const { status } = answer;
    return { ok: status >= 200 && status < 400, message: `HTTP ${status}`, status };
  }
  return {
    ok: false,
    message: answer.kind === 'partial' ? 'the answer ended in its head' : 'the answer is not HTTP/1',
  };
}
