/** Whether a table, as `nft -j -n list table` prints it, is the one that is wanted. Pure. */
import type { NftSet, Ruleset } from '../model/ruleset.ts';
import { sameJson } from '../util/same-json.ts';
import { ruleMark } from './plan-ruleset-change.ts';

/**
 * Rules are known by their marks, base chains by hook and priority, sets by their elements; what packets filled in is not looked
 * at, and neither is who numbered what. Throws SyntaxError for what is no JSON.
 */
export function isListed(ruleset: Ruleset, listing: string): boolean {
  const listed = readListing(JSON.parse(listing) as Listing);
  const chains = Object.entries(ruleset.chains).map(([name, { hook, rules }]) => [
    name,
    [place(hook), ...rules.map(ruleMark)],
  ]);
  const sets = Object.entries(ruleset.sets).map(([name, set]) => [name, elementsOf(set)]);
  return sameJson(listed.chains, Object.fromEntries(chains)) && sameJson(listed.sets, Object.fromEntries(sets));
}

/** Of libnftables-json(5), what is looked at. */
interface Listing {
  readonly nftables?: readonly ListedItem[];
}

interface ListedItem {
  readonly chain?: { readonly name: string; readonly hook?: string; readonly prio?: number };
  readonly rule?: { readonly chain: string; readonly comment?: string };
  readonly set?: ListedSet;
  readonly map?: ListedSet;
}

interface ListedSet {
  readonly name: string;
  readonly flags?: readonly string[] | string;
  readonly elem?: readonly unknown[];
}

interface Known {
  readonly chains: Record<string, string[]>;
  readonly sets: Record<string, readonly string[]>;
}

function readListing({ nftables = [] }: Listing): Known {
  const chains = nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
  const sets = nftables.flatMap(({ set, map }) => set ?? map ?? []);
  const known: Known = {
    chains: Object.fromEntries(
      chains.map(({ name, hook, prio }) => [name, [hook === undefined ? '' : `${hook} ${prio}`]]),
    ),
    sets: Object.fromEntries(sets.map((set) => [set.name, listedElements(set)])),
  };
  for (const { rule } of nftables) if (rule !== undefined) known.chains[rule.chain]?.push(rule.comment ?? '');
  return known;
}

const listedElements = ({ flags, elem = [] }: ListedSet): readonly string[] =>
  isFilled(flags) ? [] : elem.map(elementText).sort();

/** A set that packets fill. nft 1.0 tells of a dynamic set its `timeout` only. */
const isFilled = (flags: ListedSet['flags'] = []): boolean => flags.includes('dynamic') || flags.includes('timeout');

/** `prerouting -110`, out of a base chain's hook. */
function place(hook: string | undefined): string {
  const [, at = '', priority = ''] = /hook (\w+) priority (-?\d+)/.exec(hook ?? '') ?? [];
  return hook === undefined ? '' : `${at} ${priority}`;
}

function elementsOf({ flags, elements }: NftSet): readonly string[] {
  if (isFilled(flags)) return [];
  const bare = (text: string): string => text.replaceAll('"', '');
  return Object.entries(elements)
    .map(([key, value]) => bare(value === '' ? key : `${key} : ${value}`))
    .sort();
}

/** An element, or a part of one, in the words that it was made of. */
function elementText(item: unknown): string {
  if (Array.isArray(item)) return item.map(elementText).join(' : ');
  if (typeof item !== 'object' || item === null) return String(item);
  const [[kind, value] = ['', undefined]] = Object.entries(item) as [string, never][];
  return wordsOf(kind, value);
}

interface ListedValue {
  readonly target?: string;
  readonly addr?: string;
  readonly len?: number;
  readonly val?: unknown;
}

function wordsOf(kind: string, value: unknown): string {
  const { target, addr, len, val } = (value ?? {}) as ListedValue;
  if (kind === 'concat') return (value as readonly unknown[]).map(elementText).join(' . ');
  if (kind === 'range') return (value as readonly unknown[]).map(elementText).join('-');
  if (kind === 'prefix') return `${addr}/${len}`;
  if (kind === 'elem') return elementText(val);
  return target === undefined ? kind : `${kind} ${target}`;
}
