/** Rules for a Job's successPolicy (Kubernetes validateSuccessPolicy, validateIndexesFormat). */
import { type FieldPath, invalid, type ProblemSink, required, tooLong, tooMany } from './field-problem.ts';
import type { LooseJobSpec } from './rules-job.ts';

/** Kubernetes' bound */
const maxRules = 20;
const maxIndexesLength = 64 * 1024;

export function checkSuccessPolicy(spec: LooseJobSpec, path: FieldPath, problems: ProblemSink): void {
  const { successPolicy, completionMode } = spec;
  if (successPolicy === undefined) return;
  if (completionMode !== 'Indexed') {
    problems.error(path, invalid(successPolicy, 'requires indexed completion mode'), { at: 'key' });
    return;
  }
  const { rules = [] } = successPolicy;
  const at = [...path, 'rules'];
  if (rules.length === 0)
    problems.error(at, required('at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > maxRules) problems.error(at, tooMany(rules.length, maxRules));
  rules.forEach((rule, index) => {
    if (rule !== undefined) checkRule(rule, spec.completions, [...at, index], problems);
  });
}

type Rule = NonNullable<NonNullable<NonNullable<LooseJobSpec['successPolicy']>['rules']>[number]>;

function checkRule(rule: Rule, completions: number | undefined, path: FieldPath, problems: ProblemSink): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (!Object.hasOwn(rule, 'succeededCount') && !Object.hasOwn(rule, 'succeededIndexes'))
    problems.error(path, required('at least one of succeededCount or succeededIndexes must be specified'));
  const counted = indexes === undefined ? undefined : countIndexes(indexes, completions);
  const at = [...path, 'succeededIndexes'];
  if (indexes !== undefined && indexes.length > maxIndexesLength) problems.error(at, tooLong(maxIndexesLength));
  if (typeof counted === 'string')
    problems.error(at, invalid(indexes, `error parsing succeededIndexes: ${counted}`), { hint: 'as 0-2,4' });
  if (count !== undefined) checkCount(count, completions, counted, [...path, 'succeededCount'], problems);
}

function checkCount(
  count: number,
  completions: number | undefined,
  counted: number | string | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const atMost = (bound: number, what: string) =>
    problems.error(path, invalid(count, `must be less than or equal to ${bound} (the number of ${what})`));
  if (count < 1) problems.error(path, invalid(count, 'must be greater than or equal to 1'));
  else if (completions !== undefined && count > completions) atMost(completions, 'specified completions');
  else if (typeof counted === 'number' && count > counted)
    atMost(counted, 'indexes in the specified succeededIndexes field');
}

/** How many `0-2,4` are, or what is wrong with it. */
function countIndexes(text: string, completions = Number.POSITIVE_INFINITY): number | string {
  let [count, last] = [0, -1];
  for (const interval of text === '' ? [] : text.split(',')) {
    const read = readInterval(interval, completions);
    if (typeof read === 'string') return read;
    const [first, end] = read;
    if (first <= last) return `non-increasing order, previous: ${last}, current: ${first}`;
    [count, last] = [count + end - first + 1, end];
  }
  return count;
}

function readInterval(interval: string, completions: number): readonly [first: number, end: number] | string {
  const parts = interval.split('-');
  if (parts.length > 2)
    return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  const strange = parts.find((part) => !/^\d{1,10}$/.test(part));
  if (strange !== undefined) return `cannot convert string to integer for index: ${JSON.stringify(strange)}`;
  const [first = 0, end = first] = parts.map(Number);
  const largest = Math.max(first, end);
  if (largest >= completions) return `too large index: ${JSON.stringify(String(largest))}`;
  if (parts.length === 2 && end <= first) return `non-increasing order, previous: ${first}, current: ${end}`;
  return [first, end];
}
