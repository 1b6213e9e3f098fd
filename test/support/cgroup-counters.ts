/** What the kernel counts in the cgroups of an instance, read from v1's files and v2's alike. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PodObject } from '../../src/protocol/objects.ts';

/** Counters of one cgroup since it was made. */
export interface CpuCounters {
  readonly usedMs: number;
  /** of its quota: enforcement periods, those in which it was held back, those in which it used saved up time */
  readonly periods: number;
  readonly throttled: number;
  readonly bursts: number;
}

/** What was used in a window of time. */
export interface CpuShare {
  /** of one CPU */
  readonly percent: number;
  /** of the periods, 0 … 1: how often it was held back by its quota; 0 without one */
  readonly throttledShare: number;
}

/** The cgroup of a container's programs, or the leaf of one of them, below the instance's directories. */
export const appCgroup = (pod: PodObject, container = 'main', leaf?: string): string =>
  join(pod.metadata.uid, container, 'app', leaf ?? '');

/** The instance before others that want the CPU, twenty to one: a quota shows only where there is that much to have. */
export function favourCpu(dirs: readonly string[]): void {
  for (const dir of dirs)
    for (const [file, weight] of [
      ['cpu.weight', '2000'],
      ['cpu.shares', '20480'],
    ] as const)
      if (existsSync(join(dir, file))) writeFileSync(join(dir, file), weight);
}

/** A file of the cgroup `relative` in whichever of the instance's directories has it; undefined where none has. */
export function readCgroupFile(dirs: readonly string[], relative: string, file: string): string | undefined {
  for (const dir of dirs) {
    const text = tryRead(join(dir, relative, file));
    if (text !== undefined) return text.trim();
  }
  return undefined;
}

/** CPU time and quota counters; throws where the kernel counts no CPU time of it. */
export function readCpuCounters(dirs: readonly string[], relative: string): CpuCounters {
  // cpu.stat is also in a v1 hierarchy without the cpu controller's numbers, where the unified one counts nothing
  const stats = dirs.map((dir) => tryRead(join(dir, relative, 'cpu.stat')) ?? '');
  const stat = stats.find((text) => text.includes('nr_periods')) ?? stats.find((text) => text !== '') ?? '';
  const usedNs = readCgroupFile(dirs, relative, 'cpuacct.usage');
  const usedUs = countOf(stat, 'usage_usec');
  if (usedNs === undefined && usedUs === undefined) throw new Error(`no CPU accounting of ${relative}`);
  return {
    usedMs: usedNs === undefined ? (usedUs ?? 0) / 1e3 : Number(usedNs) / 1e6,
    periods: countOf(stat, 'nr_periods') ?? 0,
    throttled: countOf(stat, 'nr_throttled') ?? 0,
    bursts: countOf(stat, 'nr_bursts') ?? 0,
  };
}

/** What these cgroups use of the CPU in the same window of time. */
export async function measureCpu(
  dirs: readonly string[],
  relatives: readonly string[],
  windowMs: number,
): Promise<readonly CpuShare[]> {
  const read = () => relatives.map((relative) => ({ at: performance.now(), ...readCpuCounters(dirs, relative) }));
  const before = read();
  await delay(windowMs);
  return read().map((after, index) => {
    const from = before[index] ?? after;
    const periods = after.periods - from.periods;
    return {
      percent: ((after.usedMs - from.usedMs) / (after.at - from.at)) * 100,
      throttledShare: periods === 0 ? 0 : (after.throttled - from.throttled) / periods,
    };
  });
}

/** Bytes and operations on all block devices, of `Read` or `Write`: v1 blkio.throttle.*, v2 io.stat. */
export function readIoCounters(
  dirs: readonly string[],
  relative: string,
  kind: 'Read' | 'Write',
): { readonly bytes: number; readonly operations: number } {
  const v2 = readCgroupFile(dirs, relative, 'io.stat');
  const sum = (text: string | undefined, pattern: RegExp): number =>
    [...(text ?? '').matchAll(pattern)].reduce((total, [, amount]) => total + Number(amount), 0);
  if (v2 !== undefined) {
    const letter = kind === 'Read' ? 'r' : 'w';
    return {
      bytes: sum(v2, new RegExp(`\\b${letter}bytes=(\\d+)`, 'g')),
      operations: sum(v2, new RegExp(`\\b${letter}ios=(\\d+)`, 'g')),
    };
  }
  const v1 = (file: string) => sum(readCgroupFile(dirs, relative, file), new RegExp(` ${kind} (\\d+)`, 'g'));
  return { bytes: v1('blkio.throttle.io_service_bytes'), operations: v1('blkio.throttle.io_serviced') };
}

/** Why direct I/O below `path` is on no block device that could be limited; undefined when it is on one. */
export function whyNoDisk(path: string): string | undefined {
  const { dev } = statSync(path);
  const major = Math.floor(dev / 256);
  return major > 0 ? undefined : `${path} is on no block device (tmpfs, overlay, 9p …)`;
}

/** The number after a word at the beginning of a line. */
function countOf(text: string, key: string): number | undefined {
  const value = text.match(new RegExp(`^${key} (\\d+)$`, 'm'))?.[1];
  return value === undefined ? undefined : Number(value);
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
