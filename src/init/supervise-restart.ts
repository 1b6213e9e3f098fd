/** What follows the end of a program that nobody asked to stop: its restart policy, its counters, its back-off. Pure. */

import type { ProgramRestartSpec } from '../model/pod-spec.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import { inWords, ordinal } from './supervise-words.ts';

/** How it ended, and how far it had come. */
export interface Ending {
  readonly exitCode: number;
  readonly signal?: number;
  readonly oomKilled?: boolean;
  /** it was never exec'd, and why */
  readonly spawnFailure?: string;
  /** podinit ended it because of this: its liveness failed */
  readonly failure?: string;
  /** it had not become RUNNING */
  readonly isEarly: boolean;
  readonly ranMs: number;
}

export interface Counters {
  readonly failures: number;
  readonly failedStarts: number;
}

export type Verdict =
  | { readonly verdict: 'exited'; readonly isExpected: boolean; readonly message: string }
  | { readonly verdict: 'fatal'; readonly message: string }
  | {
      readonly verdict: 'restart';
      readonly delayMs: number;
      readonly counters: Counters;
      readonly message: string;
      /** for the history: `restart at once`, `wait 2s` */
      readonly what: string;
      readonly cause: string;
    };

/**
 * Order of the rules: a program that never came to be is FATAL where it is not to be restarted; one that the policy does not restart is
 * EXITED, however short it ran; one that ended while STARTING has failed to start, and is FATAL after more than startRetries of that in
 * a row; everything else is restarted. The first restart after a good run (resetAfter) is at once, then the back-off grows.
 */
export function decideRestart(spec: ProgramRestartSpec, counters: Counters, ending: Ending, random: number): Verdict {
  const how = ending.failure ?? ending.spawnFailure ?? howItEnded(ending);
  if (!isRestarted(spec, ending)) {
    if (ending.spawnFailure !== undefined) return { verdict: 'fatal', message: how };
    return { verdict: 'exited', isExpected: isExpected(spec, ending), message: how };
  }
  const failedStarts = ending.isEarly ? counters.failedStarts + 1 : 0;
  if (failedStarts > spec.startRetries) return { verdict: 'fatal', message: giveUp(spec, how, failedStarts, ending) };
  const failures = !ending.isEarly && ending.ranMs >= spec.backoff.resetAfterMs ? 1 : counters.failures + 1;
  const delayMs = backoffMs(spec, failures, random);
  return { verdict: 'restart', delayMs, counters: { failures, failedStarts }, ...tell(how, failures, delayMs, ending) };
}

/** An end that is no failure. onFailure: 0; else one of exitCodes. */
export function isExpected({ policy, exitCodes }: ProgramRestartSpec, ending: Ending): boolean {
  const { exitCode, signal, spawnFailure, failure } = ending;
  if (signal !== undefined || spawnFailure !== undefined || failure !== undefined) return false;
  return policy === 'onFailure' ? exitCode === 0 : exitCodes.includes(exitCode);
}

function isRestarted(spec: ProgramRestartSpec, ending: Ending): boolean {
  if (spec.policy === 'always') return true;
  return spec.policy !== 'never' && !isExpected(spec, ending);
}

/** Before the n-th restart in a row: 0, initial, initial·factor … max; jitter on top. */
function backoffMs({ backoff }: ProgramRestartSpec, failures: number, random: number): number {
  if (failures <= 1 || backoff.initialMs === 0) return 0;
  const delayMs = Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** (failures - 2));
  return Math.round(delayMs + backoff.jitter * random * delayMs);
}

function tell(how: string, failures: number, delayMs: number, { isEarly, ranMs, spawnFailure }: Ending) {
  const after = spawnFailure === undefined ? ` after ${inWords(ranMs)}` : '';
  const count = failures > 1 ? `${ordinal(failures)} ${isEarly ? 'failed start' : 'end'} in a row: ` : '';
  const cause = `${count}${how}${after}`;
  return delayMs === 0
    ? { message: `${how}; restarts at once`, what: 'restart at once', cause }
    : { message: `${how}; restarts in ${inWords(delayMs)}`, what: `wait ${inWords(delayMs)}`, cause };
}

function giveUp({ startMs }: ProgramRestartSpec, how: string, times: number, { spawnFailure }: Ending): string {
  const count = times === 1 ? '' : `${times === 2 ? 'twice' : `${times} times`} in a row`;
  if (spawnFailure !== undefined) return times === 1 ? how : `${how}; failed to start ${count}`;
  return `${how}${count === '' ? '' : `, ${count}`}, within ${inWords(startMs)} of its start`;
}
