/** The pods' shared namespaces, held as fds by the zygote so that they outlive a restart of every container. */
import { closeSync } from 'node:fs';
import { bringLoopbackUp } from '../linux/descriptors.ts';
import { withHolder } from '../linux/namespace-holder.ts';
import { type AnyNamespace, joinNamespace, openNamespace, unshareNamespaces } from '../linux/namespaces.ts';
import { openNetlink } from '../linux/netlink.ts';
import { makePodLink } from '../linux/pod-link.ts';
import { setHostname } from '../linux/process.ts';
import { mapUsers } from '../linux/user-namespace.ts';
import type { IdRange } from '../model/id-range.ts';
import type { LaunchPlan, MemoryPlan, SandboxPlan } from '../model/launch-plan.ts';
import type { PodLinkPlan } from '../model/network.ts';
import type { NamespaceKind } from '../model/pod-spec.ts';
import { type SandboxFds, writeSysctls, writeTimeOffsets } from './enter-namespaces.ts';
import { holdMemory, readMemoryFile } from './memory-volumes.ts';

export interface Sandboxes {
  /** The pod's namespaces: held, adopted from a living init, or made now. */
  readonly ensure: (plan: SandboxPlan, timeOffsets: LaunchPlan['timeOffsets']) => SandboxFds;
  /** The pod's volumes in memory: held, adopted from a living init, or made now. */
  readonly ensureMemory: (plan: MemoryPlan) => number;
  /** A file in one of the pod's volumes in memory; undefined: it is not there, or no such volume is held. */
  readonly readMemory: (key: string, volume: string, path: string) => string | undefined;
  readonly drop: (key: string, keepsMemory?: boolean) => void;
  /** all that are held but these: a child must not keep foreign namespaces alive */
  readonly othersThan: (own: readonly number[]) => number[];
}

/** in /proc/<pid>/ns */
type NamespaceFile = AnyNamespace | 'time_for_children';

type HeldFds = Partial<Record<AnyNamespace | 'memory', number>>;

export function createSandboxes(): Sandboxes {
  const held = new Map<string, HeldFds>();
  const heldOf = (key: string): HeldFds => {
    const fds = held.get(key) ?? {};
    held.set(key, fds);
    return fds;
  };
  return {
    ensure: (plan, timeOffsets) => {
      const fds = heldOf(plan.key);
      const missing = plan.kinds.filter((kind) => fds[kind] === undefined);
      if (missing.length > 0 || (plan.users !== undefined && fds.user === undefined))
        Object.assign(fds, acquire(missing, plan, timeOffsets));
      return fds;
    },
    ensureMemory: (plan) => {
      const fds = heldOf(plan.key);
      fds.memory = holdMemory(plan, fds.memory);
      return fds.memory;
    },
    readMemory: (key, volume, path) => {
      const memory = held.get(key)?.memory;
      return memory === undefined ? undefined : readMemoryFile(memory, volume, path);
    },
    drop: (key, keepsMemory = false) => {
      const { memory, ...namespaces } = held.get(key) ?? {};
      Object.values(namespaces).forEach(closeSync);
      held.delete(key);
      if (memory === undefined) return;
      if (keepsMemory) held.set(key, { memory });
      else closeSync(memory);
    },
    othersThan: (own) => [...held.values()].flatMap((fds) => Object.values(fds).filter((fd) => !own.includes(fd))),
  };
}

function acquire(
  kinds: readonly NamespaceKind[],
  plan: SandboxPlan,
  timeOffsets: LaunchPlan['timeOffsets'],
): SandboxFds {
  const { adoptFromPid } = plan;
  if (adoptFromPid !== undefined) {
    const all: readonly AnyNamespace[] = plan.users === undefined ? kinds : ['user', ...kinds];
    return openAll(adoptFromPid, all);
  }
  const { users } = plan;
  const { fds, netlink } =
    users === undefined
      ? makeNamespaces(kinds, plan, timeOffsets)
      : makeOwnedNamespaces(kinds, { ...plan, users }, timeOffsets);
  if (netlink !== undefined) linkOrClose(plan.link, netlink, fds);
  if (plan.sysctls !== undefined) setSysctlsOrClose(plan.sysctls, fds);
  return fds;
}

/** All of them, or none stays open. */
function openAll(
  pid: number | 'self',
  kinds: readonly AnyNamespace[],
  nameOf: (kind: AnyNamespace) => NamespaceFile = (kind) => kind,
): SandboxFds {
  const fds: HeldFds = {};
  try {
    for (const kind of kinds) fds[kind] = openNamespace(pid, nameOf(kind));
    return fds;
  } catch (error) {
    Object.values(fds).forEach(closeSync);
    throw error;
  }
}

const nameForChildren = (kind: AnyNamespace): NamespaceFile => (kind === 'time' ? 'time_for_children' : kind);

interface MadeNamespaces {
  readonly fds: SandboxFds;
  /** a socket of the new network namespace, where that is to have a link */
  readonly netlink?: number;
}

/** By a visit: unshare, set up, keep fds, go back home. The zygote has one thread, so every kind lets it return, setns(2). */
function makeNamespaces(
  kinds: readonly NamespaceKind[],
  { hostname, link }: SandboxPlan,
  timeOffsets: LaunchPlan['timeOffsets'],
): MadeNamespaces {
  const home = kinds.map((kind) => [kind, openNamespace('self', kind)] as const);
  try {
    unshareNamespaces(kinds);
    if (kinds.includes('net')) bringLoopbackUp();
    if (kinds.includes('uts')) setHostname(hostname);
    if (kinds.includes('time') && timeOffsets !== undefined) writeTimeOffsets(timeOffsets);
    const fds = openAll('self', kinds, nameForChildren);
    return link !== undefined && kinds.includes('net') ? { fds, netlink: openNetlink('route') } : { fds };
  } finally {
    for (const [kind, fd] of home) {
      joinNamespace(fd, kind);
      closeSync(fd);
    }
  }
}

/** Of a user namespace that is new too. */
function makeOwnedNamespaces(
  kinds: readonly NamespaceKind[],
  { hostname, link, users }: SandboxPlan & { readonly users: IdRange },
  timeOffsets: LaunchPlan['timeOffsets'],
): MadeNamespaces {
  const fds = withHolder(kinds, 'new', (pid) => {
    mapUsers(pid, users);
    if (kinds.includes('time') && timeOffsets !== undefined) writeTimeOffsets(timeOffsets, pid);
    return openAll(pid, ['user', ...kinds], nameForChildren);
  });
  const netlink = visit(fds, ['net', 'uts'], () => {
    if (fds.net !== undefined) bringLoopbackUp();
    if (fds.uts !== undefined) setHostname(hostname);
    return link !== undefined && fds.net !== undefined ? openNetlink('route') : undefined;
  });
  return netlink === undefined ? { fds } : { fds, netlink };
}

/** In those of the namespaces that there are, and back home; `fds` are closed when it throws. */
function visit<T>(fds: SandboxFds, kinds: readonly NamespaceKind[], act: () => T): T {
  const visited = kinds.flatMap((kind) => {
    const fd = fds[kind];
    return fd === undefined ? [] : [{ kind, fd, home: openNamespace('self', kind) }];
  });
  try {
    for (const { kind, fd } of visited) joinNamespace(fd, kind);
    return act();
  } catch (error) {
    Object.values(fds).forEach(closeSync);
    throw error;
  } finally {
    for (const { kind, home } of visited) {
      joinNamespace(home, kind);
      closeSync(home);
    }
  }
}

/** After the link, whose own there are too. By another visit: /proc/sys shows those of whoever looks. A pod without them must not start. */
function setSysctlsOrClose(sysctls: NonNullable<SandboxPlan['sysctls']>, fds: SandboxFds): void {
  visit(fds, ['net', 'ipc'], () => writeSysctls(sysctls));
}

/** At home again, where the names of the machine's links lead to their switches. A pod without its link must not start. */
function linkOrClose(link: PodLinkPlan | undefined, pod: number, fds: SandboxFds): void {
  const home = openNetlink('route');
  try {
    if (link !== undefined && fds.net !== undefined) makePodLink(link, { home, pod, podNamespace: fds.net });
  } catch (error) {
    Object.values(fds).forEach(closeSync);
    throw error;
  } finally {
    closeSync(home);
    closeSync(pod);
  }
}
