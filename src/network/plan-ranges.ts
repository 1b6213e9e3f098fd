/** The ranges of pods' and Services' addresses: what is asked for, what is kept, what is free on this machine. Pure. */
import type { NetworkRanges } from '../model/network.ts';
import { bitsOf, type Cidr, cidrOf, cidrSize, formatCidr, overlaps, parseCidr } from '../util/cidr.ts';
import { PodError } from '../util/pod-error.ts';
import { smallestRange } from './plan-addresses.ts';

/** Addresses that something else on this machine leads to. */
export interface OccupiedBlock {
  readonly cidr: Cidr;
  /** `route 10.0.0.0/8 of tun0` */
  readonly what: string;
}

/** The default that was chosen once: a /16 whose halves are the pods' and the Services', and a /48 (absent: no IPv6). */
export interface DefaultBlocks {
  readonly block4: string;
  readonly block6?: string;
}

export interface RangeQuestion {
  /** PODCTL_POD_CIDR and PODCTL_SERVICE_CIDR */
  readonly written: { readonly pods: string | undefined; readonly services: string | undefined };
  readonly kept?: DefaultBlocks;
  readonly occupied: readonly OccupiedBlock[];
  /** a random /48 below fd00::/8; absent: the machine has no IPv6 */
  readonly ula?: string;
  /** pods may have addresses of the kept default */
  readonly isInUse: boolean;
}

export interface ChosenRanges {
  readonly ranges: NetworkRanges;
  /** to be kept */
  readonly defaults: DefaultBlocks;
  readonly problems: readonly string[];
}

export const podVariable = 'PODCTL_POD_CIDR';
export const serviceVariable = 'PODCTL_SERVICE_CIDR';

/** A /16 that few networks use, then others: those that docker, Kubernetes and home routers begin with come last or not at all. */
const candidates: readonly string[] = [
  ...Array.from({ length: 28 }, (_, index) => `10.${99 + index}.0.0/16`),
  ...Array.from({ length: 8 }, (_, index) => `172.${24 + index}.0.0/16`),
];

/** One family or both. */
interface Blocks {
  readonly v4: Cidr;
  readonly v6?: Cidr;
}

/** Throws PodError `BadRange` for what is written wrongly, `RangeTaken` where it overlaps, `NoFreeRange`. */
export function planRanges(question: RangeQuestion): ChosenRanges {
  const pods = parseBlocks(podVariable, question.written.pods);
  const services = parseBlocks(serviceVariable, question.written.services);
  const written = [...namedBlocks(podVariable, pods), ...namedBlocks(serviceVariable, services)];
  rejectTaken(written, question.occupied);
  const { defaults, problems } = chooseDefaults(
    question,
    written.map(({ cidr }) => cidr),
    pods === undefined || services === undefined,
  );
  const ranges = joinRanges(pods, services, halves(defaults));
  rejectMismatch(ranges);
  return { ranges, defaults, problems };
}

function parseBlocks(variable: string, text: string | undefined): Blocks | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const blocks = text.split(',').map((part) => parseBlock(variable, part.trim()));
  const [v4, ...moreV4] = blocks.filter(({ family }) => family === 4);
  const [v6, ...moreV6] = blocks.filter(({ family }) => family === 6);
  if (moreV4.length > 0 || moreV6.length > 0) throw badRange(variable, `${text} has two ranges of one family`);
  if (v4 === undefined) throw badRange(variable, `${text} has no IPv4 range`, 'write both: 10.50.0.0/16,fd00:50::/64');
  return v6 === undefined ? { v4 } : { v4, v6 };
}

function parseBlock(variable: string, text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw badRange(variable, `${JSON.stringify(text)} ${parsed.error}`);
  const { family, prefix } = parsed.value;
  if (family === 4 && prefix > smallestRange)
    throw badRange(variable, `${text} is too small: it has no address for anybody`, `use at least /${smallestRange}`);
  return parsed.value;
}

function badRange(variable: string, message: string, hint?: string): PodError {
  return new PodError('BadRange', `${variable}: ${message}`, hint === undefined ? {} : { hint });
}

interface NamedBlock {
  readonly variable: string;
  readonly cidr: Cidr;
}

const namedBlocks = (variable: string, blocks: Blocks | undefined): readonly NamedBlock[] =>
  blocks === undefined ? [] : cidrsOf(blocks).map((cidr) => ({ variable, cidr }));

const cidrsOf = ({ v4, v6 }: Blocks): readonly Cidr[] => (v6 === undefined ? [v4] : [v4, v6]);

function rejectTaken(written: readonly NamedBlock[], occupied: readonly OccupiedBlock[]): void {
  for (const { variable, cidr } of written) {
    const other = written.find((one) => one.variable !== variable && overlaps(one.cidr, cidr));
    if (other !== undefined)
      throw new PodError(
        'RangeTaken',
        `${variable}: ${formatCidr(cidr)} overlaps ${formatCidr(other.cidr)} of ${other.variable}`,
      );
    const taken = occupied.find((block) => overlaps(block.cidr, cidr));
    if (taken === undefined) continue;
    throw new PodError('RangeTaken', `${variable}: ${formatCidr(cidr)} overlaps the ${taken.what}`, {
      hint: `set ${variable} to a range that this machine does not use, or leave it unset`,
    });
  }
}

/** The kept one, while pods may have addresses of it or it is free; else the first that is free. */
function chooseDefaults(
  { kept, occupied, ula, isInUse }: RangeQuestion,
  written: readonly Cidr[],
  isNeeded: boolean,
): { readonly defaults: DefaultBlocks; readonly problems: readonly string[] } {
  const takenBy = (block: string): string | undefined =>
    occupied.find(({ cidr }) => overlaps(cidr, cidrOf(block)))?.what;
  const isFree = (block: string): boolean =>
    takenBy(block) === undefined && !written.some((cidr) => overlaps(cidr, cidrOf(block)));
  const block6 = kept?.block6 ?? ula;
  const withSix = (block4: string): DefaultBlocks => (block6 === undefined ? { block4 } : { block4, block6 });
  if (kept !== undefined && (!isNeeded || isFree(kept.block4))) return { defaults: withSix(kept.block4), problems: [] };
  if (kept !== undefined && isInUse && takenBy(kept.block4) !== undefined) {
    const problem = `the pods' network ${kept.block4} overlaps the ${takenBy(kept.block4)}: one of them cannot be reached`;
    return {
      defaults: withSix(kept.block4),
      problems: [`${problem}; ${podVariable} and ${serviceVariable} name others`],
    };
  }
  const free = candidates.find(isFree) ?? (isNeeded ? undefined : candidates[0]);
  if (free !== undefined) return { defaults: withSix(free), problems: [] };
  throw new PodError('NoFreeRange', `this machine's routes leave no range free for pods`, {
    hint: `set ${podVariable} and ${serviceVariable}`,
  });
}

/** Pods have the lower half of the /16, Services the upper; of the /48 the first and a part of the second network. */
function halves({ block4, block6 }: DefaultBlocks): { readonly pods: Blocks; readonly services: Blocks } {
  const whole = cidrOf(block4);
  const half = { ...whole, prefix: whole.prefix + 1 };
  const upper = { ...half, first: half.first + cidrSize(half) };
  if (block6 === undefined) return { pods: { v4: half }, services: { v4: upper } };
  const { family, first } = cidrOf(block6);
  return {
    pods: { v4: half, v6: { family, first, prefix: 64 } },
    services: { v4: upper, v6: { family, first: first + (1n << 64n), prefix: 112 } },
  };
}

/** A range that is written without IPv6 means: none at all. */
function joinRanges(
  pods: Blocks | undefined,
  services: Blocks | undefined,
  defaults: { readonly pods: Blocks; readonly services: Blocks },
): NetworkRanges {
  const wanted = { pods: pods ?? defaults.pods, services: services ?? defaults.services };
  const isWithout = (blocks: Blocks | undefined): boolean => blocks !== undefined && blocks.v6 === undefined;
  if (pods !== undefined && services !== undefined && isWithout(pods) !== isWithout(services)) {
    const [lacks, has] = isWithout(pods) ? [podVariable, serviceVariable] : [serviceVariable, podVariable];
    throw badRange(lacks, `it has no IPv6 range, ${has} has one`, 'give both of them one, or none');
  }
  const { v6: pods6 } = wanted.pods;
  const { v6: services6 } = wanted.services;
  const isDual = pods6 !== undefined && services6 !== undefined && !isWithout(pods) && !isWithout(services);
  return {
    pods4: formatCidr(wanted.pods.v4),
    services4: formatCidr(wanted.services.v4),
    ...(isDual ? { pods6: formatCidr(pods6), services6: formatCidr(services6) } : {}),
  };
}

/** A pod has the same place in both ranges. */
function rejectMismatch({ pods4, pods6, services4, services6 }: NetworkRanges): void {
  const pairs = [
    [podVariable, pods4, pods6],
    [serviceVariable, services4, services6],
  ] as const;
  for (const [variable, four, six] of pairs) {
    if (six === undefined || cidrSize(cidrOf(six)) >= cidrSize(cidrOf(four))) continue;
    const prefix = bitsOf(6) - (bitsOf(4) - cidrOf(four).prefix);
    throw badRange(
      variable,
      `${six} is smaller than ${four}`,
      `an IPv6 range for it has at most /${prefix}, /64 is usual`,
    );
  }
}
