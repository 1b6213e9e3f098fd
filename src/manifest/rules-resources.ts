/** Rules for resources (Kubernetes ValidateResourceRequirements). */
import { closestWord } from '../util/closest-word.ts';
import { parseQuantity } from '../util/quantity.ts';
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { qualifiedNameComplaint } from './name-rules.ts';
import type { LooseContainer } from './schema.ts';

type Resources = LooseContainer['resources'];
type Amounts = NonNullable<Resources>['limits'];

const standardResources = ['cpu', 'memory', 'ephemeral-storage'];
const nanoPerUnit = 1_000_000_000n;

export function checkResources(resources: Resources, path: FieldPath, problems: ProblemSink): void {
  const limits = checkAmounts(resources?.limits, [...path, 'limits'], problems, checkResourceName);
  const requests = checkAmounts(resources?.requests, [...path, 'requests'], problems, checkResourceName);
  checkRequestsWithinLimits(resources, { limits, requests }, path, problems);
  warnZeroLimits(limits, [...path, 'limits'], problems);
}

interface ParsedAmounts {
  readonly limits: ReadonlyMap<string, bigint>;
  readonly requests: ReadonlyMap<string, bigint>;
}

export function checkRequestsWithinLimits(
  written: { readonly limits?: Amounts; readonly requests?: Amounts } | undefined,
  { limits, requests }: ParsedAmounts,
  path: FieldPath,
  problems: ProblemSink,
): void {
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    if (limit === undefined || request <= limit) continue;
    const detail = `must be less than or equal to ${name} limit of ${String(written?.limits?.[name])}`;
    problems.error([...path, 'requests', name], invalid(String(written?.requests?.[name]), detail));
  }
}

/** The good quantities by name, in nano units; `checkName` judges the names. */
export function checkAmounts(
  amounts: Amounts,
  path: FieldPath,
  problems: ProblemSink,
  checkName: (name: string, path: FieldPath, problems: ProblemSink) => void,
): Map<string, bigint> {
  const parsed = new Map<string, bigint>();
  for (const [name, written] of Object.entries(amounts ?? {})) {
    const at = [...path, name];
    checkName(name, at, problems);
    if (written === undefined) continue;
    const amount = parseQuantity(String(written));
    if (amount === undefined) {
      problems.error(at, invalid(written, 'quantities must match a number with an optional suffix'), {
        hint: quantityHint(name, String(written)),
      });
    } else if (amount < 0n) {
      problems.error(at, invalid(written, 'must be greater than or equal to 0'));
    } else {
      parsed.set(name, amount);
      if (name === 'memory') warnFraction(amount, String(written), at, problems);
    }
  }
  return parsed;
}

function checkResourceName(name: string, path: FieldPath, problems: ProblemSink): void {
  if (standardResources.includes(name)) {
    if (name === 'ephemeral-storage') problems.warn(path, 'not honoured by this version, ignored');
    return;
  }
  const complaint = qualifiedNameComplaint(name);
  if (complaint !== undefined) problems.error(path, invalid(name, complaint), { at: 'key' });
  else if (!name.includes('/') && !name.startsWith('hugepages-')) {
    const near = closestWord(name, standardResources);
    const hint = near === undefined ? undefined : `did you mean "${near}"?`;
    problems.error(path, invalid(name, 'must be a standard resource for containers'), { at: 'key', hint });
  } else {
    problems.warn(path, 'not honoured by this version, ignored');
  }
}

/** `128MB`, `128mb`, `1 Gi`, `200M cpu`: the usual slips. */
function quantityHint(name: string, written: string): string | undefined {
  const slip = /^(\d+(?:\.\d+)?)\s*([kmgtpe])(i?)b?$/i.exec(written.trim());
  if (slip === null || name === 'cpu') return 'examples: 500m, 0.5, 2 for cpu; 128Mi, 1G for memory';
  const prefix = slip[2]?.toLowerCase() === 'k' && slip[3] === '' ? 'k' : slip[2]?.toUpperCase();
  return `did you mean "${slip[1]}${prefix}${slip[3]?.toLowerCase()}"?`;
}

function warnFraction(amount: bigint, written: string, path: FieldPath, problems: ProblemSink): void {
  if (amount % nanoPerUnit === 0n) return;
  const hint = /^\d+m$/.test(written) ? `did you mean "${written.slice(0, -1)}Mi"?` : undefined;
  problems.warn(path, `fractional byte value "${written}" is invalid, must be an integer; rounded up`, { hint });
}

/** The kubelet sets no quota and no memory limit for a zero. */
export function warnZeroLimits(limits: ReadonlyMap<string, bigint>, path: FieldPath, problems: ProblemSink): void {
  for (const name of ['cpu', 'memory']) {
    if (limits.get(name) === 0n) problems.warn([...path, name], '0 means no limit');
  }
}
