/** Rules for numbers of pods (apimachinery ValidateNonnegativeField, apps ValidatePositiveIntOrPercent). */
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';

/** Numbers that must not be negative, by field; absent ones pass. */
export function checkNotNegative(
  values: Readonly<Record<string, number | undefined>>,
  path: FieldPath,
  problems: ProblemSink,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value >= 0) continue;
    problems.error([...path, name], invalid(value, 'must be greater than or equal to 0'));
  }
}

export type CountOrPercent = number | string | undefined;

const percentPattern = /^[0-9]+%$/;

/** `3` or `25%`, as far as it can be read. */
export function checkCountOrPercent(value: CountOrPercent, path: FieldPath, problems: ProblemSink): void {
  if (typeof value === 'number' && value < 0)
    problems.error(path, invalid(value, 'must be greater than or equal to 0'));
  if (typeof value !== 'string' || percentPattern.test(value)) return;
  const words = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')";
  const hint = /^\d+$/.test(value) ? 'a number is written without quotes' : undefined;
  problems.error(path, invalid(value, words), { hint });
}

export function checkAtMostAll(value: CountOrPercent, path: FieldPath, problems: ProblemSink): void {
  if (typeof value !== 'string' || !percentPattern.test(value) || Number(value.slice(0, -1)) <= 100) return;
  problems.error(path, invalid(value, 'must not be greater than 100%'));
}

/** What it is worth as it is written: 0 of `0` and of `0%`. */
export const countOf = (value: CountOrPercent): number =>
  typeof value === 'number' ? value : Number.parseInt(value ?? '0', 10) || 0;
