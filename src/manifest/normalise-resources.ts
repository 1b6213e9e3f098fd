/** Amounts of pods, containers and programs in kernel-near units. What the rules refuse is left out here, so that they can compare the rest. */
import type { IoDeviceSpec, ResourceSpec } from '../model/resource-spec.ts';
import { parseQuantity, quantityMillis, quantityUnits } from '../util/quantity.ts';
import { defaultPidsLimit } from './limits.ts';
import type { LooseResources } from './resource-spellings.ts';
import {
  canonicalCpuList,
  hugepageSize,
  parseAmount,
  parseDeviceNumber,
  parseDockerBytes,
  parseUs,
  periodUs,
} from './resource-values.ts';

type Resources = LooseResources | undefined;

/** Of a container: as many processes as podman and docker allow unless it says otherwise. */
export function normaliseResources(resources: Resources): ResourceSpec {
  const saysPids = resources?.pids_limit !== undefined;
  return { ...(saysPids ? {} : { pidsLimit: defaultPidsLimit }), ...normaliseProgramResources(resources) };
}

/** Of a pod; undefined when it says nothing. A request that its containers make is theirs together (Kubernetes' pod-level default). */
export function normalisePodResources(
  resources: Resources,
  containers: readonly ResourceSpec[],
): ResourceSpec | undefined {
  const { cpuRequestMillis, memoryRequestBytes, ...rest } = normaliseProgramResources(resources);
  const written = requestsOf(resources);
  const cpu = containers.some((container) => container.cpuRequestMillis !== undefined);
  const memory = containers.some((container) => container.memoryRequestBytes !== undefined);
  const all = given<ResourceSpec>({
    ...rest,
    cpuRequestMillis: cpu ? written.cpuMillis || undefined : cpuRequestMillis,
    memoryRequestBytes: memory ? written.memoryBytes || undefined : memoryRequestBytes,
  });
  return Object.keys(all).length === 0 ? undefined : all;
}

/** Of a program: limited by its container's where it has none of its own. Requests default to limits (Kubernetes SetDefaults_Pod); a zero of Kubernetes' means not limited, not requested. */
export function normaliseProgramResources(resources: Resources): ResourceSpec {
  const cpuLimit = cpuLimitMillis(resources);
  const memoryLimit = parseDockerBytes(resources?.mem_limit) ?? parseAmount(resources?.limits?.memory);
  const { cpuMillis, memoryBytes } = requestsOf(resources);
  return given<ResourceSpec>({
    cpuLimitMillis: cpuLimit || undefined,
    cpuRequestMillis: (cpuMillis ?? cpuLimit) || undefined,
    ...cpuControls(resources),
    memoryLimitBytes: memoryLimit || undefined,
    memoryRequestBytes: (memoryBytes ?? memoryLimit) || undefined,
    ...memoryControls(resources, memoryLimit),
    pidsLimit: pidsLimit(resources),
    ...ioControls(resources),
    hugepages: hugepages(resources),
    networkPriority: resources?.network?.priority,
    unified: unified(resources),
  });
}

/** Kubernetes' requests, or docker's words for them. */
function requestsOf(resources: Resources): { readonly cpuMillis?: number; readonly memoryBytes?: number } {
  const shares = resources?.cpu_shares || undefined;
  return given({
    cpuMillis: shares === undefined ? millis(resources?.requests?.cpu) : (shares * 1_000) / 1_024,
    memoryBytes: parseDockerBytes(resources?.mem_reservation) ?? parseAmount(resources?.requests?.memory),
  });
}

function cpuLimitMillis(resources: Resources): number | undefined {
  const quota = parseUs(resources?.cpu_quota);
  if (quota === undefined) return millis(resources?.cpus) ?? millis(resources?.limits?.cpu);
  return quota <= 0 ? undefined : (quota * 1_000) / cpuPeriod(resources);
}

/** µs. */
export function cpuPeriod(resources: Resources): number {
  return parseUs(resources?.cpu_period) || parseUs(resources?.cpu?.period) || periodUs.usual;
}

function millis(written: string | number | undefined): number | undefined {
  const nano = written === undefined ? undefined : parseQuantity(String(written));
  return nano === undefined ? undefined : quantityMillis(nano);
}

function cpuControls(resources: Resources): Partial<ResourceSpec> {
  const period = cpuPeriod(resources);
  const { burst, weight, idle, cpus, mems } = resources?.cpu ?? {};
  return given<ResourceSpec>({
    cpuPeriodUs: period === periodUs.usual ? undefined : period,
    cpuBurstUs: parseUs(burst) || undefined,
    cpuWeight: weight,
    cpuIdle: idle || undefined,
    cpus: canonicalCpuList(resources?.cpuset ?? cpus),
    mems: canonicalCpuList(mems),
  });
}

function memoryControls(resources: Resources, limitBytes: number | undefined): Partial<ResourceSpec> {
  const { high, low, min, swappiness, oomGroup } = resources?.memory ?? {};
  return given<ResourceSpec>({
    memoryHighBytes: parseAmount(high) || undefined,
    memoryLowBytes: parseAmount(low),
    memoryMinBytes: parseAmount(min) || undefined,
    memorySwapBytes: swapBytes(resources, limitBytes),
    memorySwappiness: resources?.mem_swappiness ?? swappiness,
    memoryOomGroup: oomGroup || undefined,
  });
}

/** docker counts memory and swap together, and 0 means that nothing was said. */
function swapBytes(resources: Resources, limitBytes = 0): ResourceSpec['memorySwapBytes'] {
  const { swap } = resources?.memory ?? {};
  const together = resources?.memswap_limit;
  if (swap === 'unlimited' || isMinusOne(together)) return 'unlimited';
  const bytes = parseDockerBytes(together) || undefined;
  if (bytes === undefined) return parseAmount(swap);
  return bytes < limitBytes ? undefined : bytes - limitBytes;
}

/** docker's word for no limit, as a number or a text. */
export const isMinusOne = (written: string | number | undefined): boolean => written === -1 || written === '-1';

function pidsLimit(resources: Resources): number | undefined {
  const docker = resources?.pids_limit;
  const written = docker ?? parseAmount(resources?.limits?.pids) ?? 0;
  return written > 0 ? written : undefined;
}

function ioControls(resources: Resources): Partial<ResourceSpec> {
  const { weight, devices } = resources?.io ?? {};
  const known = devices?.flatMap((device) => {
    const named = device === undefined ? undefined : namedDevice(device);
    return device === undefined || named === undefined ? [] : [ioDevice(device, named)];
  });
  return given<ResourceSpec>({ ioWeight: weight, ioDevices: known?.length ? known : undefined });
}

type IoDevice = NonNullable<NonNullable<NonNullable<NonNullable<Resources>['io']>['devices']>[number]>;

function namedDevice({ device, mount }: IoDevice): IoDeviceSpec['device'] | undefined {
  if (mount !== undefined) return { kind: 'mount', path: mount };
  if (device === undefined) return undefined;
  const number = parseDeviceNumber(device);
  return number === undefined ? { kind: 'path', path: device } : { kind: 'number', ...number };
}

function ioDevice(written: IoDevice, device: IoDeviceSpec['device']): IoDeviceSpec {
  return given<IoDeviceSpec>({
    device,
    readBytesPerSecond: parseAmount(written.readBps),
    writeBytesPerSecond: parseAmount(written.writeBps),
    readOpsPerSecond: parseAmount(written.readIops),
    writeOpsPerSecond: parseAmount(written.writeIops),
    weight: written.weight,
  });
}

function hugepages(resources: Resources): ResourceSpec['hugepages'] {
  const sizes = Object.entries(resources?.limits ?? {}).flatMap(([name, written]) => {
    const size = hugepageSize(name);
    const nano = written === undefined ? undefined : parseQuantity(String(written));
    return size === undefined || nano === undefined ? [] : [[size, quantityUnits(nano)] as const];
  });
  return sizes.length === 0 ? undefined : Object.fromEntries(sizes);
}

function unified(resources: Resources): ResourceSpec['unified'] {
  const files = Object.entries(resources?.unified ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return files.length === 0 ? undefined : Object.fromEntries(files);
}

/** Only what has a value; a loop, for it is done for each of thousands of programs. */
function given<T extends object>(all: { readonly [K in keyof T]: T[K] | undefined }): T {
  const some: Partial<Record<keyof T, unknown>> = {};
  for (const key in all) {
    if (all[key] !== undefined) some[key] = all[key];
  }
  return some as T;
}
