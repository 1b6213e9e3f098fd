/** DESIGN §3 steps 2 and 3 without the cgroups: into what is shared, out of what is private. The pid namespace is the zygote's part. */
import { closeSync, writeFileSync } from 'node:fs';
import { bringLoopbackUp } from '../linux/descriptors.ts';
import { mount, mountFlag } from '../linux/mounts.ts';
import { joinNamespace, joinNamespaceOf, openNamespace, unshareNamespaces } from '../linux/namespaces.ts';
import { setHostname } from '../linux/process.ts';
import { setSysctl } from '../linux/sysctl.ts';
import type { LaunchPlan, NamespaceSource } from '../model/launch-plan.ts';
import type { NamespaceKind } from '../model/pod-spec.ts';

/** Namespace fds of the pod's sandbox, inherited from the zygote. */
export type SandboxFds = Readonly<Partial<Record<NamespaceKind, number>>>;

/** What was done before the plan was known, and when. */
export interface Beginnings {
  /** when this process was started, by the host's clock */
  readonly startTicks: number;
  /** by makeOwnMounts */
  readonly hasOwnMounts: boolean;
}

/** After this the process is in all its namespaces but `cgroup` (which is made between two cgroup moves). */
export function enterNamespaces(plan: LaunchPlan, sandbox: SandboxFds, { startTicks, hasOwnMounts }: Beginnings): void {
  for (const kind of ['net', 'ipc', 'uts'] as const) enter(kind, plan.namespaces[kind], sandbox);
  if (plan.namespaces.net.from === 'new') bringLoopbackUp();
  if (plan.namespaces.uts.from === 'new') setHostname(plan.hostname);
  // while /proc is still the machine's: the container's own is read-only there
  if (plan.sysctls !== undefined) writeSysctls(plan.sysctls);
  enterTime(plan, sandbox, startTicks);
  if (hasOwnMounts) return;
  // last: joining another's mount namespace changes what /proc is
  if (plan.namespaces.mnt.from === 'new') makeOwnMounts();
  else enter('mnt', plan.namespaces.mnt, sandbox);
}

/** Of the namespaces that this process is in. Refused ones name the sysctl. */
export function writeSysctls(sysctls: Readonly<Record<string, string>>): void {
  for (const [path, value] of Object.entries(sysctls)) {
    if (writeSysctl(path, value) === 'absent') throw new Error(`sysctl ${path}: the kernel has none of that name`);
  }
}

function writeSysctl(path: string, value: string): ReturnType<typeof setSysctl> {
  try {
    return setSysctl(path, value);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`sysctl ${path} = ${value}: ${code ?? message}`);
  }
}

/** A copy of the present mounts that nobody else sees. */
export function makeOwnMounts(): void {
  unshareNamespaces(['mnt']);
  mount('none', '/', null, mountFlag.private | mountFlag.recursive, null);
}

export function enter(kind: NamespaceKind, source: NamespaceSource, sandbox: SandboxFds): void {
  switch (source.from) {
    case 'host':
      return;
    case 'new':
      unshareNamespaces([kind]);
      return;
    case 'pid':
      return joinNamespaceOf(source.pid, kind);
    case 'sandbox': {
      const fd = sandbox[kind];
      if (fd === undefined) throw new Error(`bug: the sandbox holds no ${kind} namespace`);
      joinNamespace(fd, kind);
    }
  }
}

function enterTime(plan: LaunchPlan, sandbox: SandboxFds, startTicks: number): void {
  if (plan.namespaces.time.from !== 'new') return enter('time', plan.namespaces.time, sandbox);
  unshareNamespaces(['time']);
  if (plan.timeOffsets !== undefined) writeTimeOffsets(plan.timeOffsets);
  else if (plan.procView !== undefined) beginUptime(startTicks);
  // unshare moves children only, and a vfork across time namespaces fails with EINVAL on 6.1: init enters itself
  const fd = openNamespace('self', 'time_for_children');
  joinNamespace(fd, 'time');
  closeSync(fd);
}

const msPerTick = 10;

/**
 * The container's uptime counts from the start of its PID 1, whose start time is thus not before it. CLOCK_MONOTONIC stays as
 * it is: Node does not bear one that goes back. Where podd's own clocks are offset already, the kernel may refuse: so be it.
 */
function beginUptime(startTicks: number): void {
  try {
    writeTimeOffsets({ boottimeMs: -startTicks * msPerTick, monotonicMs: 0 });
  } catch {}
}

/** Before any process is in the new time namespace, time_namespaces(7). */
export function writeTimeOffsets(offsets: NonNullable<LaunchPlan['timeOffsets']>): void {
  try {
    writeFileSync('/proc/self/timens_offsets', formatOffsets(offsets));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERANGE') throw error;
    throw new Error('namespaces.time: an offset sets a clock before 0 or beyond 146 years');
  }
}

/** `<clock> <seconds> <nanoseconds>` with nanoseconds ≥ 0, time_namespaces(7). */
export function formatOffsets(offsets: { readonly boottimeMs: number; readonly monotonicMs: number }): string {
  const line = (clock: string, ms: number): string => {
    const seconds = Math.floor(ms / 1000);
    return `${clock} ${seconds} ${Math.round((ms - seconds * 1000) * 1e6)}\n`;
  };
  return line('monotonic', offsets.monotonicMs) + line('boottime', offsets.boottimeMs);
}
