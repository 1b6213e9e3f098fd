/** Rules for a program's own cgroup leaf and its log files. */
import { closestWord } from '../util/closest-word.ts';
import { parseQuantity } from '../util/quantity.ts';
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { defaultPidsLimit } from './limits.ts';
import { checkAmounts, checkRequestsWithinLimits, warnZeroLimits } from './rules-resources.ts';
import { checkRange } from './rules-values.ts';
import type { LooseContainer, LooseProcess } from './schema.ts';

const nanoPerUnit = 1_000_000_000n;
/** PID_MAX_LIMIT of the kernel. */
const maxPids = 4_194_304n;
const minLogBytes = 4_096n;

export function checkProgramResources(
  resources: LooseProcess['resources'],
  container: LooseContainer['resources'],
  path: FieldPath,
  problems: ProblemSink,
): void {
  const limits = checkAmounts(resources?.limits, [...path, 'limits'], problems, nameRule(['cpu', 'memory', 'pids']));
  const requests = checkAmounts(resources?.requests, [...path, 'requests'], problems, nameRule(['cpu', 'memory']));
  checkRequestsWithinLimits(resources, { limits, requests }, path, problems);
  warnZeroLimits(limits, [...path, 'limits'], problems);
  checkPids(limits.get('pids'), [...path, 'limits', 'pids'], problems);
  checkRange(resources?.io?.weight, [1, 10_000], [...path, 'io', 'weight'], problems);
  for (const [name, limit] of limits) {
    const of = containerLimit(container, name);
    if (of !== undefined && limit > of.nano)
      problems.warn(
        [...path, 'limits', name],
        `is more than the container’s limit of ${of.text}, which holds for it too`,
      );
  }
}

function nameRule(names: readonly string[]): (name: string, path: FieldPath, problems: ProblemSink) => void {
  return (name, path, problems) => {
    if (names.includes(name)) return;
    const near = closestWord(name, names);
    const hint = near === undefined ? undefined : `did you mean "${near}"?`;
    problems.error(path, invalid(name, `must be one of ${names.join(', ')}`), { at: 'key', hint });
  };
}

function checkPids(nano: bigint | undefined, path: FieldPath, problems: ProblemSink): void {
  if (nano === undefined) return;
  const isWhole = nano % nanoPerUnit === 0n;
  if (isWhole && nano >= nanoPerUnit && nano <= maxPids * nanoPerUnit) return;
  problems.error(path, `must be a whole number from 1 to ${maxPids}`);
}

function containerLimit(
  container: LooseContainer['resources'],
  name: string,
): { readonly nano: bigint; readonly text: string } | undefined {
  if (name === 'pids') return { nano: BigInt(defaultPidsLimit) * nanoPerUnit, text: String(defaultPidsLimit) };
  const written = container?.limits?.[name];
  const nano = written === undefined ? undefined : parseQuantity(String(written));
  // 0 is no limit
  return nano === undefined || nano === 0n ? undefined : { nano, text: String(written) };
}

export function checkLogs(logs: LooseProcess['logs'], path: FieldPath, problems: ProblemSink): void {
  const { prefix, maxSize } = logs ?? {};
  if (prefix !== undefined && /\p{Cc}/u.test(prefix))
    problems.error([...path, 'prefix'], invalid(prefix, 'must not contain control characters'));
  if (prefix !== undefined && prefix.length > 100)
    problems.error([...path, 'prefix'], 'Too long: may not be more than 100 characters');
  checkRange(logs?.maxFiles, [1, 1_000], [...path, 'maxFiles'], problems);
  if (maxSize === undefined) return;
  const nano = parseQuantity(String(maxSize));
  if (nano === undefined) {
    problems.error([...path, 'maxSize'], invalid(maxSize, 'quantities must match a number with an optional suffix'), {
      hint: 'examples: 10Mi, 1Gi, 500k',
    });
  } else if (nano < minLogBytes * nanoPerUnit) {
    problems.error([...path, 'maxSize'], invalid(maxSize, 'must be at least 4Ki'));
  }
}
