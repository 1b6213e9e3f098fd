/** Whether and when an ended container is started again. Pure; all times are monotonic milliseconds. */

import type { RestartRule } from '../model/lifecycle-spec.ts';
import type { RecordedExit, RunRecord } from '../model/pod-record.ts';
import type { BackoffSpec, ContainerSpec } from '../model/pod-spec.ts';

/** What of a container says whether it runs again. */
export type RestartTerms = Pick<ContainerSpec, 'restartPolicy' | 'restartRules'>;
type Exit = Pick<RecordedExit, 'exitCode' | 'reason' | 'unhealthy'>;

/**
 * Kubernetes' restartPolicyRules, then restartPolicy. A lost status (`Unknown`, DESIGN §5) counts as failure: it is never taken for
 * success, and no rule knows its code. What was ended for a failed probe failed, whatever its code.
 */
export function shouldRestart({ restartPolicy, restartRules }: RestartTerms, exit: Exit): boolean {
  if (restartPolicy === 'Always' || matchingRule(restartRules, exit) !== undefined) return true;
  return restartPolicy === 'OnFailure' && (!succeeded(exit) || exit.unhealthy === true);
}

/** True when this exit makes all containers of the pod run anew, init containers too. */
export function restartsAll({ restartRules }: RestartTerms, exit: Exit): boolean {
  return matchingRule(restartRules, exit)?.action === 'RestartAllContainers';
}

/** The first that matches the exit code counts. */
function matchingRule(rules: readonly RestartRule[] = [], { exitCode, reason }: Exit): RestartRule | undefined {
  if (reason === 'Unknown') return undefined;
  return rules.find(({ operator, values }) => values.includes(exitCode) === (operator === 'In'));
}

/** True when the container ended well: exit code 0 and a known status. */
export function succeeded(exit: Pick<RecordedExit, 'exitCode' | 'reason'>): boolean {
  return exit.exitCode === 0 && exit.reason !== 'Unknown';
}

/** True when the container ended for good: its policy does not start it again and no changed spec asks for it. */
export function isFinished(terms: RestartTerms, run: RunRecord): boolean {
  if (run.lastExit === undefined || run.startAnyway || run.lastExit.attempt !== run.attempt) return false;
  return !shouldRestart(terms, run.lastExit);
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
