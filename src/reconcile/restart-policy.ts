/** Whether and when an ended container is started again. Pure; all times are monotonic milliseconds. */

import type { RecordedExit, RunRecord } from '../model/pod-record.ts';
import type { BackoffSpec, ContainerSpec } from '../model/pod-spec.ts';

/** Kubernetes restartPolicy. A lost status (`Unknown`, DESIGN §5) counts as failure: it is never taken for success. */
export function shouldRestart(
  policy: ContainerSpec['restartPolicy'],
  exit: Pick<RecordedExit, 'exitCode' | 'reason'>,
): boolean {
  if (policy === 'Always') return true;
  return policy === 'OnFailure' && !succeeded(exit);
}

/** True when the container ended well: exit code 0 and a known status. */
export function succeeded(exit: Pick<RecordedExit, 'exitCode' | 'reason'>): boolean {
  return exit.exitCode === 0 && exit.reason !== 'Unknown';
}

/** True when the container ended for good: its policy does not start it again and no changed spec asks for it. */
export function isFinished(policy: ContainerSpec['restartPolicy'], run: RunRecord): boolean {
  if (run.lastExit === undefined || run.startAnyway || run.lastExit.attempt !== run.attempt) return false;
  return !shouldRestart(policy, run.lastExit);
}

/**
 * Folds one exit into the history; an exit already folded changes nothing (exits are counted once).
 * Back-off as the kubelet's: the first restart is at once, then initialMs growing by factor to maxMs; a run of resetAfterMs starts over.
 */
export function foldExit(run: RunRecord, exit: RecordedExit, ranMs: number, backoff: BackoffSpec): RunRecord {
  if (isFolded(run, exit.attempt)) return run;
  // Ended by podd to start it anew: not a failure of its own.
  const earned = run.startAnyway || ranMs >= backoff.resetAfterMs ? 0 : run.nextBackoffMs;
  return {
    ...run,
    attempt: Math.max(run.attempt ?? 0, exit.attempt),
    lastExit: exit,
    ...(run.lastExit === undefined ? {} : { previousExit: run.lastExit }),
    backoffMs: earned,
    waitMs: earned,
    nextBackoffMs: run.startAnyway ? 0 : growBackoff(earned, backoff),
  };
}

/** True when the exit of that start is already in the history. */
export function isFolded(run: RunRecord, attempt: number): boolean {
  return run.lastExit !== undefined && run.lastExit.attempt >= attempt;
}

/** A changed spec starts fresh: at once and without the old spec's back-off (the kubelet's back-off key holds the spec's hash). */
export function forgiveBackoff(run: RunRecord): RunRecord {
  return { ...run, nextBackoffMs: 0, backoffMs: 0, waitMs: 0, startAnyway: true };
}

function growBackoff(currentMs: number, backoff: BackoffSpec): number {
  const grown = currentMs === 0 ? backoff.initialMs : currentMs * backoff.factor;
  return Math.min(grown, backoff.maxMs);
}
