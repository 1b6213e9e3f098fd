/** Kubernetes' grpc probe: the gRPC health protocol over HTTP/2 without TLS. */
import type { Socket } from 'node:net';
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';
import { checkPath, encodeCheck, judgeCheck } from './grpc-health.ts';
import { encodePost, Http2Answer } from './http2-frames.ts';
import { connectTo, formatAddress } from './probe-connect.ts';
import type { ProbeResult } from './probe-verdict.ts';

type GrpcHandler = Extract<ProbeHandlerSpec, { kind: 'grpc' }>;

/** One attempt; `done` is called at most once. Returns what ends it, its connection included. */
export function probeGrpc({ host, port, service }: GrpcHandler, done: (result: ProbeResult) => void): () => void {
  let isOpen = true;
  const end = (): void => {
    isOpen = false;
    disconnect();
  };
  const settle = (result: ProbeResult): void => {
    if (!isOpen) return;
    end();
    done(result);
  };
  const disconnect = connectTo(host, port, {
    onConnected: (socket, address) => converse(socket, formatAddress(address, port), service, settle),
    onFailed: (message, refusedBy) =>
      settle({ ok: false, message: `error: ${message}`, ...(refusedBy === undefined ? {} : { refusedBy }) }),
  });
  return end;
}

const fields = { 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'podctl-probe/1' };

/** May settle again. */
function converse(socket: Socket, authority: string, service: string, settle: (result: ProbeResult) => void): void {
  const answer = new Http2Answer();
  const broken = (detail: string): void => settle(judgeCheck({ code: undefined, detail, body: Buffer.alloc(0) }));
  socket.on('data', (bytes: Buffer) => {
    const { outcome, reply } = answer.take(bytes);
    if (reply.length > 0) socket.write(reply);
    if (outcome.kind === 'broken') broken(outcome.detail);
    if (outcome.kind === 'ended') settle(judgeFields(outcome.fields, outcome.body));
  });
  socket.on('error', (error: NodeJS.ErrnoException) => broken(error.code ?? error.message));
  socket.on('close', () => broken('the connection was closed'));
  socket.write(encodePost(checkPath, authority, fields, encodeCheck(service)));
}

function judgeFields(got: ReadonlyMap<string, string>, body: Buffer): ProbeResult {
  const code = got.get('grpc-status');
  const status = `unexpected HTTP status code: ${got.get(':status') ?? 'none'}`;
  if (code === undefined) return judgeCheck({ code: undefined, detail: status, body });
  return judgeCheck({ code: Number(code), detail: decodeDetail(got.get('grpc-message') ?? ''), body });
}

function decodeDetail(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
