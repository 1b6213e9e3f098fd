/** Single controls that a manifest can ask for, and whether this kernel has them. What is missing is only missed by who asks for it. */
import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBpf, exit, set } from '../../cgroup/bpf-instruction.ts';
import type { CgroupProgramKind } from '../../linux/bpf.ts';
import type { CgroupLayout } from '../../model/cgroup.ts';
import { formatError, hintOf } from '../../util/pod-error.ts';
import { withLayout } from './cgroup-checks.ts';
import { broken, type Check, doubtful, type Finding, fine, isRoot } from './check.ts';

export const controlChecks: readonly Check[] = [
  { name: 'device limits', look: () => withLayout(checkDevices) },
  { name: 'network priority', look: () => withLayout(checkPriority) },
  { name: 'swap limits', look: () => withLayout((layout) => judgeSwap(hasSwapFile(layout))) },
  { name: 'io limits', look: () => withLayout(checkIoLimits) },
  { name: 'io weights', look: () => withLayout((layout) => judgeIoWeights(readIoSharing(layout))) },
  { name: 'huge pages', look: () => judgeHugePages(readHugePages()) },
  { name: 'pressure (PSI)', look: () => judgePressure(readIfThere('/proc/pressure/cpu')) },
  { name: 'seccomp profiles', look: checkSeccomp },
  {
    name: 'seccomp notification',
    look: () => judgeNotification(readIfThere('/proc/sys/kernel/seccomp/actions_avail')),
  },
];

async function checkDevices({ kind, v1 }: CgroupLayout): Promise<Finding> {
  if (kind === 'v2') return checkBpf('device', broken, 'only privileged containers can start');
  if (v1.devices !== undefined) return fine('devices.allow');
  const advice = 'mount it: mount -t cgroup -o devices devices /sys/fs/cgroup/devices';
  return broken('no devices controller: only privileged containers can start', advice);
}

async function checkPriority({ v1, v2Root }: CgroupLayout): Promise<Finding> {
  if (v1.net_prio !== undefined) return fine('net_prio.ifpriomap');
  if (v2Root !== undefined) return checkBpf('socket', doubtful, 'networkPriority cannot be kept');
  return doubtful('no net_prio controller', 'only networkPriority is not available');
}

/** Whether the kernel takes a program is known when it has taken one. */
async function checkBpf(
  kind: CgroupProgramKind,
  verdict: typeof broken | typeof doubtful,
  loss: string,
): Promise<Finding> {
  if (!isRoot()) return doubtful('cannot be checked without root', 'sudo podctl doctor');
  try {
    const { loadCgroupProgram } = await import('../../linux/bpf.ts');
    closeSync(loadCgroupProgram(kind, encodeBpf([set(0, 1), exit])));
    return fine('a BPF program');
  } catch (error) {
    const advice = 'it takes a kernel with CONFIG_CGROUP_BPF, and CAP_BPF and CAP_NET_ADMIN for podd';
    return verdict(`${formatError(error)}: ${loss}`, advice);
  }
}

/** Without the library only containers start that are privileged or Unconfined. */
async function checkSeccomp(): Promise<Finding> {
  try {
    const { loadLibSeccomp } = await import('../../linux/libseccomp.ts');
    loadLibSeccomp();
    return fine('libseccomp compiles them');
  } catch (error) {
    return broken(formatError(error), hintOf(error) ?? 'install libseccomp2');
  }
}

/** undefined: no cgroup is there to look at. */
function hasSwapFile({ kind, v1, v2Root = '' }: CgroupLayout): boolean | undefined {
  if (kind !== 'v2') return existsSync(join(v1.memory ?? '', 'memory.memsw.limit_in_bytes'));
  const child = namesIn(v2Root).find((name) => existsSync(join(v2Root, name, 'memory.max')));
  return child === undefined ? undefined : existsSync(join(v2Root, child, 'memory.swap.max'));
}

/** `hasFile`: memory.memsw.limit_in_bytes or memory.swap.max, where that can be told. */
export function judgeSwap(hasFile: boolean | undefined): Finding {
  if (hasFile === undefined) return fine('not to be seen before a cgroup is limited; there where the kernel has swap');
  if (hasFile) return fine('swap is counted');
  return doubtful('swap is not counted: limited containers may swap', 'boot with swapaccount=1');
}

function checkIoLimits({ kind, v1, v2Controllers }: CgroupLayout): Finding {
  if (kind === 'v2' && v2Controllers.includes('io')) return fine('io.max');
  if (existsSync(join(v1.blkio ?? '/nowhere', 'blkio.throttle.read_bps_device'))) return fine('blkio.throttle');
  return doubtful('no io or blkio controller that throttles', 'only io limits are not available');
}

export interface IoSharing {
  /** disks whose scheduler is bfq */
  readonly bfq: readonly string[];
  /** `major:minor` of disks that iocost looks after (v2) */
  readonly cost: readonly string[];
}

function readIoSharing({ kind, v2Root = '' }: CgroupLayout): IoSharing {
  const disks = namesIn('/sys/block');
  const costs = kind === 'v2' ? (readIfThere(join(v2Root, 'io.cost.qos')) ?? '') : '';
  return {
    bfq: disks.filter((disk) => readIfThere(`/sys/block/${disk}/queue/scheduler`)?.includes('[bfq]')),
    cost: [...costs.matchAll(/^(\d+:\d+) enable=1/gm)].map((line) => line[1] ?? ''),
  };
}

/** Whether io weights have any effect. */
export function judgeIoWeights({ bfq, cost }: IoSharing): Finding {
  const kept = [...bfq.map((disk) => `bfq on ${disk}`), ...cost.map((disk) => `iocost on ${disk}`)];
  if (kept.length > 0) return fine(kept.join(', '));
  return doubtful(
    'no disk shares its io out by weight',
    'where weights are wanted: echo bfq >/sys/block/DISK/queue/scheduler',
  );
}

/** Pages set aside, by size. */
function readHugePages(): Readonly<Record<string, number>> {
  const root = '/sys/kernel/mm/hugepages';
  return Object.fromEntries(
    namesIn(root).map((name) => [name, Number(readIfThere(join(root, name, 'nr_hugepages')) ?? 0)]),
  );
}

/** `pages`: by the names in /sys/kernel/mm/hugepages, `hugepages-2048kB`. */
export function judgeHugePages(pages: Readonly<Record<string, number>>): Finding {
  const sizes = Object.entries(pages).map(([name, count]) => `${count} of ${name.replace('hugepages-', '')}`);
  return fine(sizes.length === 0 ? 'the kernel has none' : sizes.join(', '));
}

/** `text`: of /proc/pressure/cpu, undefined where it cannot be read (PSI is there, but off: ENOTSUP). */
export function judgePressure(text: string | undefined): Finding {
  if (text !== undefined) return fine('counted');
  return doubtful('not counted: podctl top shows no pressure', 'boot with psi=1 (a kernel with CONFIG_PSI)');
}

/** `actions`: text of /proc/sys/kernel/seccomp/actions_avail. */
export function judgeNotification(actions = ''): Finding {
  if (/\buser_notif\b/.test(actions)) return fine('present');
  return doubtful(
    'the kernel has none: sysinfo(2) and sched_getaffinity(2) tell programs of the machine',
    'use a kernel with CONFIG_SECCOMP_FILTER, or procView: files',
  );
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
