/** Flags of `podctl set resources` → what is changed in the manifest's `resources`. */
import { parseCpuList } from '../util/cpu-list.ts';
import type { FlagTable, FlagValues } from './command.ts';
import { UsageError } from './usage-error.ts';

export const resourceFlags = {
  cpu: { kind: 'text', value: 'CPUS', help: 'limits.cpu: 500m, 0.5, 2' },
  memory: { kind: 'text', value: 'BYTES', help: 'limits.memory: 64Mi, 1G' },
  pids: { kind: 'text', value: 'N', help: 'limits.pids: processes and threads' },
  'cpu-request': { kind: 'text', value: 'CPUS', help: 'requests.cpu: share when CPUs are short' },
  'memory-request': { kind: 'text', value: 'BYTES', help: 'requests.memory: protected when memory is short' },
  'cpu-weight': { kind: 'text', value: 'N', help: 'cpu.weight: 1 to 10000, over the share of the request' },
  cpus: { kind: 'text', value: 'LIST', help: 'cpu.cpus: CPUs it may run on, as 0-1,3' },
  'memory-high': { kind: 'text', value: 'BYTES', help: 'memory.high: slowed down from here on, not killed' },
  'io-weight': { kind: 'text', value: 'N', help: 'io.weight: 1 to 10000' },
  limits: { kind: 'list', value: 'NAME=AMOUNT,…', help: 'as kubectl: cpu=500m,memory=64Mi' },
  requests: { kind: 'list', value: 'NAME=AMOUNT,…', help: 'as kubectl: cpu=100m,memory=32Mi' },
  set: { kind: 'list', value: 'PATH=VALUE', help: 'any value of resources: memory.oomGroup=true, cpu.period=50ms' },
  remove: { kind: 'list', value: 'PATH', help: 'take a value away: limits.cpu, memory.high, io' },
} as const satisfies FlagTable;

type Flags = FlagValues<typeof resourceFlags>;
type Fields = Readonly<Record<string, unknown>>;
type Path = readonly string[];
type Change = readonly [path: Path, value: unknown];

const amounts = {
  cpu: ['limits', 'cpu'],
  memory: ['limits', 'memory'],
  pids: ['limits', 'pids'],
  'cpu-request': ['requests', 'cpu'],
  'memory-request': ['requests', 'memory'],
  'memory-high': ['memory', 'high'],
  cpus: ['cpu', 'cpus'],
} as const;
const numbers = { 'cpu-weight': ['cpu', 'weight'], 'io-weight': ['io', 'weight'] } as const;

/** As the API takes it: null takes a value away. `parseList` reads lists and maps in YAML's flow style. Throws UsageError. */
export async function resourcesPatch(flags: Flags, parseList: (text: string) => Promise<unknown>): Promise<Fields> {
  checkCpus(flags.cpus);
  const changes: Change[] = [
    ...named(flags, amounts, (text) => text),
    ...named(flags, numbers, scalar),
    ...(['limits', 'requests'] as const).flatMap((group) => (flags[group] ?? []).flatMap((text) => pairs(group, text))),
    ...(await Promise.all((flags.set ?? []).map((text) => setting(text, parseList)))),
    ...(flags.remove ?? []).map((text): Change => [pathOf(text, 'remove'), null]),
  ];
  const [first] = changes;
  if (first === undefined) throw new UsageError('set what?', 'as --cpu 500m --memory 64Mi');
  return changes.reduce((patch, change) => withChange(patch, change, ''), {} as Fields);
}

function named<N extends keyof Flags>(
  flags: Flags,
  table: Readonly<Record<N, Path>>,
  read: (text: string) => unknown,
): Change[] {
  return (Object.keys(table) as N[]).flatMap((name): Change[] => {
    const text = flags[name];
    return typeof text === 'string' ? [[table[name], read(text)]] : [];
  });
}

/** docker's `--cpus` is a number of CPUs. */
function checkCpus(text: string | undefined): void {
  if (text === undefined || parseCpuList(text) !== undefined) return;
  const hint = /^\d*\.\d+$/.test(text) ? `a share of the CPUs is --cpu ${text}` : 'as 0-1,3';
  throw new UsageError(`flag --cpus needs a list of CPUs, not "${text}"`, hint);
}

/** `cpu=500m,memory=64Mi`. */
function pairs(group: string, text: string): Change[] {
  return text.split(',').map((pair) => {
    const [, name, amount] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined) throw new UsageError(`flag --${group}: "${pair}" is not NAME=AMOUNT`, 'as cpu=500m');
    return [[group, name], amount];
  });
}

async function setting(text: string, parseList: (text: string) => Promise<unknown>): Promise<Change> {
  const [, path, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined) throw new UsageError(`flag --set: "${text}" is not PATH=VALUE`, 'as memory.oomGroup=true');
  return [pathOf(path, 'set'), /^[[{]/.test(value) ? await parseList(value) : scalar(value)];
}

/** Behind these the rest is one name, whatever dots it has. */
const nameGroups: ReadonlySet<string> = new Set(['limits', 'requests', 'unified']);

function pathOf(text: string, flag: string): Path {
  const [group = '', ...rest] = text.replace(/^resources\./, '').split('.');
  const path = rest.length > 1 && nameGroups.has(group) ? [group, rest.join('.')] : [group, ...rest];
  if (path.includes('')) throw new UsageError(`flag --${flag}: "${text}" is no path`, 'as limits.cpu or memory.high');
  return path;
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

function withChange(patch: Fields, [path, value]: Change, before: string): Fields {
  const [key = '', ...rest] = path;
  const known = Object.hasOwn(patch, key) ? patch[key] : undefined;
  const here = `${before}${key}`;
  const isInner = rest.length > 0;
  if (known !== undefined && (!isInner || typeof known !== 'object' || known === null || Array.isArray(known)))
    throw new UsageError(`${here} is given twice`);
  const inner = isInner ? withChange((known ?? {}) as Fields, [rest, value], `${here}.`) : value;
  return Object.fromEntries([...Object.entries(patch), [key, inner]]);
}
