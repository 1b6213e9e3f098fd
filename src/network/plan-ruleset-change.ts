/** From one table to another as nft's text, each one transaction: no packet sees what is between. Pure. */
import type { NftChain, NftSet, Ruleset, RulesetPart } from '../model/ruleset.ts';
import { fnv1a32 } from '../util/fnv1a32.ts';
import { sameJson } from '../util/same-json.ts';

/** Replaces whatever is there under that name; connections that exist live on in conntrack. */
export function formatRuleset(ruleset: Ruleset): string {
  const lines = [...removalLines(ruleset.table), ...changeLines({ sets: {}, chains: {} }, ruleset)];
  return [...lines, ...keeperLines(ruleset.table), ''].join('\n');
}

/** Takes it away, there or not. */
export const formatRemoval = (table: string): string =>
  [...removalLines(table), ...removalLines(keptAliveBy(table)), ''].join('\n');

const removalLines = (table: string): readonly string[] => [`add table inet ${table}`, `delete table inet ${table}`];

/**
 * A table beside it that does nothing. Without any rule that asks for conntrack, or any chain of type nat, the kernel translates no
 * packet any more, of connections that exist neither: on a machine that has nothing else of the kind they would break at once when
 * somebody flushes or deletes the table.
 */
export const keptAliveBy = (table: string): string => `${table}_alive`;

function keeperLines(table: string): readonly string[] {
  const at = `inet ${keptAliveBy(table)}`;
  return [
    ...removalLines(keptAliveBy(table)),
    `add table ${at}`,
    `add chain ${at} alive { type nat hook prerouting priority -110; policy accept; }`,
    `add rule ${at} alive ct state established return`,
  ];
}

/** What differs, and nothing else; empty: nothing does. `before` is what the kernel has. */
export function planRulesetChange(before: Ruleset, after: Ruleset): string {
  if (before.table !== after.table || isOfOtherKind(before, after)) return formatRuleset(after);
  const lines = changeLines(before, after);
  return lines.length === 0 ? '' : [...lines, ''].join('\n');
}

/** What a rule is known by when the table is read again (plan-listing.ts). */
export const ruleMark = (rule: string): string => fnv1a32(rule).toString(16).padStart(8, '0');

/** nft changes neither a set's type nor a chain's hook. */
function isOfOtherKind(before: Ruleset, after: Ruleset): boolean {
  const isOtherSet = Object.entries(after.sets).some(([name, set]) => {
    const old = before.sets[name];
    return old !== undefined && (old.kind !== set.kind || old.type !== set.type || old.flags !== set.flags);
  });
  return isOtherSet || Object.entries(after.chains).some(([name, { hook }]) => hasOtherHook(before.chains[name], hook));
}

const hasOtherHook = (old: NftChain | undefined, hook: string | undefined): boolean =>
  old !== undefined && old.hook !== hook;

/** Whatever is referred to comes before what refers to it, and goes after it: rules name sets and chains, elements name chains. */
function changeLines(before: RulesetPart, after: Ruleset): readonly string[] {
  const at = `inet ${after.table}`;
  const newSets = Object.entries(after.sets).filter(([name]) => before.sets[name] === undefined);
  const newChains = Object.entries(after.chains).filter(([name]) => before.chains[name] === undefined);
  const goneSets = Object.entries(before.sets).filter(([name]) => after.sets[name] === undefined);
  const goneChains = Object.keys(before.chains).filter((name) => after.chains[name] === undefined);
  const changed = Object.entries(after.chains).filter(
    ([name, { rules }]) => !sameJson(before.chains[name]?.rules, rules),
  );
  const flushed = changed.map(([name]) => name).filter((name) => before.chains[name] !== undefined);
  const elements = Object.entries(after.sets).map(([name, set]) => elementLines(at, name, before.sets[name], set));
  const isNew = Object.keys(before.chains).length === 0 && Object.keys(before.sets).length === 0;
  return [
    ...(isNew ? [`add table ${at}`] : []),
    ...newSets.map(([name, set]) => addSet(at, name, set)),
    ...newChains.map(([name, { hook }]) => `add chain ${at} ${name}${hook === undefined ? '' : ` { ${hook} }`}`),
    ...elements.flatMap(({ removed }) => removed),
    ...[...flushed, ...goneChains].map((name) => `flush chain ${at} ${name}`),
    ...changed.flatMap(([name, { rules }]) => rules.map((rule) => addRule(at, name, rule))),
    ...elements.flatMap(({ added }) => added),
    ...goneSets.map(([name, { kind }]) => `delete ${kind} ${at} ${name}`),
    ...goneChains.map((name) => `delete chain ${at} ${name}`),
  ];
}

function addSet(at: string, name: string, { kind, type, flags }: NftSet): string {
  return `add ${kind} ${at} ${name} { type ${type};${flags === undefined ? '' : ` flags ${flags};`} }`;
}

const addRule = (at: string, chain: string, rule: string): string =>
  `add rule ${at} ${chain} ${rule} comment "${ruleMark(rule)}"`;

interface ElementLines {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

function elementLines(at: string, name: string, before: NftSet | undefined, after: NftSet): ElementLines {
  const old = before?.elements ?? {};
  const removed = Object.keys(old).filter((key) => old[key] !== after.elements[key]);
  const added = Object.entries(after.elements).filter(([key, value]) => old[key] !== value);
  return {
    removed: removed.length === 0 ? [] : [`delete element ${at} ${name} { ${removed.join(', ')} }`],
    added: added.length === 0 ? [] : [`add element ${at} ${name} { ${added.map(formatElement).join(', ')} }`],
  };
}

const formatElement = ([key, value]: readonly [string, string]): string => (value === '' ? key : `${key} : ${value}`);
