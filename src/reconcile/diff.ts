/** What changes between two versions of a pod, and what each change costs. Pure. */
import type { ContainerSpec, PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ChangeCost, FieldChange } from '../protocol/api.ts';
import { containerDrift, sandboxDiffers } from './container-drift.ts';
import { diffValues, formatPath, type ValueChange } from './diff-values.ts';
import { isSame } from './is-same.ts';

export interface PodVersion {
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
}

const costs: readonly ChangeCost[] = ['nothing', 'in-place', 'restart-container', 'recreate-pod'];

/** The dearest of some costs; `nothing` of none. */
export function dearest(list: readonly ChangeCost[]): ChangeCost {
  return list.reduce((a, b) => (costs.indexOf(b) > costs.indexOf(a) ? b : a), 'nothing');
}

const cheaper = (a: ChangeCost, b: ChangeCost): ChangeCost => (costs.indexOf(a) < costs.indexOf(b) ? a : b);

/**
 * Every changed field as the user wrote it with the least cost that gives what is wanted; empty when nothing changed.
 * The written fields name the changes, the normalised specs bound the costs: `500m` for `0.5` is a change that costs nothing.
 */
export function planChange(from: PodVersion, to: PodVersion): readonly FieldChange[] {
  const written = diffValues(documentOf(from.manifest), documentOf(to.manifest));
  const changes = written.map((change) => toFieldChange(change, from.spec, to.spec));
  return [...changes, ...unexplained(changes, from.spec, to.spec)];
}

function documentOf(manifest: PodManifest): unknown {
  const { labels = {}, annotations = {} } = manifest.metadata;
  return { apiVersion: manifest.apiVersion, metadata: { labels, annotations }, spec: manifest.spec };
}

function toFieldChange(change: ValueChange, from: PodSpec, to: PodSpec): FieldChange {
  return { field: formatPath(change.path), from: change.from, to: change.to, cost: costOf(change.path, from, to) };
}

function costOf(path: readonly string[], from: PodSpec, to: PodSpec): ChangeCost {
  const [top, field, item, ...inner] = path;
  if (top === 'metadata') return 'in-place';
  if (top !== 'spec' || field === undefined) return 'nothing';
  if (field === 'containers' && item !== undefined) {
    return cheaper(containerFieldCost(inner[0]), containerCost(item.slice(1, -1), from, to));
  }
  return cheaper(podFieldCost(field), specCost(from, to));
}

/** What a container's field can cost at most; `undefined`: the container itself was added or removed. */
function containerFieldCost(field: string | undefined): ChangeCost {
  if (field === 'ports') return 'nothing';
  return field === 'resources' || field === 'restartPolicy' ? 'in-place' : 'restart-container';
}

/** What a field of the pod can cost at most. */
function podFieldCost(field: string): ChangeCost {
  return podFieldCosts[field] ?? 'restart-container';
}

const podFieldCosts: Readonly<Record<string, ChangeCost>> = {
  restartPolicy: 'in-place',
  terminationGracePeriodSeconds: 'in-place',
  backoff: 'in-place',
  restartBackoff: 'in-place',
  hostname: 'recreate-pod',
  hostNetwork: 'recreate-pod',
  hostPID: 'recreate-pod',
  hostIPC: 'recreate-pod',
  shareProcessNamespace: 'recreate-pod',
};

/** What the difference between the normalised containers costs; adding one touches none that runs. */
function containerCost(name: string, from: PodSpec, to: PodSpec): ChangeCost {
  const before = named(from, name);
  const after = named(to, name);
  if (before === undefined || after === undefined) return before === undefined ? 'in-place' : 'restart-container';
  const drift = containerDrift(before, after);
  if (drift === 'restart') return 'restart-container';
  return drift === 'resources' || before.restartPolicy !== after.restartPolicy ? 'in-place' : 'nothing';
}

/** What the difference between the pods costs, containers that come or go apart: each of those is its own change. */
function specCost(from: PodSpec, to: PodSpec): ChangeCost {
  if (sandboxDiffers(from, to) || podNamespacesDiffer(from, to)) return 'recreate-pod';
  const kept = from.containers.filter(({ name }) => named(to, name) !== undefined);
  const rest = ({ containers: _, ...others }: PodSpec) => others;
  return dearest([
    ...kept.map(({ name }) => containerCost(name, from, to)),
    isSame(rest(from), rest(to)) ? 'nothing' : 'in-place',
  ]);
}

/** A pod-wide switch such as hostNetwork moved containers from one namespace to another. */
function podNamespacesDiffer(from: PodSpec, to: PodSpec): boolean {
  return from.containers.some((before) => {
    const after = named(to, before.name);
    return after !== undefined && !isSame(before.namespaces, after.namespaces);
  });
}

/** Differences of the normalised specs that no written field accounts for (new defaults, a label in an env value). */
function unexplained(changes: readonly FieldChange[], from: PodSpec, to: PodSpec): readonly FieldChange[] {
  const explained = dearest(changes.map(({ cost }) => cost));
  const hidden = to.containers.flatMap((after) => {
    const before = named(from, after.name);
    const cost = before === undefined ? 'nothing' : containerCost(after.name, from, to);
    if (cost === 'nothing' || isExplained(after.name, cost, changes)) return [];
    const path = ['spec', 'containers', `[${after.name}]`];
    return diffValues(before, after, path).map(({ path, ...values }) => ({ field: formatPath(path), ...values, cost }));
  });
  if (!sandboxDiffers(from, to) || explained === 'recreate-pod') return hidden;
  return [...hidden, { field: 'spec.hostname', from: from.hostname, to: to.hostname, cost: 'recreate-pod' }];
}

/** By a field of the container itself, or by one of the pod. */
function isExplained(container: string, cost: ChangeCost, changes: readonly FieldChange[]): boolean {
  return changes.some(({ field, cost: paid }) => {
    const concerns = field.startsWith(`spec.containers[${container}]`) || !field.startsWith('spec.containers[');
    return concerns && cheaper(paid, cost) === cost;
  });
}

function named(spec: PodSpec, name: string): ContainerSpec | undefined {
  return spec.containers.find((container) => container.name === name);
}
