/** One pod in podd's memory: what is wanted, what is seen, and what was promised to the outside. Only its worker and the reconciler change it. */
import { actionKey } from '../model/action.ts';
import type { IdRange } from '../model/id-range.ts';
import type { ContainerRole } from '../model/lifecycle-spec.ts';
import type { AddressPair, Bandwidth } from '../model/network.ts';
import {
  type AppliedResources,
  type Marks,
  neverRun,
  newLife,
  type PodLife,
  type PodRecord,
  podRecordVersion,
  type RecordedExit,
  type RunRecord,
} from '../model/pod-record.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { PodCondition, PodStatus } from '../model/pod-status.ts';
import type { Instance } from './instance.ts';
import { keptStopped } from './kept-stopped.ts';
import { marksBeside } from './last-applied.ts';
import { runAnew } from './pod-life.ts';
import type { ActionFailure, ContainerView, PodView } from './pod-view.ts';
import { foldExit, forgiveBackoff, restartsAll } from './restart-policy.ts';

export interface ContainerSlot {
  run: RunRecord;
  /** monotonic */
  restartAtMs: number;
  instance: Instance | undefined;
}

export interface Deletion {
  readonly graceMs: number;
  /** monotonic */
  readonly deadlineMs: number;
  /** RFC 3339, end of the grace */
  readonly timestamp: string;
}

export interface Pod {
  readonly uid: string;
  readonly creationTimestamp: string;
  replaces: string | undefined;
  generation: number;
  resourceVersion: string;
  manifest: PodManifest;
  /** undefined: `manifest` says the same (PodRecord.applied) */
  applied: Marks | undefined;
  spec: PodSpec;
  phase: 'sync' | 'terminating' | 'terminated';
  deletion: Deletion | undefined;
  held: boolean;
  /** it is deleted, and the network does not know yet */
  leaving: boolean;
  life: PodLife;
  /** its end without a deletion has begun */
  ending: PodView['ending'];
  /** monotonic */
  activeSinceMs: number;
  /** set from outside */
  conditions: readonly PodCondition[];
  sandboxHeld: boolean;
  /** the zygote that held the sandbox is gone */
  sandboxLost: boolean;
  /** what the pod's own cgroup has; undefined: it is not there */
  appliedResources: AppliedResources | undefined;
  /** in the pod network, from its first start on */
  addresses: AddressPair | undefined;
  /** what its link is known to have; undefined: nothing is known, or no limit */
  limited: Bandwidth | undefined;
  /** of its user namespace, from its first start on */
  users: IdRange | undefined;
  readonly containers: Map<string, ContainerSlot>;
  readonly failures: Map<string, ActionFailure>;
  /** run directories of ended runs by container: they go when the record that tells of the exit is on disk */
  readonly endedRunDirs: Map<string, string>;
  /** what its containers were told of last; undefined: not looked yet */
  observedGeneration: number | undefined;
  status: PodStatus | undefined;
}

/** The first record of a new pod. */
export function newPodRecord(
  what: Pick<PodRecord, 'uid' | 'creationTimestamp' | 'manifest' | 'applied' | 'spec' | 'replaces'>,
  bootId: string,
  /** containers that are not to start before a user starts them */
  stopped: readonly string[],
): PodRecord {
  const { uid, creationTimestamp, manifest, applied, spec, replaces } = what;
  return {
    version: podRecordVersion,
    bootId,
    uid,
    generation: 1,
    resourceVersion: '0',
    creationTimestamp,
    ...(replaces === undefined ? {} : { replaces }),
    manifest,
    ...(applied === undefined ? {} : { applied }),
    spec,
    runs: Object.fromEntries(stopped.map((name) => [name, { ...neverRun, stopped: true }])),
  };
}

/** A pod as its record tells; times that were left begin to run now. `activeSinceMs`: monotonic, pod-life.ts. */
export function podOfRecord(record: PodRecord, nowMs: number, activeSinceMs = nowMs): Pod {
  const slots = Object.entries(record.runs).map(([name, run]): [string, ContainerSlot] => [
    name,
    { run, restartAtMs: nowMs + run.waitMs, instance: undefined },
  ]);
  return {
    uid: record.uid,
    creationTimestamp: record.creationTimestamp,
    replaces: record.replaces,
    generation: record.generation,
    resourceVersion: record.resourceVersion,
    manifest: record.manifest,
    applied: record.applied,
    spec: record.spec,
    phase: 'sync',
    deletion: undefined,
    held: false,
    leaving: false,
    life: record.life ?? newLife,
    ending: undefined,
    activeSinceMs,
    conditions: record.conditions ?? [],
    sandboxHeld: false,
    sandboxLost: false,
    appliedResources: record.appliedResources,
    addresses: record.addresses,
    limited: undefined,
    users: record.users,
    containers: new Map(slots),
    failures: new Map(),
    endedRunDirs: new Map(),
    observedGeneration: undefined,
    status: undefined,
  };
}

/** The record of the pod as it is now. */
export function recordOfPod(pod: Pod, bootId: string, nowMs: number): PodRecord {
  const runs = [...pod.containers].map(([name, { run, restartAtMs }]): [string, RunRecord] => [
    name,
    { ...run, waitMs: Math.max(Math.min(restartAtMs - nowMs, run.backoffMs), 0) },
  ]);
  return {
    version: podRecordVersion,
    bootId,
    uid: pod.uid,
    generation: pod.generation,
    resourceVersion: pod.resourceVersion,
    creationTimestamp: pod.creationTimestamp,
    ...(pod.replaces === undefined ? {} : { replaces: pod.replaces }),
    manifest: pod.manifest,
    ...(pod.applied === undefined ? {} : { applied: pod.applied }),
    spec: pod.spec,
    runs: Object.fromEntries(runs),
    ...(pod.appliedResources === undefined ? {} : { appliedResources: pod.appliedResources }),
    ...(pod.addresses === undefined ? {} : { addresses: pod.addresses }),
    ...(pod.users === undefined ? {} : { users: pod.users }),
    life: pod.life,
    ...(pod.spec.activeDeadlineMs === undefined ? {} : { active: { ms: nowMs - pod.activeSinceMs, atMs: nowMs } }),
    ...(pod.conditions.length === 0 ? {} : { conditions: pod.conditions }),
  };
}

/** What `decide` and `derivePodStatus` judge. */
export function viewOfPod(pod: Pod): PodView {
  const views = [...pod.containers].map(([name, { run, restartAtMs, instance }]): [string, ContainerView] => [
    name,
    { run, restartAtMs, ...(instance === undefined ? {} : { instance: instance.view() }) },
  ]);
  return {
    phase: pod.phase === 'sync' ? 'sync' : 'terminating',
    held: pod.held,
    ...(pod.leaving ? { leaving: pod.leaving } : {}),
    life: pod.life,
    ...(pod.ending === undefined ? {} : { ending: pod.ending }),
    activeSinceMs: pod.activeSinceMs,
    sandboxHeld: pod.sandboxHeld,
    sandboxLost: pod.sandboxLost,
    ...(pod.appliedResources === undefined ? {} : { appliedResources: pod.appliedResources }),
    ...(pod.addresses === undefined ? {} : { addresses: pod.addresses }),
    ...(pod.limited === undefined ? {} : { limited: pod.limited }),
    containers: new Map(views),
    failures: pod.failures,
    ...(pod.deletion === undefined ? {} : { deletion: pod.deletion }),
  };
}

/** The container's slot, made when it is new. */
export function slotOf(pod: Pod, container: string): ContainerSlot {
  const slot = pod.containers.get(container) ?? { run: neverRun, restartAtMs: 0, instance: undefined };
  pod.containers.set(container, slot);
  return slot;
}

/** The container's instance, if it still is the one of this id. */
export function instanceOf(pod: Pod, container: string, id: string): Instance | undefined {
  const instance = pod.containers.get(container)?.instance;
  return instance?.id === id ? instance : undefined;
}

/** Counts an exit, once; the back-off runs from now. A rule may want the whole pod to run anew after it. */
export function countExit(pod: Pod, container: string, exit: RecordedExit, ranMs: number, nowMs: number): void {
  const slot = slotOf(pod, container);
  const { startAnyway } = slot.run;
  const run = foldExit(slot.run, exit, ranMs, pod.spec.backoff);
  if (run === slot.run) return;
  slot.run = run;
  slot.restartAtMs = nowMs + run.backoffMs;
  const spec = pod.spec.containers.find(({ name }) => name === container);
  // What podd ended itself is no reason.
  if (spec === undefined || startAnyway || pod.ending !== undefined || !restartsAll(spec, exit)) return;
  pod.life = { ...pod.life, restartAll: true };
}

/** All its containers, or those of this role, run again, from the first init container on. */
export function beginAnew(pod: Pod, role?: ContainerRole): void {
  pod.life = newLife;
  for (const { name, role: own } of pod.spec.containers) {
    const slot = pod.containers.get(name);
    if (slot !== undefined && (role === undefined || role === own)) slot.run = runAnew(slot.run);
  }
}

/** What is wanted changed, and nothing that failed before holds anything back. */
export function changePod(
  pod: Pod,
  { manifest, applied, spec }: Pick<PodRecord, 'manifest' | 'applied' | 'spec'>,
  /** containers that start afresh, and those whose changed programs restart what depends on them */
  touched: { readonly restarted: readonly string[]; readonly cascaded: readonly string[] },
): void {
  const stopped = keptStopped(stoppedContainers(pod), pod.spec, spec);
  pod.applied = marksBeside(manifest, applied, pod);
  pod.manifest = manifest;
  pod.spec = spec;
  pod.generation += 1;
  pod.failures.clear();
  for (const name of stopped) {
    const slot = slotOf(pod, name);
    slot.run = { ...slot.run, stopped: true };
  }
  for (const name of touched.restarted) {
    const slot = pod.containers.get(name);
    if (slot === undefined) continue;
    slot.run = forgiveBackoff(slot.run);
    slot.restartAtMs = 0;
  }
  for (const name of touched.cascaded) {
    const slot = slotOf(pod, name);
    slot.run = { ...slot.run, cascade: true };
  }
}

/** Containers of the pod that a user stopped. */
export function stoppedContainers(pod: Pod): readonly string[] {
  return pod.spec.containers.flatMap(({ name }) => (pod.containers.get(name)?.run.stopped === true ? [name] : []));
}

const firstRetryMs = 1_000;
const lastRetryMs = 30_000;

/** Remembers a refused action; it is tried again after 1 s, doubling to 30 s. */
export function countFailure(
  pod: Pod,
  action: Parameters<typeof actionKey>[0],
  { message, code }: Pick<ActionFailure, 'message' | 'code'>,
  nowMs: number,
): void {
  const key = actionKey(action);
  const count = (pod.failures.get(key)?.count ?? 0) + 1;
  const delayMs = Math.min(firstRetryMs * 2 ** (count - 1), lastRetryMs);
  pod.failures.set(key, { message, count, retryAtMs: nowMs + delayMs, ...(code === undefined ? {} : { code }) });
}
