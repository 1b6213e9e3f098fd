/** What the kernel counts of one cgroup leaf, now. */
import { join } from 'node:path';
import type { CgroupLayout } from '../model/cgroup.ts';
import { readIfThere } from './cgroup-tree.ts';
import { cgroupProcesses } from './driver.ts';
import { v1File } from './paths.ts';
import { v2Root } from './plan-v2.ts';

export interface CgroupAccount {
  /** CPU time since the leaf was made */
  readonly cpuMs?: number;
  /** charged now, page cache included */
  readonly memoryBytes?: number;
  /** in podd's pid namespace */
  readonly pids: readonly number[];
}

/** `relative`: leafCgroup. A number whose file the kernel does not have, or whose leaf is gone, is absent. */
export function readAccount(layout: CgroupLayout, relative: string): CgroupAccount {
  const cpuMs = layout.kind === 'v2' ? readCpuV2(layout, relative) : readCpuV1(layout, relative);
  const memoryBytes = readNumber(memoryFile(layout, relative));
  return {
    ...(cpuMs === undefined ? {} : { cpuMs }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    pids: cgroupProcesses(layout, relative),
  };
}

/** cpuacct.usage: nanoseconds (admin-guide/cgroup-v1/cpuacct.rst). */
function readCpuV1(layout: CgroupLayout, relative: string): number | undefined {
  if (layout.v1.cpuacct === undefined) return undefined;
  const ns = readNumber(v1File(layout, 'cpuacct', relative, 'cpuacct.usage'));
  return ns === undefined ? undefined : ns / 1e6;
}

/** cpu.stat: usage_usec (admin-guide/cgroup-v2.rst). */
function readCpuV2(layout: CgroupLayout, relative: string): number | undefined {
  const stat = readIfThere(join(v2Root(layout), relative, 'cpu.stat'));
  const [, us] = /^usage_usec (\d+)$/m.exec(stat ?? '') ?? [];
  return us === undefined ? undefined : Number(us) / 1_000;
}

function memoryFile(layout: CgroupLayout, relative: string): string {
  if (layout.kind === 'v2') return join(v2Root(layout), relative, 'memory.current');
  return v1File(layout, 'memory', relative, 'memory.usage_in_bytes');
}

function readNumber(file: string): number | undefined {
  const text = readIfThere(file);
  return text === undefined ? undefined : Number(text);
}
