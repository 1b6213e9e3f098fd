/** Kubernetes' tcpSocket probe: a connection that is accepted is a success. */
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';
import { connectTo, formatAddress } from './probe-connect.ts';
import type { ProbeResult } from './probe-verdict.ts';

type TcpHandler = Extract<ProbeHandlerSpec, { kind: 'tcpSocket' }>;

/** One attempt; `done` is called at most once. Returns what ends it, its socket included. */
export function probeTcp({ host, port }: TcpHandler, done: (result: ProbeResult) => void): () => void {
  return connectTo(host, port, {
    onConnected: (socket, address) => {
      socket.destroy();
      done({ ok: true, message: `connected to ${formatAddress(address, port)}` });
    },
    onFailed: (message, refusedBy) => done({ ok: false, message, ...(refusedBy === undefined ? {} : { refusedBy }) }),
  });
}
