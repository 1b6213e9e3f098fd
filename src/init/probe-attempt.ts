/** One attempt of a probe or hook, whatever its handler. */
import type { ProbeHandlerSpec, ProbeSpec } from '../model/pod-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { formatDuration } from '../util/duration.ts';
import { setLongTimeout } from './long-timeout.ts';
import { probeExec, type RunExec } from './probe-exec.ts';
import { probeGrpc } from './probe-grpc.ts';
import { probeHttp } from './probe-http.ts';
import { probeTcp } from './probe-tcp.ts';
import type { ProbeResult } from './probe-verdict.ts';

type AttemptSpec = Pick<ProbeSpec, 'handler' | 'timeoutMs'>;

/** One attempt within its time limit. `done` comes from the event loop, at most once, never after the returned cancel. */
export function attemptOnce(
  { handler, timeoutMs }: AttemptSpec,
  runExec: RunExec,
  done: (result: ProbeResult) => void,
): () => void {
  let isOpen = true;
  let isStarted = false;
  let early: NodeJS.Immediate | undefined;
  let cancelAttempt = (): void => {};
  const close = (): void => {
    isOpen = false;
    clearImmediate(early);
    cancelTimer();
    cancelAttempt();
  };
  const finish = (result: ProbeResult): void => {
    if (!isOpen) return;
    // what cannot even be started tells so before its cancel is known
    if (!isStarted) {
      early ??= setImmediate(() => finish(result));
      return;
    }
    close();
    done(result);
  };
  const late = `no answer within ${formatDuration(timeoutMs)}`;
  const cancelTimer = setLongTimeout(() => finish({ ok: false, message: late, isLate: true }), timeoutMs);
  try {
    cancelAttempt = startAttempt(handler, timeoutMs, runExec, finish);
  } catch (error) {
    finish({ ok: false, message: error instanceof Error ? error.message : String(error) });
  }
  isStarted = true;
  return close;
}

function startAttempt(
  handler: ProbeHandlerSpec,
  timeoutMs: number,
  runExec: RunExec,
  done: (result: ProbeResult) => void,
): () => void {
  switch (handler.kind) {
    case 'exec':
      return probeExec(handler.argv, timeoutMs, runExec, done);
    case 'httpGet':
      return probeHttp(handler, done);
    case 'tcpSocket':
      return probeTcp(handler, done);
    case 'grpc':
      return probeGrpc(handler, done);
    default:
      return assertNever(handler, 'probe handler');
  }
}
