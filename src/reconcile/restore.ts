/** The first thing a podd does: builds its pods from the records, takes over what runs, removes what belongs to none. */
import { existsSync } from 'node:fs';
import { cgroupProcesses } from '../cgroup/driver.ts';
import { cgroupDirs, containerCgroup, podCgroup } from '../cgroup/paths.ts';
import { isAlive } from '../linux/procfs.ts';
import type { PodRecord } from '../model/pod-record.ts';
import { scanInstances } from '../store/instance-record.ts';
import type { LoadedRecords } from '../store/load-records.ts';
import { keepAddresses } from './addresses.ts';
import { adoptPod, countLost, type KnownInstance } from './adopt.ts';
import type { Engine } from './engine.ts';
import { identify, recoverPods } from './identify.ts';
import { holdMemoryAgain } from './memory-holder.ts';
import { beginAnew, type Pod, podOfRecord, viewOfPod } from './pod.ts';
import { activeSince, isOver } from './pod-life.ts';
import type { PodTable } from './pod-table.ts';
import { protectPods } from './protect-pods.ts';
import { sweepCgroups, sweepFiles, sweepRunDir } from './sweep.ts';
import { keepUsers } from './users.ts';
import { watchDisks } from './watch-disks.ts';

export interface Restored {
  readonly problems: readonly string[];
  /** pods of which a newer one of the same name exists: to be deleted */
  readonly superseded: readonly Pod[];
}

/** Fills the table. Nothing is started or stopped yet; only what belongs to no pod is killed and removed. */
export async function restore(engine: Engine, table: PodTable): Promise<Restored> {
  const loaded = engine.store.load();
  const records = new Map(loaded.records.map(({ record }) => [record.uid, record]));
  const identified = identify(scanInstances(engine.deps.paths.instancesDir), records, engine.deps.cgroupParent);
  const recovered = recoverPods(loaded.lost, identified.known);
  addPods(engine, table, loaded);
  for (const record of recovered) {
    table.add(podOfRecord(record, engine.deps.clock.monotonicMs(), activeSince(record, nowOf(engine))));
  }
  const superseded = settleNames(table);
  const boots = new Map([...records.values(), ...recovered].map(({ uid, bootId }) => [uid, bootId]));
  for (const pod of table.all()) takeOver(engine, pod, identified.known, boots.get(pod.uid) === engine.bootId);
  keepAddresses(engine, table.all());
  keepUsers(engine, table.all());
  protectPods(engine);
  const problems = await sweep(engine, table, loaded, identified.known, identified.leftovers);
  const found = recovered.map(
    ({ uid, spec }) => `pod ${spec.namespace}/${spec.name} (${uid}) was restored from its running containers`,
  );
  return { problems: [...identified.problems, ...found, ...problems], superseded };
}

const nowOf = ({ bootId, deps: { clock } }: Engine) => ({
  bootId,
  monotonicMs: clock.monotonicMs(),
  wallMs: clock.now().getTime(),
});

function addPods(engine: Engine, table: PodTable, loaded: LoadedRecords<PodRecord>): void {
  const nowMs = engine.deps.clock.monotonicMs();
  for (const { record, deletion } of loaded.records) {
    const pod = podOfRecord(record, nowMs, activeSince(record, nowOf(engine)));
    if (deletion !== undefined) {
      const { graceMs, since } = deletion;
      const timestamp = new Date(since.getTime() + graceMs).toISOString();
      pod.phase = 'terminating';
      pod.deletion = { graceMs, deadlineMs: nowMs + graceMs, timestamp };
    }
    table.add(pod);
  }
}

/** Of one name the newest is wanted; it waits until the others are gone. */
function settleNames(table: PodTable): readonly Pod[] {
  const newest = new Map<string, Pod>();
  for (const pod of table.all().filter(({ phase }) => phase === 'sync')) {
    const key = `${pod.spec.namespace}/${pod.spec.name}`;
    const other = newest.get(key);
    if (other === undefined || isNewer(pod, other)) newest.set(key, pod);
  }
  const superseded = table.all().filter((pod) => pod.phase === 'sync' && ![...newest.values()].includes(pod));
  for (const pod of newest.values()) {
    pod.held = table.all().some((other) => other !== pod && sameName(other, pod));
    if (!pod.held) pod.replaces = undefined;
  }
  return superseded;
}

/** The record that names the other as replaced was written after it, whatever the wall clock said. */
function isNewer(pod: Pod, other: Pod): boolean {
  if (pod.replaces === other.uid || other.replaces === pod.uid) return pod.replaces === other.uid;
  return pod.creationTimestamp > other.creationTimestamp;
}

const sameName = (a: Pod, b: Pod): boolean => a.spec.name === b.spec.name && a.spec.namespace === b.spec.namespace;

function takeOver(engine: Engine, pod: Pod, known: readonly KnownInstance[], isSameBoot: boolean): void {
  const { layout, cgroupParent } = engine.deps;
  adoptPod(
    engine,
    pod,
    known.filter(({ record }) => record.podUid === pod.uid),
  );
  holdMemoryAgain(engine, pod);
  watchDisks(engine, pod);
  countLost(engine, pod, isSameBoot, (container) => {
    return cgroupProcesses(layout, containerCgroup(cgroupParent, pod.uid, container)).length > 0;
  });
  // Its namespaces went with the machine, and what init containers did in them.
  if (!isSameBoot && pod.phase === 'sync' && !isOver(pod.spec, viewOfPod(pod))) beginAnew(pod, 'init');
  // After a reboot it has none; one of a podd that kept no record of it, or was killed before it did, is written to anew.
  const isMade = cgroupDirs(layout, podCgroup(cgroupParent, pod.uid)).every((dir) => existsSync(dir));
  pod.appliedResources = isMade ? (pod.appliedResources ?? {}) : undefined;
  engine.save(pod);
}

async function sweep(
  engine: Engine,
  table: PodTable,
  loaded: LoadedRecords<PodRecord>,
  known: readonly KnownInstance[],
  leftovers: readonly { readonly runDir: string }[],
): Promise<readonly string[]> {
  const pods = table.byUid();
  const spared = new Set([...loaded.lost].filter((uid) => !pods.has(uid)));
  const strangers = known.filter(({ record }) => !pods.has(record.podUid) && !spared.has(record.podUid));
  for (const stranger of strangers) killStranger(stranger);
  const problems = [
    await sweepCgroups(engine, pods, spared),
    ...(await Promise.all([...strangers, ...leftovers].map(({ runDir }) => sweepRunDir(runDir)))),
    loaded.problems.length === 0 ? await sweepFiles(engine, pods) : [],
  ];
  return problems.flat();
}

/** A start whose pod's record never came to be (its apply was never answered), or whose pod was already forgotten. Its init may not have entered its cgroup yet. */
function killStranger({ init }: KnownInstance): void {
  if (init === undefined || !isAlive(init.pid, init.startTicks)) return;
  try {
    process.kill(init.pid, 'SIGKILL');
  } catch {
    // gone in between
  }
}
