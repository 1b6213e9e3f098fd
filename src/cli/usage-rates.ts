/** Rates out of two looks at the kernel's counters. Pure. */
import type { ContainerUsage, PodUsage, ProgramUsage, Usage, UsageList } from '../protocol/usage.ts';

/** Per second of the time between two looks. Absent: not counted, or there was no earlier look. */
export interface UsageRates {
  /** of one CPU */
  readonly cpuPercent?: number;
  /** of the CPU limit; absent without one */
  readonly cpuLimitPercent?: number;
  /** share of the periods in which the CPU limit held it back */
  readonly throttledPercent?: number;
  /** working set, of the memory limit; absent without one */
  readonly memoryLimitPercent?: number;
  readonly readBytesPerSecond?: number;
  readonly writeBytesPerSecond?: number;
  readonly readsPerSecond?: number;
  readonly writesPerSecond?: number;
}

export type RatedProgram = ProgramUsage & { readonly rates: UsageRates };
export type RatedContainer = Omit<ContainerUsage, 'programs'> & {
  readonly rates: UsageRates;
  readonly programs: readonly RatedProgram[];
};
export type RatedPod = Omit<PodUsage, 'containers'> & {
  readonly rates: UsageRates;
  readonly containers: readonly RatedContainer[];
};

export interface RatedUsage extends Omit<UsageList, 'items'> {
  /** between the two looks */
  readonly intervalMs: number;
  readonly items: readonly RatedPod[];
}

/** What is new in `after`, or began anew, is counted from nothing: as if it had been made at the earlier look. */
export function rateUsage(before: UsageList, after: UsageList): RatedUsage {
  const intervalMs = after.monotonicMs - before.monotonicMs;
  const pods = new Map(before.items.map((pod) => [pod.uid, pod]));
  const items = after.items.map((pod) => ratePod(pods.get(pod.uid), pod, intervalMs));
  return { ...after, intervalMs, items };
}

function ratePod(before: PodUsage | undefined, pod: PodUsage, intervalMs: number): RatedPod {
  const earlier = new Map(before?.containers.map((container) => [container.container, container]));
  const containers = pod.containers.map((container) =>
    rateContainer(earlier.get(container.container), container, intervalMs),
  );
  return { ...pod, rates: ratesOf(before?.usage, pod.usage, intervalMs), containers };
}

function rateContainer(
  before: ContainerUsage | undefined,
  container: ContainerUsage,
  intervalMs: number,
): RatedContainer {
  const earlier = new Map(before?.programs.map((program) => [program.program, program]));
  const programs = container.programs.map((program) => ({
    ...program,
    rates: ratesOf(earlier.get(program.program)?.usage, program.usage, intervalMs),
  }));
  return { ...container, rates: ratesOf(before?.usage, container.usage, intervalMs), programs };
}

/** `before` undefined: it was not there. */
export function ratesOf(before: Usage = {}, after: Usage, intervalMs: number): UsageRates {
  const perSecond = (from: number | undefined, to: number | undefined): number | undefined =>
    to === undefined ? undefined : (1000 * grown(from, to)) / intervalMs;
  const cpuMsPerSecond = perSecond(before.cpuMs, after.cpuMs);
  const cpuPercent = cpuMsPerSecond === undefined ? undefined : cpuMsPerSecond / 10;
  const io = after.io === undefined ? undefined : { before: before.io, after: after.io };
  return present({
    cpuPercent,
    cpuLimitPercent: share(cpuPercent, after.cpuLimitMillis === undefined ? undefined : after.cpuLimitMillis / 10),
    throttledPercent: throttled(before, after),
    memoryLimitPercent: share(after.workingSetBytes, after.memoryLimitBytes),
    readBytesPerSecond: perSecond(io?.before?.readBytes, io?.after.readBytes),
    writeBytesPerSecond: perSecond(io?.before?.writeBytes, io?.after.writeBytes),
    readsPerSecond: perSecond(io?.before?.reads, io?.after.reads),
    writesPerSecond: perSecond(io?.before?.writes, io?.after.writes),
  });
}

/** A counter that went back belongs to a new cgroup. */
const grown = (from = 0, to: number): number => (to >= from ? to - from : to);

function throttled(before: Usage, after: Usage): number | undefined {
  const { periods, throttledPeriods } = after;
  if (periods === undefined || throttledPeriods === undefined) return undefined;
  const passed = grown(before.periods, periods);
  return passed === 0 ? 0 : (100 * grown(before.throttledPeriods, throttledPeriods)) / passed;
}

const share = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || whole === undefined || whole === 0 ? undefined : (100 * part) / whole;

function present(rates: { readonly [Key in keyof UsageRates]: UsageRates[Key] | undefined }): UsageRates {
  return Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate !== undefined));
}
