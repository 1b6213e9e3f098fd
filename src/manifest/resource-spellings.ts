/** Where a value of resources may be written: Kubernetes' and podctl's fields, and docker's words beside them. */
import { type FieldPath, quoteValue } from './field-problem.ts';
import type { Loose } from './schema.ts';
import type { ResourcesInput } from './schema-resources.ts';

export type LooseResources = Loose<ResourcesInput>;
type DockerWord = Extract<keyof ResourcesInput, `${string}_${string}` | 'cpus' | 'cpuset'>;
/** Two keys at most lead to every value that has more than one spelling. */
export type Spelling = readonly [group: string, name?: string];

/** What a docker word says again: beside one of these it is an error, and setting one of these takes the word's place. */
export const dockerRivals: Readonly<Record<DockerWord, readonly Spelling[]>> = {
  cpus: [['limits', 'cpu']],
  cpu_period: [['cpu', 'period']],
  cpu_quota: [['limits', 'cpu'], ['cpus']],
  cpu_shares: [
    ['requests', 'cpu'],
    ['cpu', 'weight'],
  ],
  cpuset: [['cpu', 'cpus']],
  mem_limit: [['limits', 'memory']],
  mem_reservation: [
    ['requests', 'memory'],
    ['memory', 'low'],
  ],
  memswap_limit: [['memory', 'swap']],
  mem_swappiness: [['memory', 'swappiness']],
  pids_limit: [['limits', 'pids']],
  oom_kill_disable: [],
};

export const dockerWords = Object.keys(dockerRivals) as readonly DockerWord[];

/** The spellings of what is compared with a parent's. */
export const spellings = {
  cpu: [['limits', 'cpu'], ['cpus'], ['cpu_quota']],
  memory: [['limits', 'memory'], ['mem_limit']],
  pids: [['limits', 'pids'], ['pids_limit']],
  cpus: [['cpu', 'cpus'], ['cpuset']],
  mems: [['cpu', 'mems']],
  high: [['memory', 'high']],
  low: [['memory', 'low'], ['requests', 'memory'], ['mem_reservation']],
  min: [['memory', 'min']],
} as const satisfies Readonly<Record<string, readonly Spelling[]>>;

export interface WrittenValue {
  /** inside of resources */
  readonly path: FieldPath;
  readonly text: string;
}

/** The value as written, under the first of its spellings that is given. */
export function writtenValue(
  resources: LooseResources | undefined,
  names: readonly Spelling[],
): WrittenValue | undefined {
  for (const path of names) {
    const value = valueAt(resources, path);
    if (value !== undefined) return { path: path as FieldPath, text: textOf(value) };
  }
  return undefined;
}

/** What stands at a path inside of resources. */
export function valueAt(resources: LooseResources | undefined, path: Spelling): unknown {
  let value: unknown = resources;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key ?? '')) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key ?? ''];
  }
  return value;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : quoteValue(value);
