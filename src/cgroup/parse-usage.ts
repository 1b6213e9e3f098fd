/** The kernel's counter files as numbers: admin-guide/cgroup-v2.rst, cgroup-v1/{cpuacct,memory,blkio-controller}.rst, accounting/psi.rst. Pure. */
import type { Pressure, PressureShare, Usage } from '../protocol/usage.ts';

/** Texts of one directory's files; absent: the kernel has none. */
export interface UsageTexts {
  readonly cpu?: string | undefined;
  /** v1: cpuacct.usage */
  readonly cpuacct?: string | undefined;
  /** v1: cpuacct.stat */
  readonly cpuacctStat?: string | undefined;
  readonly memory?: string | undefined;
  readonly memoryStat?: string | undefined;
  /** v2 */
  readonly swap?: string | undefined;
  /** v2: memory.events; v1: memory.oom_control */
  readonly oom?: string | undefined;
  readonly pids?: string | undefined;
  /** v2: io.stat; v1: blkio.throttle.io_service_bytes_recursive */
  readonly io?: string | undefined;
  /** v1: blkio.throttle.io_serviced_recursive */
  readonly ioOperations?: string | undefined;
  readonly pressure?: Readonly<Partial<Record<'cpu' | 'memory' | 'io', string>>>;
}

type Counts = { -readonly [Key in keyof Usage]: Usage[Key] | undefined };

/** USER_HZ, in which v1 counts user and system time: 100 on every architecture that Node runs on. */
const tickMs = 10;

/** Of a v2 directory. */
export function parseUsageV2(texts: UsageTexts): Usage {
  const { cpu = '', memoryStat = '', oom = '' } = texts;
  const memoryBytes = numberOf(texts.memory);
  return present({
    cpuMs: scaled(find(cpu, /^usage_usec (\d+)$/m), 1e-3),
    userMs: scaled(find(cpu, /^user_usec (\d+)$/m), 1e-3),
    systemMs: scaled(find(cpu, /^system_usec (\d+)$/m), 1e-3),
    ...throttling(cpu, /^throttled_usec (\d+)$/m, 1e-3),
    memoryBytes,
    workingSetBytes: workingSet(memoryBytes, find(memoryStat, /^inactive_file (\d+)$/m)),
    cacheBytes: find(memoryStat, /^file (\d+)$/m),
    swapBytes: numberOf(texts.swap),
    pids: numberOf(texts.pids),
    io: texts.io === undefined ? undefined : parseIoV2(texts.io),
    pressure: texts.pressure === undefined ? undefined : parsePressures(texts.pressure),
    oomKills: parseOomKills(oom),
    memoryHighEvents: find(oom, /^high (\d+)$/m),
  });
}

/** Of v1 directories of one name in all hierarchies. v1 counts OOM kills where the process was, not in the directories above. */
export function parseUsageV1(texts: UsageTexts): Usage {
  const { cpu = '', cpuacctStat = '', memoryStat = '' } = texts;
  const memoryBytes = numberOf(texts.memory);
  return present({
    cpuMs: scaled(numberOf(texts.cpuacct), 1e-6),
    userMs: scaled(find(cpuacctStat, /^user (\d+)$/m), tickMs),
    systemMs: scaled(find(cpuacctStat, /^system (\d+)$/m), tickMs),
    ...throttling(cpu, /^throttled_time (\d+)$/m, 1e-6),
    memoryBytes,
    workingSetBytes: workingSet(memoryBytes, find(memoryStat, /^total_inactive_file (\d+)$/m)),
    cacheBytes: find(memoryStat, /^total_cache (\d+)$/m),
    swapBytes: find(memoryStat, /^total_swap (\d+)$/m),
    pids: numberOf(texts.pids),
    io: texts.io === undefined ? undefined : parseIoV1(texts.io, texts.ioOperations ?? ''),
    oomKills: parseOomKills(texts.oom ?? ''),
  });
}

/** `oom_kill N` of v1 memory.oom_control and v2 memory.events; undefined on kernels that do not count it. */
export const parseOomKills = (text: string): number | undefined => find(text, /^oom_kill (\d+)$/m);

/** Both versions write nr_periods and nr_throttled into cpu.stat; without a CPU limit they are 0 and mean nothing. */
function throttling(cpu: string, time: RegExp, factor: number): Partial<Counts> {
  const periods = find(cpu, /^nr_periods (\d+)$/m);
  if (periods === undefined) return {};
  const throttledMs = scaled(find(cpu, time), factor);
  return { periods, throttledPeriods: find(cpu, /^nr_throttled (\d+)$/m), throttledMs };
}

/** The kubelet's: what cannot be given back at once; never below 0, for the two are not read at the same instant. */
function workingSet(memoryBytes: number | undefined, inactiveFileBytes: number | undefined): number | undefined {
  if (memoryBytes === undefined || inactiveFileBytes === undefined) return undefined;
  return Math.max(0, memoryBytes - inactiveFileBytes);
}

/** `254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`, a line per device. */
function parseIoV2(text: string): NonNullable<Usage['io']> {
  const sum = (key: string): number =>
    [...text.matchAll(new RegExp(` ${key}=(\\d+)`, 'g'))].reduce((total, [, count]) => total + Number(count), 0);
  return { readBytes: sum('rbytes'), writeBytes: sum('wbytes'), reads: sum('rios'), writes: sum('wios') };
}

/** `254:0 Read 4096`, a line per device and kind. */
function parseIoV1(bytes: string, operations: string): NonNullable<Usage['io']> {
  const sum = (text: string, kind: 'Read' | 'Write'): number =>
    [...text.matchAll(new RegExp(` ${kind} (\\d+)$`, 'gm'))].reduce((total, [, count]) => total + Number(count), 0);
  return {
    readBytes: sum(bytes, 'Read'),
    writeBytes: sum(bytes, 'Write'),
    reads: sum(operations, 'Read'),
    writes: sum(operations, 'Write'),
  };
}

function parsePressures(texts: NonNullable<UsageTexts['pressure']>): Usage['pressure'] {
  const parsed = Object.entries(texts).flatMap(([kind, text]) => {
    const pressure = parsePressure(text);
    return pressure === undefined ? [] : [[kind, pressure] as const];
  });
  return parsed.length === 0 ? undefined : Object.fromEntries(parsed);
}

/** A *.pressure file; undefined when it holds no `some` line. */
export function parsePressure(text: string): Pressure | undefined {
  const some = parseShare(text, 'some');
  const full = parseShare(text, 'full');
  return some === undefined ? undefined : { some, ...(full === undefined ? {} : { full }) };
}

function parseShare(text: string, kind: 'some' | 'full'): PressureShare | undefined {
  const line = new RegExp(`^${kind} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+) total=(\\d+)$`, 'm').exec(text);
  if (line === null) return undefined;
  const [avg10 = 0, avg60 = 0, avg300 = 0, totalUs = 0] = line.slice(1).map(Number);
  return { avg10, avg60, avg300, totalMs: totalUs / 1000 };
}

function find(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : find(text, /^(\d+)\s*$/);

const scaled = (count: number | undefined, factor: number): number | undefined =>
  count === undefined ? undefined : count * factor;

function present(counts: Partial<Counts>): Usage {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined)) as Usage;
}
