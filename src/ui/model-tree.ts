/** The tree: rows of pods, containers and programs out of what podd tells, narrowed by filters and folds. */
import { podStatusWord } from '../cli/pod-row.ts';
import { isPlainGroup } from '../cli/program-target.ts';
import { byPod, type PsRow, psRows, type Tone } from '../cli/ps-rows.ts';
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { RowTarget, UiState } from './model.ts';
import { type Limits, programPath, readLimits } from './model-figures.ts';

export interface TreeRow {
  /** `namespace/pod[/container[/label]]` */
  readonly key: string;
  readonly depth: number;
  readonly target: RowTarget;
  readonly name: string;
  readonly fold: 'open' | 'closed' | 'leaf';
  readonly tone: Tone;
  readonly state: string;
  readonly ready: string;
  readonly restarts: string;
  readonly uptime: string;
  /** percent of one CPU; undefined while it is not known */
  readonly cpu: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly limits: Limits;
}

const inputs = ['pods', 'groups', 'figures', 'nowMs', 'filter', 'namespace', 'onlyPods', 'collapsed'] as const;
type TreeInput = Pick<UiState, (typeof inputs)[number]>;

/** The rows to be seen, in order. */
export const visibleRows = remembered(makeVisibleRows);

/** The rows of all pods in scope, whatever is filtered and folded. */
const allRows = remembered(makeAllRows);

/** A frame asks for the rows several times, and most events leave them as they are. */
function remembered<T>(make: (state: TreeInput) => T): (state: TreeInput) => T {
  let last: { readonly state: TreeInput; readonly value: T } | undefined;
  return (state) => {
    const isSame = last !== undefined && inputs.every((input) => last?.state[input] === state[input]);
    if (last === undefined || !isSame) last = { state, value: make(state) };
    return last.value;
  };
}

function makeVisibleRows(state: TreeInput): readonly TreeRow[] {
  const rows = allRows(state);
  const shown = state.filter === '' ? rows : matching(rows, state.filter.toLowerCase());
  return shown
    .filter(({ key }) => !isBelowFold(key, state.collapsed))
    .map((row) => (state.collapsed.has(row.key) && row.fold === 'open' ? { ...row, fold: 'closed' } : row));
}

/** How many pods there are, how many of them run, and in how many something is wrong. */
export function countPods(state: TreeInput): { readonly pods: number; readonly running: number; readonly bad: number } {
  const rows = allRows(state);
  const pods = rows.filter(({ depth }) => depth === 0);
  const bad = new Set(rows.filter(({ tone }) => tone === 'bad').map(({ target }) => podKey(target)));
  return { pods: pods.length, running: pods.filter(({ state: word }) => word === 'Running').length, bad: bad.size };
}

/** The namespaces that there are pods in. */
export function namespacesOf({ pods, groups }: Pick<UiState, 'pods' | 'groups'>): readonly string[] {
  const names = [
    ...[...pods.values()].map(({ metadata }) => metadata.namespace),
    ...groups.map((group) => group.namespace),
  ];
  return [...new Set(names)].sort();
}

/** Key of a pod's row. */
export const podKey = ({ namespace, pod }: { readonly namespace: string; readonly pod: string }): string =>
  `${namespace}/${pod}`;

function makeAllRows(state: TreeInput): readonly TreeRow[] {
  return [...byPod(inScope(state)).values()].flatMap((groups) => podRows(groups, state));
}

function inScope({ groups, namespace, onlyPods }: TreeInput): readonly ProgramGroup[] {
  return groups.filter(
    (group) => (namespace ?? group.namespace) === group.namespace && (onlyPods?.has(podKey(group)) ?? true),
  );
}

function podRows(groups: readonly ProgramGroup[], state: TreeInput): readonly TreeRow[] {
  const [first] = groups;
  const [head] = psRows(groups, state.nowMs);
  if (first === undefined || head === undefined) return [];
  const key = podKey(first);
  const pod = state.pods.get(key);
  const limits = pod === undefined ? new Map<string, Limits>() : readLimits(pod);
  const rows = groups.flatMap((group) => containerRows(group, limits, state));
  const containers = rows.filter(({ depth }) => depth === 1);
  const name = first.namespace === 'default' ? first.pod : key;
  const row: TreeRow = {
    ...wordsOf(head),
    ...{ key, depth: 0, name, fold: 'open', target: { namespace: first.namespace, pod: first.pod } },
    ...{ state: pod === undefined ? '' : podStatusWord(pod), tone: podTone(pod, rows), limits: {} },
    restarts: String(sum(groups.map((group) => group.restarts)) ?? 0),
    cpu: sum(containers.map(({ cpu }) => cpu)),
    memoryBytes: sum(containers.map(({ memoryBytes }) => memoryBytes)),
  };
  return [row, ...rows];
}

function podTone(pod: PodObject | undefined, rows: readonly TreeRow[]): Tone {
  const tones = rows.map(({ tone }) => tone);
  if (tones.includes('bad')) return 'bad';
  if (pod?.metadata.deletionTimestamp !== undefined || tones.includes('busy')) return 'busy';
  return tones.includes('good') ? 'good' : 'quiet';
}

function containerRows(
  group: ProgramGroup,
  limits: ReadonlyMap<string, Limits>,
  { nowMs, figures }: TreeInput,
): readonly TreeRow[] {
  const { namespace, pod, container, programs } = group;
  const key = `${podKey(group)}/${container}`;
  const target = { namespace, pod, container };
  // The pod's own row comes first; it is made elsewhere, out of all its containers.
  const [, head, ...below] = psRows([group], nowMs);
  if (head === undefined) return [];
  const rows = isPlainGroup(group)
    ? []
    : programs.map((program, index) =>
        programRow(program, below[index] ?? head, { group, shares: figures.shares, limits }),
      );
  const usage = programs.map((program) => figures.shares.get(programPath(group, program.label)));
  const row: TreeRow = {
    ...wordsOf(head),
    ...{ key, depth: 1, target, name: container, fold: rows.length > 0 ? 'open' : 'leaf', tone: head.tone },
    limits: limits.get(container) ?? {},
    cpu: sum(usage),
    memoryBytes: sum(programs.map(memoryOf)),
  };
  return [row, ...rows];
}

interface ProgramContext {
  readonly group: ProgramGroup;
  readonly shares: ReadonlyMap<string, number>;
  readonly limits: ReadonlyMap<string, Limits>;
}

function programRow(program: ProgramObject, words: PsRow, { group, shares, limits }: ProgramContext): TreeRow {
  const { namespace, pod, container } = group;
  const { label, program: name, instance } = program;
  const key = programPath(group, label);
  return {
    ...wordsOf(words),
    ...{ key, depth: 2, name: label, fold: 'leaf', tone: words.tone },
    target: { namespace, pod, container, program: label === name ? { program: name } : { program: name, instance } },
    limits: limits.get(`${container}/${name}`) ?? limits.get(container) ?? {},
    cpu: program.processes === 0 ? undefined : shares.get(key),
    memoryBytes: memoryOf(program),
  };
}

const wordsOf = ({ state, ready, restarts, uptime }: PsRow) => ({ state, ready, restarts, uptime });

const memoryOf = ({ processes, memoryBytes }: ProgramObject): number | undefined =>
  processes === 0 ? undefined : memoryBytes;

/** Of those that are known; undefined when none is. */
function sum(amounts: readonly (number | undefined)[]): number | undefined {
  const known = amounts.filter((amount) => amount !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, amount) => total + amount, 0);
}

/** What matches, with all above and below it. */
function matching(rows: readonly TreeRow[], filter: string): readonly TreeRow[] {
  const hits = rows.filter(({ key }) => key.toLowerCase().includes(filter)).map(({ key }) => key);
  return rows.filter(({ key }) => hits.some((hit) => isBelowRow(hit, key) || isBelow(key, hit)));
}

const isBelow = (key: string, above: string): boolean => key.startsWith(`${above}/`);

/** Whether a row is the other one, or belongs to it. */
export const isBelowRow = (key: string, above: string): boolean => key === above || isBelow(key, above);

function isBelowFold(key: string, collapsed: ReadonlySet<string>): boolean {
  return [...collapsed].some((fold) => isBelow(key, fold));
}
