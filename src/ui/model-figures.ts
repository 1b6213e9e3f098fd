/** CPU shares out of two reads of CPU time, and the limits that bars are drawn against. */
import { specContainers } from '../cli/pod-row.ts';
import type { ProgramGroup } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import { parseQuantity, quantityMillis, quantityUnits } from '../util/quantity.ts';

interface Sample {
  readonly atMs: number;
  /** CPU time since the newest start, by programPath */
  readonly counts: ReadonlyMap<string, { readonly cpuMs: number; readonly startedAt: string | undefined }>;
}

export interface Figures {
  /** the read that the next one is compared with */
  readonly sample: Sample | undefined;
  /** percent of one CPU between the newest two samples, by programPath */
  readonly shares: ReadonlyMap<string, number>;
}

export const noFigures: Figures = { sample: undefined, shares: new Map() };

/** Reads that follow each other faster than this, because something changed, would give shares of nothing but noise. */
const shortestMs = 900;

/** Row keys of the tree: `namespace/pod/container/label`. */
export function programPath(group: ProgramGroup, label: string): string {
  return `${group.namespace}/${group.pod}/${group.container}/${label}`;
}

/** `atMs`: when `groups` were read, by a clock that is never set. */
export function nextFigures(figures: Figures, groups: readonly ProgramGroup[], atMs: number): Figures {
  const { sample } = figures;
  if (sample !== undefined && atMs - sample.atMs < shortestMs) return figures;
  const next = takeSample(groups, atMs);
  return { sample: next, shares: sample === undefined ? new Map() : compare(sample, next) };
}

function takeSample(groups: readonly ProgramGroup[], atMs: number): Sample {
  const counts = new Map<string, { cpuMs: number; startedAt: string | undefined }>();
  for (const group of groups) {
    for (const { label, cpuMs, startedAt } of group.programs) {
      if (cpuMs !== undefined) counts.set(programPath(group, label), { cpuMs, startedAt });
    }
  }
  return { atMs, counts };
}

/** A program that started meanwhile counts from nothing. */
function compare(before: Sample, after: Sample): ReadonlyMap<string, number> {
  const elapsedMs = after.atMs - before.atMs;
  const shares = new Map<string, number>();
  for (const [path, { cpuMs, startedAt }] of after.counts) {
    const earlier = before.counts.get(path);
    if (earlier === undefined) continue;
    const usedMs = earlier.startedAt === startedAt ? cpuMs - earlier.cpuMs : cpuMs;
    shares.set(path, (100 * Math.max(0, usedMs)) / elapsedMs);
  }
  return shares;
}

/** What a row may use at most; absent: no limit of its own. */
export interface Limits {
  /** percent of one CPU */
  readonly cpu?: number;
  readonly memoryBytes?: number;
}

/** Of each container, and of each program that has its own, by `container` and `container/program`. */
export function readLimits(pod: PodObject): ReadonlyMap<string, Limits> {
  const limits = new Map<string, Limits>();
  for (const container of specContainers(pod)) {
    const own = limitsOf(container.resources);
    limits.set(String(container.name), own);
    const processes = Array.isArray(container.processes) ? container.processes : [];
    for (const process of processes) {
      limits.set(`${container.name}/${process?.name}`, { ...own, ...limitsOf(process?.resources) });
    }
  }
  return limits;
}

function limitsOf(resources: unknown): Limits {
  const written = isRecord(resources) && isRecord(resources.limits) ? resources.limits : {};
  const cpu = amount(written.cpu);
  const memory = amount(written.memory);
  return {
    ...(cpu === undefined ? {} : { cpu: quantityMillis(cpu) / 10 }),
    ...(memory === undefined ? {} : { memoryBytes: quantityUnits(memory) }),
  };
}

function amount(written: unknown): bigint | undefined {
  return written === undefined ? undefined : parseQuantity(String(written));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
