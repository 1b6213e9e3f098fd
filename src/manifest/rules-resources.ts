/** Rules for limits and requests (Kubernetes ValidateResourceRequirements, validatePodResourceRequirements). */
import { closestWord } from '../util/closest-word.ts';
import { parseQuantity } from '../util/quantity.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink, required, unsupported } from './field-problem.ts';
import { qualifiedNameComplaint } from './name-rules.ts';
import type { LooseResources } from './resource-spellings.ts';
import { hugepageBytes, hugepageSize, isHugepagesName } from './resource-values.ts';
import { checkControls } from './rules-controls.ts';
import { checkDockerWords } from './rules-docker.ts';

type Amounts = LooseResources['limits'];

/** Whose they are, and whether podctl's own words are allowed there. */
export interface ResourceOwner {
  readonly level: 'pod' | 'container' | 'program';
  readonly isOurs: boolean;
}

/** Of containers, without a domain. */
export const standardResources = ['cpu', 'memory', 'ephemeral-storage'];
const anyHugepages = 'hugepages-<size>';
const nanoPerUnit = 1_000_000_000n;
/** PID_MAX_LIMIT of the kernel. */
const maxPids = 4_194_304n;

/** All of one owner's resources by themselves; rules-nesting.ts compares them with those around. */
export function checkResources(
  resources: LooseResources | undefined,
  owner: ResourceOwner,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (resources === undefined) return;
  const limits = checkAmounts(resources.limits, { ...owner, kind: 'limits' }, [...path, 'limits'], problems);
  const requests = checkAmounts(resources.requests, { ...owner, kind: 'requests' }, [...path, 'requests'], problems);
  checkRequestsWithinLimits(resources, { limits, requests }, path, problems);
  checkHugepages(resources, { limits, requests }, path, problems);
  warnZeroLimits(limits, [...path, 'limits'], problems);
  checkPids(limits.get('pids'), [...path, 'limits', 'pids'], problems);
  checkControls(resources, path, problems);
  checkDockerWords(resources, path, problems);
}

/** Devices of others, which are counted (helper.IsExtendedResourceName). */
const isExtended = (name: string): boolean => name.includes('/') && !name.split('/')[0]?.includes('kubernetes.io');

/** Never given out twice (helper.IsOvercommitAllowed is false). */
const isWhole = (name: string): boolean => isHugepagesName(name) || isExtended(name);

interface ParsedAmounts {
  readonly limits: ReadonlyMap<string, bigint>;
  readonly requests: ReadonlyMap<string, bigint>;
}

function checkRequestsWithinLimits(
  written: LooseResources,
  { limits, requests }: ParsedAmounts,
  path: FieldPath,
  problems: ProblemSink,
): void {
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    const at = [...path, 'requests', name];
    const told = { told: [...path, 'requests'] };
    if (limit === undefined || request === limit) continue;
    const shown = String(written.requests?.[name]);
    const of = `${name} limit of ${String(written.limits?.[name])}`;
    if (isWhole(name)) problems.error(at, invalid(shown, `must be equal to ${of}`), told);
    else if (request > limit) problems.error(at, invalid(shown, `must be less than or equal to ${of}`), told);
  }
}

/** The good quantities by name, in nano units. */
function checkAmounts(amounts: Amounts, place: AmountPlace, path: FieldPath, problems: ProblemSink) {
  const parsed = new Map<string, bigint>();
  for (const [name, written] of Object.entries(amounts ?? {})) {
    const at = [...path, name];
    checkResourceName(name, place, at, problems);
    const amount = written === undefined ? undefined : checkAmount(name, written, at, problems);
    if (amount !== undefined) parsed.set(name, amount);
  }
  return parsed;
}

/** The amount when it is a good one. */
function checkAmount(name: string, written: string | number, path: FieldPath, problems: ProblemSink) {
  const amount = parseQuantity(String(written));
  if (amount === undefined) {
    problems.error(path, invalid(written, 'quantities must match a number with an optional suffix'), {
      hint: quantityHint(name, String(written)),
    });
    return undefined;
  }
  if (amount < 0n) {
    problems.error(path, invalid(written, 'must be greater than or equal to 0'));
    return undefined;
  }
  if (isExtended(name) && amount % nanoPerUnit !== 0n) problems.error(path, invalid(written, 'must be an integer'));
  if (name === 'memory') warnFraction(amount, String(written), path, problems);
  return amount;
}

interface AmountPlace extends ResourceOwner {
  readonly kind: 'limits' | 'requests';
}

function checkResourceName(name: string, place: AmountPlace, path: FieldPath, problems: ProblemSink): void {
  if (isHugepagesName(name) || (name === 'pids' && limitsPids(place))) return;
  if (place.level === 'container') checkContainersName(name, place, path, problems);
  else if (name !== 'cpu' && name !== 'memory') refuseName(name, place, path, problems);
}

function refuseName(name: string, place: AmountPlace, path: FieldPath, problems: ProblemSink): void {
  const names = knownNames(place);
  const message =
    place.level === 'pod' ? unsupported(name, names) : invalid(name, `must be one of ${names.join(', ')}`);
  problems.error(path, message, { at: 'key', hint: nameHint(name, names, place) });
}

/** Kubernetes gives a container resources of any name that has a domain. */
function checkContainersName(name: string, place: AmountPlace, path: FieldPath, problems: ProblemSink): void {
  if (name === 'cpu' || name === 'memory') return;
  const complaint = qualifiedNameComplaint(name);
  if (complaint !== undefined) problems.error(path, invalid(name, complaint), { at: 'key' });
  else if (name.startsWith('requests.') && name.includes('/')) {
    problems.error(path, invalid(name, "doesn't follow extended resource name standard"), { at: 'key' });
  } else if (name.includes('/') || name === 'ephemeral-storage') {
    problems.warn(path, 'not honoured by this version, ignored');
  } else {
    const hint = nameHint(name, [...standardResources, ...knownNames(place)], place);
    problems.error(path, invalid(name, 'must be a standard resource for containers'), { at: 'key', hint });
  }
}

/** Kubernetes limits a pod's processes (KEP-6063), not a container's. */
const limitsPids = ({ isOurs, level, kind }: AmountPlace): boolean => kind === 'limits' && (isOurs || level === 'pod');

const knownNames = (place: AmountPlace): readonly string[] => [
  'cpu',
  'memory',
  ...(limitsPids(place) ? ['pids'] : []),
  anyHugepages,
];

function nameHint(name: string, names: readonly string[], { isOurs, kind }: AmountPlace): string | undefined {
  if (name === 'pids' && kind === 'requests') return 'processes are only limited: limits.pids';
  if (name === 'pids' && !isOurs) return 'use apiVersion: podctl.dev/v1';
  const near = closestWord(name, names);
  return near === undefined ? undefined : `did you mean "${near}"?`;
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

/** Whole pages of a size, a limit where there is a request, and never alone. */
function checkHugepages(
  written: LooseResources,
  { limits, requests }: ParsedAmounts,
  path: FieldPath,
  problems: ProblemSink,
): void {
  checkPages(limits, [...path, 'limits'], problems);
  checkPages(requests, [...path, 'requests'], problems);
  const names = [...new Set([...limits.keys(), ...requests.keys()])];
  for (const name of requests.keys()) {
    if (isWhole(name) && written.limits?.[name] === undefined)
      problems.error([...path, 'requests', name], required('Limit must be set for non overcommitable resources'), {
        told: [...path, 'limits'],
        hint: `give limits.${name} the same value`,
      });
  }
  const isFounded = names.some((name) => name === 'cpu' || name === 'memory') || hasDockerBase(written);
  if (!isFounded && names.some(isHugepagesName)) problems.error(path, forbidden('HugePages require cpu or memory'));
}

const hasDockerBase = ({ cpus, cpu_quota, mem_limit }: LooseResources): boolean =>
  [cpus, cpu_quota, mem_limit].some((value) => value !== undefined);

function checkPages(amounts: ReadonlyMap<string, bigint>, path: FieldPath, problems: ProblemSink): void {
  const seen = new Map<string, string>();
  for (const [name, amount] of amounts) {
    if (!isHugepagesName(name)) continue;
    const page = hugepageBytes(name);
    const size = hugepageSize(name);
    if (page === undefined || size === undefined) {
      const hint = 'examples: hugepages-2Mi, hugepages-1Gi';
      problems.error([...path, name], invalid(name, 'must name a size of pages'), { at: 'key', hint });
      continue;
    }
    const other = seen.get(size);
    if (other !== undefined)
      problems.error([...path, name], invalid(name, `is the same size of pages as ${other}`), { at: 'key' });
    seen.set(size, name);
    if (amount % (BigInt(page) * nanoPerUnit) !== 0n)
      problems.error([...path, name], invalid(formatUnits(amount), `is not positive integer multiple of ${name}`));
  }
}

const formatUnits = (nano: bigint): string => String(nano / nanoPerUnit);

/** The kubelet sets no quota and no memory limit for a zero. */
function warnZeroLimits(limits: ReadonlyMap<string, bigint>, path: FieldPath, problems: ProblemSink): void {
  for (const name of ['cpu', 'memory']) {
    if (limits.get(name) === 0n) problems.warn([...path, name], '0 means no limit');
  }
}

function checkPids(nano: bigint | undefined, path: FieldPath, problems: ProblemSink): void {
  if (nano === undefined) return;
  const isWhole = nano % nanoPerUnit === 0n;
  if (isWhole && nano >= nanoPerUnit && nano <= maxPids * nanoPerUnit) return;
  problems.error(path, `must be a whole number from 1 to ${maxPids}`);
}
