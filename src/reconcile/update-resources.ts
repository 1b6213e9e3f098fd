/**
 * Limits of what runs change in place: the pod's own, and a container's. On record is what the kernel took: whatever a killed podd left
 * undone, or the kernel refused, is found as drift again, and writing the same twice does no harm.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { applyEach, type Refusal } from '../cgroup/driver.ts';
import { lookUpDevices, lookUpKnown } from '../cgroup/look-up-devices.ts';
import { cgroupDirs, cgroupName, containerCgroup, podCgroup } from '../cgroup/paths.ts';
import { type ContainerCgroups, type PodCgroups, planPodChange, podResources } from '../cgroup/plan.ts';
import { extrasOf } from '../cgroup/plan-extras.ts';
import { leafResources } from '../cgroup/plan-leaf.ts';
import { lateExtras, presentExtras } from '../cgroup/present-extras.ts';
import { fieldsOfFiles, takenResources } from '../cgroup/taken-resources.ts';
import { execLeaf } from '../launch/explain.ts';
import type { Action } from '../model/action.ts';
import type { CgroupWrite } from '../model/cgroup.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { writeInstanceRecord } from '../store/instance-record.ts';
import { type Engine, noteEvent } from './engine.ts';
import type { Instance } from './instance.ts';
import { instanceOf, type Pod } from './pod.ts';
import { protectPods } from './protect-pods.ts';

/** Throws the first refusal when all else is done. */
export function updateResources(
  engine: Engine,
  pod: Pod,
  { container, id }: Extract<Action, { action: 'updateResources' }>,
): void {
  const instance = instanceOf(pod, container, id);
  const wanted = pod.spec.containers.find(({ name }) => name === container);
  const started = instance?.spec();
  if (instance === undefined || started === undefined || wanted === undefined) return;
  const from = currentCgroups(engine, pod);
  const path = containerCgroup(engine.deps.cgroupParent, pod.uid, container);
  const current = from.containers.get(path);
  if (current === undefined) return;
  const resources = lookUpDevices(wanted.resources);
  const to = { ...from, containers: new Map(from.containers).set(path, { ...current, resources }) };
  const refused = change(engine, pod, from, to, container);
  const fields = fieldsOfRefused(engine, refused, [current.resources, resources]);
  const taken = refused.length === 0 ? wanted.resources : takenResources(started.resources, wanted.resources, fields);
  instance.record = { ...instance.record, spec: withResources(instance.record.spec, container, taken) };
  writeInstanceRecord(instance.runDir, instance.record);
  throwFirst(refused);
  noteEvent(engine, pod, 'Normal', 'Resized', `Changed the resources of container ${container} in place`, container);
  warnOfLate(engine, pod, wanted);
}

/** As updateResources. */
export function updatePodResources(engine: Engine, pod: Pod): void {
  const { layout, cgroupParent } = engine.deps;
  const wanted = podResources(pod.spec);
  if (!cgroupDirs(layout, podCgroup(cgroupParent, pod.uid)).every((dir) => existsSync(dir))) {
    pod.appliedResources = undefined;
    return;
  }
  const from = currentCgroups(engine, pod);
  const resources = lookUpDevices(wanted);
  const refused = change(engine, pod, from, { ...from, resources });
  const isQuiet = pod.spec.resources === undefined && Object.keys(pod.appliedResources ?? {}).every(isDerived);
  const fields = fieldsOfRefused(engine, refused, [from.resources, resources]);
  pod.appliedResources = refused.length === 0 ? wanted : takenResources(pod.appliedResources ?? {}, wanted, fields);
  engine.save(pod);
  protectPods(engine);
  throwFirst(refused);
  if (isQuiet) return;
  noteEvent(engine, pod, 'Normal', 'Resized', 'Changed the resources of the pod in place');
  for (const container of pod.spec.containers) warnOfLate(engine, pod, container);
}

/** What follows from the containers alone is no news of the pod. */
const isDerived = (field: string): boolean => ['cpuRequestMillis', 'keptLowBytes', 'keptMinBytes'].includes(field);

/** What the directories of the pod have, as far as that is on record. */
function currentCgroups({ deps: { layout, cgroupParent } }: Engine, pod: Pod): PodCgroups {
  const containers = [...pod.containers].flatMap(([name, { instance }]): [string, ContainerCgroups][] => {
    const path = containerCgroup(cgroupParent, pod.uid, name);
    const isMade = instance !== undefined && cgroupDirs(layout, path).every((dir) => existsSync(dir));
    return isMade ? [[path, containerCgroups(instance)]] : [];
  });
  return { resources: lookUpKnown(pod.appliedResources ?? {}), containers: new Map(containers) };
}

/** Leaves whose program has no limits, or is gone, are there all the same, and on v1 have a cpuset. */
function containerCgroups(instance: Instance): ContainerCgroups {
  const spec = instance.spec();
  if (spec === undefined) return { resources: {}, leaves: new Map() };
  const bare = [...instance.leaves, execLeaf].map((leaf): [string, ResourceSpec] => [cgroupName(leaf), {}]);
  const limited = [...leafResources(spec)].map(([leaf, own]): [string, ResourceSpec] => [
    cgroupName(leaf),
    lookUpKnown(own),
  ]);
  return { resources: lookUpKnown(spec.resources), leaves: new Map([...bare, ...limited]) };
}

/** Returns what the kernel refused, when all else is done. */
function change(engine: Engine, pod: Pod, from: PodCgroups, to: PodCgroups, container?: string): readonly Refusal[] {
  const { layout, cgroupParent } = engine.deps;
  const planned = planPodChange(podCgroup(cgroupParent, pod.uid), from, to, layout);
  const { warnings, refused } = applyEach(planned.filter(isThere()));
  for (const warning of warnings) noteEvent(engine, pod, 'Warning', 'CgroupLimited', warning, container);
  return refused;
}

const fieldsOfRefused = (
  { deps }: Engine,
  refused: readonly Refusal[],
  resources: readonly ResourceSpec[],
): ReadonlySet<string> =>
  fieldsOfFiles(
    refused.map(({ file }) => file),
    resources,
    deps.layout,
  );

function throwFirst([first]: readonly Refusal[]): void {
  if (first !== undefined) throw first.error;
}

/** A container that was started without an extra controller has no directory there. */
function isThere(): (write: CgroupWrite) => boolean {
  const known = new Map<string, boolean>();
  return ({ file }) => {
    const dir = dirname(file);
    const isKnown = known.get(dir) ?? existsSync(dir);
    known.set(dir, isKnown);
    return isKnown;
  };
}

function warnOfLate(engine: Engine, pod: Pod, container: ContainerSpec): void {
  const { layout, cgroupParent } = engine.deps;
  const present = presentExtras(layout, containerCgroup(cgroupParent, pod.uid, container.name));
  const late = lateExtras(layout, extrasOf(container, pod.spec.resources), present);
  if (late.length === 0) return;
  const message = `Limits of ${late.join(', ')} count from the next start of container ${container.name} on: it was started without them`;
  noteEvent(engine, pod, 'Warning', 'CgroupLimited', message, container.name);
}

function withResources(spec: PodSpec, container: string, resources: ResourceSpec): PodSpec {
  const containers = spec.containers.map((other) => (other.name === container ? { ...other, resources } : other));
  return { ...spec, containers };
}
