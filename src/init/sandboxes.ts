/** The pods' shared namespaces, held as fds by the zygote so that they outlive a restart of every container. */
import { closeSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { bringLoopbackUp, makePipe, waitReadable } from '../linux/descriptors.ts';
import { joinNamespace, openNamespace, unshareNamespaces } from '../linux/namespaces.ts';
import { exitNow, fork, sendSignal, setHostname } from '../linux/process.ts';
import type { LaunchPlan, SandboxPlan } from '../model/launch-plan.ts';
import type { NamespaceKind } from '../model/pod-spec.ts';
import { formatOffsets, type SandboxFds } from './enter-namespaces.ts';

export interface Sandboxes {
  /** The pod's namespaces: held, adopted from a living init, or made now. */
  readonly ensure: (plan: SandboxPlan, timeOffsets: LaunchPlan['timeOffsets']) => SandboxFds;
  readonly drop: (key: string) => void;
  /** fds of all pods but this one: a child must not keep foreign namespaces alive */
  readonly othersThan: (key: string | undefined) => number[];
}

export function createSandboxes(): Sandboxes {
  const held = new Map<string, Partial<Record<NamespaceKind, number>>>();
  return {
    ensure: (plan, timeOffsets) => {
      const fds = held.get(plan.key) ?? {};
      held.set(plan.key, fds);
      const missing = plan.kinds.filter((kind) => fds[kind] === undefined);
      if (missing.length > 0) Object.assign(fds, acquire(missing, plan, timeOffsets));
      return fds;
    },
    drop: (key) => {
      Object.values(held.get(key) ?? {}).forEach(closeSync);
      held.delete(key);
    },
    othersThan: (key) => [...held].flatMap(([other, fds]) => (other === key ? [] : Object.values(fds))),
  };
}

function acquire(
  kinds: readonly NamespaceKind[],
  plan: SandboxPlan,
  timeOffsets: LaunchPlan['timeOffsets'],
): SandboxFds {
  const { adoptFromPid } = plan;
  if (adoptFromPid !== undefined) {
    return Object.fromEntries(kinds.map((kind) => [kind, openNamespace(adoptFromPid, kind)]));
  }
  const visited = makeByVisit(
    kinds.filter((kind) => kind !== 'time'),
    plan.hostname,
  );
  return kinds.includes('time') ? { ...visited, time: makeTimeNamespace(timeOffsets) } : visited;
}

/** Unshare, set up, keep an fd, go back home. */
function makeByVisit(kinds: readonly NamespaceKind[], hostname: string): SandboxFds {
  const home = kinds.map((kind) => [kind, openNamespace('self', kind)] as const);
  try {
    unshareNamespaces(kinds);
    if (kinds.includes('net')) bringLoopbackUp();
    if (kinds.includes('uts')) setHostname(hostname);
    return Object.fromEntries(kinds.map((kind) => [kind, openNamespace('self', kind)]));
  } finally {
    for (const [kind, fd] of home) {
      joinNamespace(fd, kind);
      closeSync(fd);
    }
  }
}

/** A process with threads cannot come back from a time namespace, setns(2): a short-lived child makes it. */
function makeTimeNamespace(timeOffsets: LaunchPlan['timeOffsets']): number {
  const [readEnd, writeEnd] = makePipe();
  const pid = fork();
  if (pid === 0) makeTimeAndWait(timeOffsets, writeEnd);
  closeSync(writeEnd);
  try {
    const answer = Buffer.alloc(512);
    const got = readSync(readEnd, answer);
    if (got !== 1) throw new Error(`make time namespace: ${answer.toString('utf8', 0, got) || 'the helper died'}`);
    return openNamespace(pid, 'time_for_children');
  } finally {
    sendSignal(pid, constants.signals.SIGKILL);
    closeSync(readEnd);
  }
}

/** In the child: one byte means made, more is the reason why not. */
function makeTimeAndWait(timeOffsets: LaunchPlan['timeOffsets'], writeEnd: number): never {
  try {
    unshareNamespaces(['time']);
    if (timeOffsets !== undefined) writeFileSync('/proc/self/timens_offsets', formatOffsets(timeOffsets));
    writeSync(writeEnd, '+');
    waitReadable([], -1);
  } catch (error) {
    writeSync(writeEnd, error instanceof Error ? error.message : String(error));
  }
  return exitNow(1);
}
