/** Rules for what happens when a program ends, is stopped or reloaded. */
import { closestWord } from '../util/closest-word.ts';
import { parseDuration } from '../util/duration.ts';
import { parseSignal, signalName, signalNames } from '../util/signal-name.ts';
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { graceSeconds, parseSeconds } from './process-values.ts';
import { checkOneOf } from './rules-probe.ts';
import { checkDelay, checkRange, checkSeconds, checkTimer, checkWords } from './rules-values.ts';
import type { LooseProcess, LooseSpec } from './schema.ts';

const maxRetries = 1_000_000;

export function checkRestart({ restart, schedule }: LooseProcess, path: FieldPath, problems: ProblemSink): void {
  const rules = typeof restart === 'object' ? restart : { policy: restart };
  if (rules.policy === 'always' && schedule !== undefined) {
    const at = typeof restart === 'object' ? [...path, 'policy'] : path;
    problems.error(at, invalid('always', 'a program with a schedule has to end'), {
      hint: 'use never, onFailure or unexpected',
    });
  }
  rules.exitCodes?.forEach((code, index) => {
    checkRange(code, [0, 255], [...path, 'exitCodes', index], problems);
  });
  checkSeconds(rules.startSeconds, [...path, 'startSeconds'], problems);
  checkRange(rules.startRetries, [0, maxRetries], [...path, 'startRetries'], problems);
  checkBackoff(rules.backoff, [...path, 'backoff'], problems);
}

type Backoff = Extract<NonNullable<LooseProcess['restart']>, object>['backoff'];

function checkBackoff(backoff: Backoff, path: FieldPath, problems: ProblemSink): void {
  if (backoff === undefined) return;
  checkTimer(backoff.initial, [...path, 'initial'], problems);
  checkTimer(backoff.max, [...path, 'max'], problems);
  checkDelay(backoff.resetAfter, [...path, 'resetAfter'], problems);
  checkRange(backoff.factor, [1, 100], [...path, 'factor'], problems);
  checkRange(backoff.jitter, [0, 1], [...path, 'jitter'], problems);
  const initial = parseDuration(backoff.initial ?? '1s') ?? 0;
  const max = parseDuration(backoff.max ?? '60s') ?? Number.POSITIVE_INFINITY;
  if (initial <= max) return;
  const name = backoff.max === undefined ? 'initial' : 'max';
  problems.error([...path, name], invalid(backoff[name], 'max must be greater than or equal to initial'), {
    hint: 'defaults: initial 1s, max 60s',
  });
}

export function checkStop(stop: LooseProcess['stop'], spec: LooseSpec, path: FieldPath, problems: ProblemSink): void {
  if (stop === undefined) return;
  const signal = checkSignal(stop.signal, [...path, 'signal'], problems);
  if (signal === sigstop)
    problems.error([...path, 'signal'], invalid(stop.signal, 'SIGSTOP ends nothing'), { hint: 'the default is TERM' });
  checkSeconds(stop.graceSeconds, [...path, 'graceSeconds'], problems);
  checkWords(stop.command, [...path, 'command'], problems);
  const podSeconds = graceSeconds(spec);
  const grace = stop.graceSeconds === undefined ? 0 : (parseSeconds(stop.graceSeconds) ?? 0);
  if (grace > podSeconds * 1_000) {
    problems.warn([...path, 'graceSeconds'], `when the whole pod stops, SIGKILL comes after ${podSeconds} s already`, {
      hint: 'raise spec.terminationGracePeriodSeconds',
    });
  }
}

const sigkill = 9;
const sigstop = 19;

export function checkReload(reload: LooseProcess['reload'], path: FieldPath, problems: ProblemSink): void {
  if (reload === undefined) return;
  checkOneOf(reload, ['signal', 'command'], path, problems);
  const signal = checkSignal(reload.signal, [...path, 'signal'], problems);
  if (signal === sigkill || signal === sigstop)
    problems.error([...path, 'signal'], invalid(reload.signal, `${signalName(signal)} reloads nothing`), {
      hint: 'most programs take HUP',
    });
  checkWords(reload.command, [...path, 'command'], problems);
}

/** Its number where it is a signal. */
export function checkSignal(
  written: number | string | undefined,
  path: FieldPath,
  problems: ProblemSink,
): number | undefined {
  if (written === undefined) return undefined;
  const signal = parseSignal(written);
  if (signal === undefined) {
    const near = typeof written === 'string' ? closestWord(written.replace(/^sig/i, ''), signalNames) : undefined;
    const hint = near === undefined ? 'examples: TERM, SIGUSR1, RTMIN+3, 15' : `did you mean "${near}"?`;
    problems.error(path, invalid(written, 'is not a signal'), { hint });
  }
  return signal;
}
