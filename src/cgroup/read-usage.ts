/** What the kernel counts of one cgroup, now: 5 to 10 files, and memory.stat. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupLayout, V1Controller } from '../model/cgroup.ts';
import type { Usage } from '../protocol/usage.ts';
import { readKept } from './kept-files.ts';
import { parseUsageV1, parseUsageV2, type UsageTexts } from './parse-usage.ts';
import { v1File } from './paths.ts';
import { v2Root } from './plan-v2.ts';

export interface UsageQuestion {
  /** its CPU is limited: how often it was held back is counted */
  readonly throttling: boolean;
  /** user and system time apart, pressure: what nobody shows of single programs is not read of them */
  readonly detail: boolean;
  /** false: not what memory.stat tells (cache, working set, v1 swap), the dearest file of all: up to 0.2 ms, for the kernel adds up all CPUs first */
  readonly cache: boolean;
}

/** `relative`: below a hierarchy. A number whose file the kernel does not have, or whose directory is gone, is absent. Limits are not read. */
export function readUsage(layout: CgroupLayout, relative: string, question: UsageQuestion): Usage {
  return layout.kind === 'v2'
    ? parseUsageV2(textsV2(layout, relative, question))
    : parseUsageV1(textsV1(layout, relative, question));
}

/** CPU time since it was made, ms; the cheapest question. */
export function readCpuMs(layout: CgroupLayout, relative: string): number | undefined {
  if (layout.kind === 'v2') return parseUsageV2({ cpu: readKept(join(v2Root(layout), relative, 'cpu.stat')) }).cpuMs;
  return parseUsageV1({ cpuacct: v1Text(layout, relative)('cpuacct', 'cpuacct.usage') }).cpuMs;
}

/** Memory charged to it now, page cache included. */
export function readMemoryBytes(layout: CgroupLayout, relative: string): number | undefined {
  if (layout.kind === 'v2')
    return parseUsageV2({ memory: readKept(join(v2Root(layout), relative, 'memory.current')) }).memoryBytes;
  return parseUsageV1({ memory: v1Text(layout, relative)('memory', 'memory.usage_in_bytes') }).memoryBytes;
}

function textsV2(layout: CgroupLayout, relative: string, { throttling, detail, cache }: UsageQuestion): UsageTexts {
  const dir = join(v2Root(layout), relative);
  const text = (name: string): string | undefined => readKept(`${dir}/${name}`);
  const cpu = text('cpu.stat');
  return {
    cpu: throttling ? cpu : cpu?.replace(/^nr_periods .*\n/m, ''),
    memory: text('memory.current'),
    memoryStat: cache ? text('memory.stat') : undefined,
    swap: text('memory.swap.current'),
    oom: text('memory.events'),
    pids: text('pids.current'),
    io: layout.v2Controllers.includes('io') ? text('io.stat') : undefined,
    ...(detail && hasPressure ? { pressure: pressureTexts(text) } : {}),
  };
}

/** A kernel started with psi=0 has neither; then nothing is asked for in vain. */
const hasPressure = existsSync('/proc/pressure/cpu');

function pressureTexts(text: (name: string) => string | undefined): NonNullable<UsageTexts['pressure']> {
  const all = { cpu: text('cpu.pressure'), memory: text('memory.pressure'), io: text('io.pressure') };
  return Object.fromEntries(Object.entries(all).filter(([, read]) => read !== undefined)) as Record<string, string>;
}

/** blkio has a directory only for those who asked for io: of the others v1 cannot tell (their writes count at its root). */
function textsV1(layout: CgroupLayout, relative: string, { throttling, detail, cache }: UsageQuestion): UsageTexts {
  const text = v1Text(layout, relative);
  const hasIo = layout.v1.blkio !== undefined && existsSync(join(layout.v1.blkio, relative));
  return {
    cpu: throttling ? text('cpu', 'cpu.stat') : undefined,
    cpuacct: text('cpuacct', 'cpuacct.usage'),
    cpuacctStat: detail ? text('cpuacct', 'cpuacct.stat') : undefined,
    memory: text('memory', 'memory.usage_in_bytes'),
    memoryStat: cache ? text('memory', 'memory.stat') : undefined,
    oom: text('memory', 'memory.oom_control'),
    pids: text('pids', 'pids.current'),
    io: hasIo ? text('blkio', 'blkio.throttle.io_service_bytes_recursive') : undefined,
    ioOperations: hasIo ? text('blkio', 'blkio.throttle.io_serviced_recursive') : undefined,
  };
}

const v1Text =
  (layout: CgroupLayout, relative: string) =>
  (controller: V1Controller, name: string): string | undefined =>
    layout.v1[controller] === undefined ? undefined : readKept(v1File(layout, controller, relative, name));
