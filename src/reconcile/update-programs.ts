/**
 * A running container gets the programs that are wanted of it. Whatever a killed podd left undone, the next one finds the drift again:
 *
 *   volumes written ─▶ leaves made, limits written ─▶ podinit told ─▶ programs reloaded ─▶ instance.json: no drift ─▶ old leaves removed
 *                                     (the same again does no harm)   (perhaps twice)
 */
import { join } from 'node:path';
import { applyEach, removeCgroup } from '../cgroup/driver.ts';
import { giveLeaves } from '../cgroup/give-leaves.ts';
import { lookUpDevices, lookUpKnown } from '../cgroup/look-up-devices.ts';
import { cgroupName, containerCgroup } from '../cgroup/paths.ts';
import { boundOfApp, planAround } from '../cgroup/plan.ts';
import { type LeafResources, leafResources } from '../cgroup/plan-leaf.ts';
import { takenResources } from '../cgroup/taken-resources.ts';
import { type LeafRefusal, updateLeaves } from '../cgroup/update-leaves.ts';
import type { Action } from '../model/action.ts';
import { noLateValues } from '../model/late-value.ts';
import type { ContainerSpec, ProgramSpec } from '../model/pod-spec.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import type { InitReply } from '../protocol/init.ts';
import { writeInstanceRecord } from '../store/instance-record.ts';
import { PodError } from '../util/pod-error.ts';
import { sameJson } from '../util/same-json.ts';
import { type Engine, noteEvent } from './engine.ts';
import type { Instance } from './instance.ts';
import { lateValuesAt } from './late-values.ts';
import { planUpdate } from './plan-update.ts';
import { instanceOf, type Pod } from './pod.ts';
import { readEnvFiles } from './read-env-files.ts';
import { tellPrograms, writeContents } from './update-contents.ts';

/** Rejects when the init does not answer, or when the kernel refuses a limit; the rest is done then, and the refused part tried again. */
export async function updatePrograms(
  engine: Engine,
  pod: Pod,
  { container, id, cascade }: Extract<Action, { action: 'updatePrograms' }>,
): Promise<void> {
  const instance = instanceOf(pod, container, id);
  const wanted = pod.spec.containers.find(({ name }) => name === container);
  const started = instance?.spec();
  if (instance === undefined || wanted === undefined || started === undefined) return;
  await writeContents(engine, pod, instance, wanted);
  const update =
    sameJson(started.programs, wanted.programs) && sameJson(started.health, wanted.health)
      ? nothingUpdated
      : await handOver(engine, pod, instance, { started, wanted, cascade });
  const told = await tellPrograms(instance, { started, wanted, cascade, affected: update.affected });
  recordChange(instance, wanted, withRefused(wanted, started, update.refused));
  if (pod.spec.containers.includes(wanted)) forgetCascade(engine, pod, container);
  if (told !== undefined) noteEvent(engine, pod, 'Normal', 'ContentsChanged', told, container);
  for (const { error } of update.refused.values()) throw error;
}

interface Update {
  readonly affected: readonly string[];
  /** limits that the kernel refused, by leaf */
  readonly refused: ReadonlyMap<string, LeafRefusal>;
}

const nothingUpdated: Update = { affected: [], refused: new Map() };

/** The programs of two versions of a container, and whether what depends on a restarted one is restarted too. */
export interface ContainerUpdate {
  readonly started: ContainerSpec;
  readonly wanted: ContainerSpec;
  readonly cascade: boolean;
}

async function handOver(
  engine: Engine,
  pod: Pod,
  instance: Instance,
  { started, wanted, cascade }: ContainerUpdate,
): Promise<Update> {
  const { layout, cgroupParent, hostFacts } = engine.deps;
  const container = wanted.name;
  const to = mapLeaves(leafResources(wanted), lookUpDevices);
  const from = mapLeaves(leafResources(started), lookUpKnown);
  const app = boundOfApp(lookUpKnown(pod.appliedResources ?? {}), lookUpKnown(started.resources), layout);
  const path = containerCgroup(cgroupParent, pod.uid, container);
  const around = applyEach(planAround(path, lookUpKnown(started.resources), from, to, layout));
  const made = updateLeaves(layout, path, from, to, app);
  if (pod.users !== undefined) giveLeaves({ layout: layout.kind, app: [], leaves: made.leaves }, pod.users.base);
  for (const leaf of to.keys()) instance.leaves.add(cgroupName(leaf));
  await learnLateValues(engine, pod, instance, wanted);
  const planned = planUpdate(instance.record, wanted, hostFacts);
  const reply = await instance.update({ ...planned, leaves: made.leaves, cascade });
  if (!reply.ok) throw new PodError(reply.code, `update its programs: ${reply.message}`);
  for (const warning of [...around.warnings, ...made.warnings])
    noteEvent(engine, pod, 'Warning', 'CgroupLimited', warning, container);
  noteEvent(engine, pod, 'Normal', 'Updated', describe(container, reply), container);
  return { affected: reply.affected, refused: made.refused };
}

/** Programs that came later may ask for what none did at the start. */
async function learnLateValues(engine: Engine, pod: Pod, instance: Instance, wanted: ContainerSpec): Promise<void> {
  const { basis } = instance.record;
  if (basis === undefined) return;
  const { late: known = noLateValues } = basis;
  const files = await readEnvFiles(engine, pod, wanted, known);
  const late = lateValuesAt(engine, pod, wanted, { known, files });
  if (Object.keys(late.values).length > 0) instance.record = { ...instance.record, basis: { ...basis, late } };
}

const mapLeaves = (leaves: LeafResources, change: (own: ResourceSpec) => ResourceSpec): LeafResources =>
  new Map([...leaves].map(([leaf, own]) => [leaf, change(own)]));

/** Rejects with PodError `CgroupBusy` while processes are in one; the others are gone then. */
export async function removeLeaves(
  engine: Engine,
  pod: Pod,
  { container, id, leaves }: Extract<Action, { action: 'removeLeaves' }>,
): Promise<void> {
  const instance = instanceOf(pod, container, id);
  if (instance === undefined) return;
  const { layout, cgroupParent } = engine.deps;
  const app = join(containerCgroup(cgroupParent, pod.uid, container), 'app');
  const removed = leaves.map(async (leaf) => {
    await removeCgroup(layout, join(app, leaf));
    instance.leaves.delete(leaf);
  });
  const refused = (await Promise.allSettled(removed)).find((result) => result.status === 'rejected');
  if (refused !== undefined) throw refused.reason;
}

/** From here on the next podd sees no drift. The container may have ended meanwhile: its directory is still there then. */
function recordChange(instance: Instance, wanted: ContainerSpec, programs: readonly ProgramSpec[]): void {
  const { spec } = instance.record;
  const { mounts, health } = wanted;
  const containers = spec.containers.map((other) => {
    if (other.name !== instance.container) return other;
    const { health: _before, ...rest } = other;
    return { ...rest, programs, mounts, ...(health === undefined ? {} : { health }) };
  });
  instance.record = { ...instance.record, spec: { ...spec, containers } };
  writeInstanceRecord(instance.runDir, instance.record);
}

/** A program keeps on record what it had of a field that the kernel refused: the drift stays, and is tried again. */
function withRefused(
  wanted: ContainerSpec,
  started: ContainerSpec,
  refused: ReadonlyMap<string, LeafRefusal>,
): readonly ProgramSpec[] {
  return wanted.programs.map((program) => {
    const before = started.programs.find(({ name }) => name === program.name);
    const refusals = [...refused].filter(([key]) => key.replace(/:.*$/, '') === program.name);
    if (before === undefined || refusals.length === 0) return program;
    const fields = new Set(refusals.flatMap(([, refusal]) => [...refusal.fields]));
    return { ...program, resources: takenResources(before.resources, program.resources, fields) };
  });
}

function forgetCascade(engine: Engine, pod: Pod, container: string): void {
  const slot = pod.containers.get(container);
  if (slot?.run.cascade === undefined) return;
  const { cascade: _cascade, ...run } = slot.run;
  slot.run = run;
  engine.save(pod);
}

function describe(container: string, { affected }: Extract<InitReply, { ok: true }>): string {
  const what = affected.length === 0 ? 'none restarts' : `affected: ${affected.slice(0, 20).join(', ')}`;
  const more = affected.length > 20 ? ` and ${affected.length - 20} more` : '';
  return `Changed the programs of container ${container}; ${what}${more}`;
}
