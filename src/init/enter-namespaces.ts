/** DESIGN §3 steps 2 and 3 without the cgroups: into what is shared, out of what is private. The pid namespace is the zygote's part. */
import { closeSync, writeFileSync } from 'node:fs';
import { bringLoopbackUp } from '../linux/descriptors.ts';
import { mount, mountFlag } from '../linux/mounts.ts';
import { withHolder } from '../linux/namespace-holder.ts';
import {
  type AnyNamespace,
  joinNamespace,
  joinNamespaceOf,
  joinNamespacesOf,
  openNamespace,
  unshareNamespaces,
} from '../linux/namespaces.ts';
import { openProcess } from '../linux/pidfd.ts';
import { setHostname } from '../linux/process.ts';
import { setSysctl } from '../linux/sysctl.ts';
import type { LaunchPlan, NamespaceSource } from '../model/launch-plan.ts';
import type { NamespaceKind } from '../model/pod-spec.ts';

/** Namespace fds of the pod's sandbox, inherited from the zygote. */
export type SandboxFds = Readonly<Partial<Record<AnyNamespace, number>>>;

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
      if (sandbox.user !== undefined && ownedKinds.includes(kind)) return enterOwned(kind, sandbox.user);
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

/** Capabilities over these are worth something: who is root in the user namespace that they belong to has them. */
const ownedKinds: readonly NamespaceKind[] = ['net', 'ipc', 'uts'];

/** Into a new one of the pod's user namespace, which this process is not in yet. */
function enterOwned(kind: NamespaceKind, user: number): void {
  withHolder([kind], user, (pid) => {
    const holder = openProcess(pid);
    joinNamespacesOf(holder, [kind]);
    closeSync(holder);
  });
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

/** Of a process whose children are to be in a new time namespace, before any process is in it, time_namespaces(7). */
export function writeTimeOffsets(offsets: NonNullable<LaunchPlan['timeOffsets']>, pid: number | 'self' = 'self'): void {
  try {
    writeFileSync(`/proc/${pid}/timens_offsets`, formatOffsets(offsets));
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
