/** Rules for single values, whatever they are part of. */
import { parseDuration } from '../util/duration.ts';
import { type FieldPath, invalid, type ProblemSink, required } from './field-problem.ts';
import { maxTimerMs, parseSeconds } from './process-values.ts';

/** A number within bounds; undefined passes. */
export function checkRange(
  value: number | undefined,
  [min, max]: readonly [min: number, max: number],
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (value === undefined || (value >= min && value <= max)) return;
  problems.error(path, invalid(value, `must be between ${min} and ${max}, inclusive`));
}

/** execve(2) ends a string at a NUL. */
export function checkNoNul(value: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (value?.includes('\0')) problems.error(path, invalid(value, 'must not contain a NUL character'));
}

/** A path on this machine; undefined passes. */
export function checkAbsolutePath(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (written === undefined) return;
  if (written === '') problems.error(path, required());
  else if (written.includes('\0')) problems.error(path, invalid(written, 'must not contain a NUL character'));
  else if (!written.startsWith('/')) problems.error(path, invalid(written, 'must be an absolute path'));
}

/** A command to run: not empty, its first word not either. */
export function checkWords(words: Words, path: FieldPath, problems: ProblemSink): void {
  if (words?.length === 0) problems.error(path, required('the program to run'));
  if (words?.[0] === '') problems.error([...path, 0], required('the program to run'));
  words?.forEach((word, index) => {
    checkNoNul(word, [...path, index], problems);
  });
}

type Words = readonly (string | undefined)[] | undefined;

/** A duration that is not negative. */
export function checkDelay(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  const ms = written === undefined ? 0 : parseDuration(written);
  if (ms === undefined)
    problems.error(path, invalid(written, 'must be a duration'), { hint: 'examples: 100ms, 10s, 5m, 1h' });
  else if (ms < 0) problems.error(path, invalid(written, 'must be greater than or equal to 0'));
}

/** A delay that a timer of podinit can wait for. */
export function checkTimer(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  checkDelay(written, path, problems);
  if ((parseDuration(written ?? '0') ?? 0) > maxTimerMs) problems.error(path, invalid(written, tooLong));
}

const tooLong = 'must be at most 24 days (576h)';

/** A number of seconds or a duration that a timer of podinit can wait for; at least `minMs`. */
export function checkSeconds(
  written: number | string | undefined,
  path: FieldPath,
  problems: ProblemSink,
  minMs = 0,
): void {
  const ms = written === undefined ? minMs : parseSeconds(written);
  if (ms === undefined) {
    problems.error(path, invalid(written, 'must be a number of seconds or a duration'), {
      hint: 'examples: 10, 0.5, 100ms, 5m',
    });
  } else if (ms < minMs) {
    const least = minMs === 0 ? 'greater than or equal to 0' : `at least ${minMs} ms`;
    problems.error(path, invalid(written, `must be ${least}`));
  } else if (ms > maxTimerMs) {
    problems.error(path, invalid(written, tooLong));
  }
}
