/** Rules for podctl's own controls: cpu, memory, io, network and raw cgroup files. Bounds are the kernel's (admin-guide/cgroup-v2.rst, sched-bwc.rst). */
import { closestWord } from '../util/closest-word.ts';
import { parseQuantity } from '../util/quantity.ts';
import { duplicate, type FieldPath, invalid, type ProblemSink, required } from './field-problem.ts';
import { cpuPeriod, normaliseProgramResources } from './normalise-resources.ts';
import { type LooseResources, spellings, writtenValue } from './resource-spellings.ts';
import { canonicalCpuList, parseDeviceNumber, parseUs, periodUs } from './resource-values.ts';
import { checkOneOf } from './rules-probe.ts';
import { checkAbsolutePath, checkRange } from './rules-values.ts';

const weights = [1, 10_000] as const;
const nanoPerUnit = 1_000_000_000n;
/** v1 counts operations in 32 bits, and every layout is to take the same. */
const maxOperations = 4_294_967_295n;

export function checkControls(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  if (resources.cpu !== undefined) {
    checkCpu(resources, [...path, 'cpu'], problems);
    checkBandwidth(resources, path, problems);
  }
  if (resources.memory !== undefined) checkMemory(resources, path, problems);
  checkIo(resources.io, [...path, 'io'], problems);
  checkRange(resources.network?.priority, [0, 15], [...path, 'network', 'priority'], problems);
  checkUnified(resources.unified, [...path, 'unified'], problems);
}

function checkCpu({ cpu }: LooseResources, path: FieldPath, problems: ProblemSink): void {
  checkRange(cpu?.weight, weights, [...path, 'weight'], problems);
  if (cpu?.idle === true && cpu.weight !== undefined)
    problems.warn([...path, 'weight'], 'means nothing with idle: true, ignored');
  checkCpuList(cpu?.cpus, [...path, 'cpus'], problems);
  checkCpuList(cpu?.mems, [...path, 'mems'], problems);
  for (const name of ['period', 'burst'] as const) {
    if (cpu?.[name] !== undefined && parseUs(cpu[name]) === undefined)
      problems.error([...path, name], invalid(cpu[name], 'must be a duration'), { hint: 'examples: 500us, 20ms, 1s' });
  }
  checkPeriod(cpu?.period, [...path, 'period'], problems);
}

/** A period as podctl or docker writes it; undefined passes. */
export function checkPeriod(written: string | number | undefined, path: FieldPath, problems: ProblemSink): void {
  const us = parseUs(written);
  if (us === undefined || (us >= periodUs.least && us <= periodUs.most)) return;
  problems.error(path, invalid(written, 'must be from 1ms to 1s'));
}

/** A list of CPUs or memory nodes; undefined passes. */
export function checkCpuList(written: string | number | undefined, path: FieldPath, problems: ProblemSink): void {
  if (written === undefined || canonicalCpuList(written) !== undefined) return;
  problems.error(path, invalid(written, 'must be a list of numbers and ascending ranges'), {
    hint: 'examples: "0", "0-1", "0-1,3"',
  });
}

/** How the limit, its period and the burst go together. */
function checkBandwidth(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  const { period, burst } = resources.cpu ?? {};
  if (period === undefined && burst === undefined) return;
  const { cpuLimitMillis, cpuBurstUs = 0 } = normaliseProgramResources(resources);
  const limit = writtenValue(resources, spellings.cpu)?.text;
  if (cpuLimitMillis === undefined) {
    if (limit === undefined) warnUnlimited(resources, [...path, 'cpu'], problems);
    return;
  }
  const quotaUs = (cpuLimitMillis * cpuPeriod(resources)) / 1_000;
  if (period !== undefined && quotaUs < periodUs.least) {
    const detail = `a limit of ${limit} in it is less CPU time than the kernel’s least of 1ms`;
    problems.error([...path, 'cpu', 'period'], invalid(period, detail), { hint: 'a longer period, or a higher limit' });
  } else if (burst !== undefined && cpuBurstUs > Math.max(quotaUs, periodUs.least)) {
    const detail = `must be less than or equal to the CPU time of one period, ${quotaUs / 1_000}ms`;
    problems.error([...path, 'cpu', 'burst'], invalid(burst, detail));
  }
}

function warnUnlimited({ cpu }: LooseResources, path: FieldPath, problems: ProblemSink): void {
  for (const name of ['period', 'burst'] as const) {
    if (cpu?.[name] !== undefined)
      problems.warn([...path, name], 'means nothing without a CPU limit, ignored', { hint: 'give limits.cpu' });
  }
}

function checkMemory(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  const { memory } = resources;
  const at = [...path, 'memory'];
  for (const name of ['high', 'low', 'min'] as const) checkBytes(memory?.[name], [...at, name], problems);
  if (memory?.swap !== 'unlimited') checkBytes(memory?.swap, [...at, 'swap'], problems, 'or unlimited');
  if (parseQuantity(String(memory?.high ?? 1)) === 0n)
    problems.error([...at, 'high'], invalid(memory?.high, 'must be greater than 0'));
  checkRange(memory?.swappiness, [0, 100], [...at, 'swappiness'], problems);
  warnMemoryOrder(resources, path, problems);
}

function checkBytes(
  written: string | number | undefined,
  path: FieldPath,
  problems: ProblemSink,
  alternative?: string,
): void {
  const nano = written === undefined ? 0n : parseQuantity(String(written));
  if (nano === undefined) {
    const also = alternative === undefined ? '' : ` ${alternative}`;
    problems.error(path, invalid(written, 'quantities must match a number with an optional suffix'), {
      hint: `examples: 64Mi, 1G${also}`,
    });
  } else if (nano < 0n) problems.error(path, invalid(written, 'must be greater than or equal to 0'));
}

/** min ≤ high, low ≤ high ≤ limit: the kernel takes any order, but then one of them is never reached. */
function warnMemoryOrder(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  const spec = normaliseProgramResources(resources);
  const limit = writtenValue(resources, spellings.memory);
  const high = writtenValue(resources, spellings.high);
  const { memoryLimitBytes = Number.POSITIVE_INFINITY, memoryHighBytes = Number.POSITIVE_INFINITY } = spec;
  if (memoryHighBytes > memoryLimitBytes && high !== undefined)
    problems.warn(
      [...path, ...high.path],
      `${high.text} is more than the limit of ${limit?.text}, it is never reached`,
    );
  for (const [name, bytes = 0] of [
    ['low', spec.memoryLowBytes],
    ['min', spec.memoryMinBytes],
  ] as const) {
    const written = writtenValue(resources, spellings[name]);
    if (bytes > memoryHighBytes)
      problems.warn(
        [...path, 'memory', name],
        `${written?.text} is more than memory.high of ${high?.text}, above which it is reclaimed from all the same`,
      );
    else if (bytes > memoryLimitBytes)
      problems.warn([...path, 'memory', name], `${written?.text} is more than the limit of ${limit?.text}`);
  }
}

type Io = LooseResources['io'];
type IoDevice = NonNullable<NonNullable<NonNullable<Io>['devices']>[number]>;

const rates = ['readBps', 'writeBps', 'readIops', 'writeIops'] as const;

function checkIo(io: Io, path: FieldPath, problems: ProblemSink): void {
  checkRange(io?.weight, weights, [...path, 'weight'], problems);
  const seen = new Set<string>();
  io?.devices?.forEach((device, index) => {
    if (device === undefined) return;
    const at = [...path, 'devices', index];
    checkOneOf(device, ['device', 'mount'], at, problems);
    checkDeviceName(device.device, [...at, 'device'], problems);
    checkAbsolutePath(device.mount, [...at, 'mount'], problems);
    checkRates(device, at, problems);
    const name = device.device ?? device.mount;
    if (name !== undefined && seen.has(name))
      problems.error([...at, device.device === undefined ? 'mount' : 'device'], duplicate(name));
    if (name !== undefined) seen.add(name);
  });
}

function checkDeviceName(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (written === undefined || parseDeviceNumber(written) !== undefined) return;
  if (written.startsWith('/')) checkAbsolutePath(written, path, problems);
  else
    problems.error(path, invalid(written, 'must be a path or a device number'), {
      hint: 'examples: /dev/vda, "254:0"',
    });
}

function checkRates(device: IoDevice, path: FieldPath, problems: ProblemSink): void {
  if (![...rates, 'weight'].some((name) => name in device))
    problems.error(path, required(`must specify at least one of: ${rates.join(', ')}, weight`));
  checkRange(device.weight, weights, [...path, 'weight'], problems);
  for (const name of rates) {
    const written = device[name];
    const nano = written === undefined ? nanoPerUnit : parseQuantity(String(written));
    const at = [...path, name];
    if (nano === undefined)
      problems.error(at, invalid(written, 'quantities must match a number with an optional suffix'), {
        hint: 'examples: 1Mi, 500k, 100',
      });
    else if (nano < nanoPerUnit || nano % nanoPerUnit !== 0n)
      problems.error(at, invalid(written, 'must be a whole number, at least 1'));
    else if (name.endsWith('Iops') && nano > maxOperations * nanoPerUnit)
      problems.error(at, invalid(written, `must be at most ${maxOperations}`));
  }
}

/** What podctl works with itself, and what must not be reached from inside of a container (CVE-2022-0492). */
const ownFiles: readonly (readonly [pattern: RegExp, why: string, hint?: string])[] = [
  [/^cgroup\.(procs|threads)$|^tasks$/, 'podctl puts processes into their cgroups'],
  [/^cgroup\.kill$/, 'it ends everything', 'podctl stop'],
  [/^cgroup\.freeze$|^freezer\./, 'podctl knows what it froze', 'podctl pause'],
  [/^cgroup\.(type|subtree_control|clone_children|event_control|sane_behavior)$/, 'podctl makes its cgroups by it'],
  [/^(notify_on_release|release_agent)$/, 'it has this machine run a program'],
  [/^devices\./, 'podctl writes it', 'use devices'],
];

/** PAGE_SIZE less the NUL: what one write(2) to a cgroup file may hold. */
const maxValue = 4_095;

function checkUnified(unified: LooseResources['unified'], path: FieldPath, problems: ProblemSink): void {
  for (const [name, value] of Object.entries(unified ?? {})) {
    const at = [...path, name];
    const own = ownFiles.find(([pattern]) => pattern.test(name));
    if (own !== undefined) {
      const [, why, hint] = own;
      problems.error(at, invalid(name, `may not be written: ${why}`), { at: 'key', hint });
    } else if (!/^[a-z0-9_]+(\.[A-Za-z0-9_]+)+$/.test(name)) {
      problems.error(at, invalid(name, 'must be the name of a cgroup file'), { at: 'key', hint: fileHint(name) });
    }
    checkRaw(value, at, problems);
  }
}

function fileHint(name: string): string {
  const near = closestWord(name, ['memory.high', 'memory.max', 'cpu.max', 'cpu.weight', 'io.max', 'pids.max']);
  return near === undefined ? 'example: memory.high' : `did you mean "${near}"?`;
}

function checkRaw(value: string | number | undefined, path: FieldPath, problems: ProblemSink): void {
  if (value === undefined) return;
  const text = String(value);
  if (text.trim() === '') problems.error(path, required('what is written into the file'));
  else if (/\p{Cc}/u.test(text)) problems.error(path, invalid(value, 'must be one line without control characters'));
  else if (text.length > maxValue) problems.error(path, `Too long: may not be more than ${maxValue} bytes`);
}
