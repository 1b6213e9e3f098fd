/** Rules for a program's log files. */
import { parseQuantity } from '../util/quantity.ts';
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { checkRange } from './rules-values.ts';
import type { LooseProcess } from './schema.ts';

const nanoPerUnit = 1_000_000_000n;
const minLogBytes = 4_096n;

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
