/**
 * Takes over what an earlier podd left: every run directory is a container that runs, one that ended and is to be counted
 * once, or a start that was cut off. What is true stands in the kernel; a bad record never ends a container that runs.
 */
import { join } from 'node:path';
import { cgroupName, containerCgroup } from '../cgroup/paths.ts';
import { emptyLeaves } from '../cgroup/update-leaves.ts';
import { programLeaves } from '../launch/plan-programs.ts';
import { isAlive } from '../linux/procfs.ts';
import { podInitName } from '../model/action.ts';
import type { RecordedExit } from '../model/pod-record.ts';
import { parseProgramRef } from '../model/program-name.ts';
import { type FoundInstance, type InstanceRecord, removeRunDir } from '../store/instance-record.ts';
import { ageMs } from './age.ts';
import { containerDrift } from './container-drift.ts';
import { type Engine, noteEvent } from './engine.ts';
import { exitOfRecord, unknownExit } from './exit.ts';
import { Instance } from './instance.ts';
import { throwAway } from './layers.ts';
import { countExit, type Pod, slotOf } from './pod.ts';
import { isFolded } from './restart-policy.ts';

/** A found instance whose record is good. */
export interface KnownInstance extends Omit<FoundInstance, 'instance'> {
  readonly record: InstanceRecord;
}

/** Puts all instances of one pod in their place, oldest first. */
export function adoptPod(engine: Engine, pod: Pod, found: readonly KnownInstance[]): void {
  const byAge = [...found].sort((a, b) => a.record.attempt - b.record.attempt);
  for (const instance of byAge) adoptInstance(engine, pod, instance);
}

function adoptInstance(engine: Engine, pod: Pod, found: KnownInstance): void {
  const { init } = found;
  // A podd that was killed at the first start did not come to put them on the pod's own record.
  pod.addresses ??= found.record.addresses;
  pod.users ??= found.record.users;
  if (init !== undefined && isAlive(init.pid, init.startTicks)) return adoptLiving(engine, pod, found, init);
  if (init !== undefined || found.exit !== undefined) return countEnded(engine, pod, found);
  removeRunDir(found.runDir);
  throwAway(join(engine.deps.paths.layersDir, pod.uid, found.record.container), found.id);
}

function adoptLiving(
  engine: Engine,
  pod: Pod,
  { record, runDir }: KnownInstance,
  init: { readonly pid: number; readonly startTicks: number },
): void {
  const slot = slotOf(pod, record.container);
  if (slot.instance !== undefined) killDouble(engine, pod, slot.instance);
  const instance = new Instance(record, runDir, engine.deps, engine.hooksFor(pod, record.container));
  for (const leaf of foundLeaves(engine, pod, instance)) instance.leaves.add(leaf);
  slot.instance = instance;
  slot.run = { ...slot.run, attempt: Math.max(slot.run.attempt ?? 0, record.attempt) };
  if (!isOutdated(pod, instance)) slot.run = { ...slot.run, startAnyway: false };
  // The zygote of now holds no namespaces: the first to start joins through this one, once it is ready.
  pod.sandboxLost = true;
  instance.attach(init.pid, init.startTicks, { isZygoteChild: false, ageMs: ageMs(init.startTicks) });
}

/** Its programs' leaves, and those that a killed podd made or did not come to remove. A privileged container may have made some of its own. */
function foundLeaves(engine: Engine, pod: Pod, instance: Instance): readonly string[] {
  const spec = instance.spec();
  if (spec === undefined) return [];
  const { layout, cgroupParent } = engine.deps;
  const own = programLeaves(spec).map(cgroupName);
  if (spec.security.privileged) return own;
  const empty = emptyLeaves(layout, containerCgroup(cgroupParent, pod.uid, instance.container));
  return [...own, ...empty.filter((leaf) => parseProgramRef(leaf) !== undefined)];
}

/** Started from a spec that is no longer wanted: it is stopped yet, and started anew. */
function isOutdated(pod: Pod, instance: Instance): boolean {
  const started = instance.spec();
  const wanted = pod.spec.containers.find(({ name }) => name === instance.container);
  return started !== undefined && wanted !== undefined && containerDrift(started, wanted) === 'restart';
}

/** Two living inits of one container cannot come about; should they, the newer one stays. They share a cgroup: only the process itself can be killed. */
function killDouble(engine: Engine, pod: Pod, older: Instance): void {
  noteEvent(engine, pod, 'Warning', 'Killing', `Killing ${older.id}: a newer run lives`, older.container);
  older.detach();
  if (older.pid !== undefined) process.kill(older.pid, 'SIGKILL');
  pod.endedRunDirs.set(`${older.container} ${older.id}`, older.runDir);
}

/** It ended while no podd was there. Its run directory stays until the record that counts it is on disk. */
function countEnded(engine: Engine, pod: Pod, found: KnownInstance): void {
  const { record, runDir, id } = found;
  const { container, attempt } = record;
  const isWanted = container === podInitName || pod.spec.containers.some(({ name }) => name === container);
  pod.endedRunDirs.set(`${container} ${id}`, runDir);
  if (!isWanted || isFolded(slotOf(pod, container).run, attempt)) return;
  const { clock } = engine.deps;
  for (const { type, reason, message } of found.exit?.notes ?? [])
    noteEvent(engine, pod, type, reason, message, container);
  countExit(pod, container, exitOf(found, clock.now()), ranMs(found), clock.monotonicMs());
}

function exitOf({ exit, id, record }: KnownInstance, now: Date): RecordedExit {
  if (exit !== undefined) return exitOfRecord(exit, record.attempt);
  const finishedAt = now.toISOString();
  return unknownExit(id, record.attempt, 'it ended while podd was not running, without leaving a status', {
    finishedAt,
  });
}

/** Nobody measured it with a monotonic clock; podinit's own two stamps of the wall clock are the only witness. */
function ranMs({ exit }: KnownInstance): number {
  if (exit?.startedAt === undefined) return 0;
  return Math.max(Date.parse(exit.finishedAt) - Date.parse(exit.startedAt), 0) || 0;
}

/**
 * Containers that the record says ran, but of which nothing is left: after a reboot, or with the run directory wiped away,
 * their status is lost. In the same boot and with no process left the start never came to pass, and is simply made.
 */
export function countLost(
  engine: Engine,
  pod: Pod,
  isSameBoot: boolean,
  hasProcesses: (container: string) => boolean,
): void {
  const { clock } = engine.deps;
  for (const [container, { run, instance }] of pod.containers) {
    if (instance !== undefined || run.attempt === undefined || isFolded(run, run.attempt)) continue;
    if (isSameBoot && !hasProcesses(container)) continue;
    const why = isSameBoot ? 'its run directory is gone' : 'the machine was restarted';
    const exit = unknownExit('', run.attempt, `status lost: ${why}`, { finishedAt: clock.now().toISOString() });
    countExit(pod, container, exit, 0, clock.monotonicMs());
  }
}
