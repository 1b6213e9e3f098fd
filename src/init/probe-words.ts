/** What the kubelet says of a failed probe (pkg/probe); its events and conditions are looked for by these words. Pure. */
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { formatDuration } from '../util/duration.ts';
import { urlOf } from './http-redirect.ts';
import type { ProbeResult } from './probe-verdict.ts';

/** After `Liveness probe failed: `. */
export function probeWords(handler: ProbeHandlerSpec, timeoutMs: number, result: ProbeResult): string {
  switch (handler.kind) {
    case 'exec':
      if (result.isLate === true)
        return `command "${handler.argv.join(' ')}" timed out after ${formatDuration(timeoutMs)}`;
      return result.output || result.message;
    case 'httpGet':
      if (result.status !== undefined) return `HTTP probe failed with statuscode: ${result.status}`;
      return `Get "${result.url ?? urlOf(handler)}": ${networkWords(result, httpLate)}`;
    case 'tcpSocket':
      return networkWords(result, `dial tcp ${addressOf(handler)}: i/o timeout`);
    case 'grpc':
      if (result.isLate !== true && result.refusedBy === undefined) return result.message;
      return `timeout: failed to connect service "${addressOf(handler)}" within ${formatDuration(timeoutMs)}: ${networkWords(result, 'context deadline exceeded')}`;
    default:
      return assertNever(handler, 'probe handler');
  }
}

const httpLate = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';

function networkWords({ isLate, refusedBy, message }: ProbeResult, late: string): string {
  if (isLate === true) return late;
  return refusedBy === undefined ? message : `dial tcp ${refusedBy}: connect: connection refused`;
}

const addressOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
