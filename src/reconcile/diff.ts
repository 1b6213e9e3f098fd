/** What changes between two versions of a pod, and what each change costs. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import type { ContainerSpec, PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ChangeCost, FieldChange } from '../protocol/api.ts';
import { sameJson } from '../util/same-json.ts';
import { containerDrift, needsMore, sandboxDiffers } from './container-drift.ts';
import { programFieldCost, programsCost } from './diff-programs.ts';
import { diffValues, formatPath, type ValueChange } from './diff-values.ts';

export interface PodVersion {
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
}

/** Two versions of a pod and the machine they are for. */
interface SpecChange {
  readonly from: PodSpec;
  readonly to: PodSpec;
  readonly host: HostFacts;
}

const costs: readonly ChangeCost[] = [
  'nothing',
  'in-place',
  'signal',
  'reload',
  'restart-program',
  'restart-container',
  'recreate-pod',
];

/** The dearest of some costs; `nothing` of none. */
export function dearest(list: readonly ChangeCost[]): ChangeCost {
  return list.reduce((a, b) => (costs.indexOf(b) > costs.indexOf(a) ? b : a), 'nothing');
}

const reasons: Readonly<Record<ChangeCost, string>> = {
  nothing: 'nothing that runs depends on it',
  'in-place': 'is taken over while it runs',
  signal: 'the program is told by a signal',
  reload: 'the program is told by its reload command',
  'restart-program': 'is fixed when a program starts',
  'restart-container': 'is fixed when a container starts',
  'recreate-pod': "is fixed when the pod's namespaces are made",
};

const cheaper = (a: ChangeCost, b: ChangeCost): ChangeCost => (costs.indexOf(a) < costs.indexOf(b) ? a : b);

/**
 * Every changed field as the user wrote it with the least cost that gives what is wanted; empty when nothing changed.
 * The written fields name the changes, the normalised specs bound the costs: `500m` for `0.5` is a change that costs nothing.
 */
export function planChange(from: PodVersion, to: PodVersion, host: HostFacts): readonly FieldChange[] {
  const written = diffValues(documentOf(from.manifest), documentOf(to.manifest));
  const specs: SpecChange = { from: from.spec, to: to.spec, host };
  const changes = written.map((change) => toFieldChange(change, specs));
  return [...changes, ...unexplained(changes, specs)];
}

function documentOf(manifest: PodManifest): unknown {
  const { labels = {}, annotations = {} } = manifest.metadata;
  return { apiVersion: manifest.apiVersion, metadata: { labels, annotations }, spec: manifest.spec };
}

function toFieldChange({ path, ...values }: ValueChange, specs: SpecChange): FieldChange {
  const cost = costOf(path, specs);
  return { field: formatPath(path), ...values, cost, why: reasons[cost] };
}

function costOf(path: readonly string[], specs: SpecChange): ChangeCost {
  const [top, field, item, ...inner] = path;
  if (top === 'metadata') return 'in-place';
  if (top !== 'spec' || field === undefined) return 'nothing';
  if (field === 'containers' && item !== undefined) {
    const name = item.slice(1, -1);
    return cheaper(containerFieldCost(name, inner, specs), containerCost(name, specs));
  }
  return cheaper(podFieldCost(field), specCost(specs));
}

/** Fields of a program through which it can need what only a start of its container gives; undefined: the whole program. */
const startFields: ReadonlySet<string | undefined> = new Set([undefined, 'user', 'group', 'capabilities']);

/** What a container's field can cost at most; no path: the container itself was added or removed. */
function containerFieldCost(name: string, path: readonly string[], { from, to, host }: SpecChange): ChangeCost {
  const [field, program, programField] = path;
  if (field === 'ports' || field === 'dev' || programField === 'dev') return 'nothing';
  if (field === 'resources' || field === 'restartPolicy') return 'in-place';
  const before = named(from, name);
  const after = named(to, name);
  if (field !== 'processes' || program === undefined || before === undefined || after === undefined)
    return 'restart-container';
  if (startFields.has(programField) && needsMore(before, after)) return 'restart-container';
  return programFieldCost({ pod: from, before, after, host }, program.slice(1, -1), programField);
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
function containerCost(name: string, { from, to, host }: SpecChange): ChangeCost {
  const before = named(from, name);
  const after = named(to, name);
  if (before === undefined || after === undefined) return before === undefined ? 'in-place' : 'restart-container';
  const drift = containerDrift(before, after);
  if (drift === 'restart') return 'restart-container';
  if (drift === 'programs') return programsCost({ pod: from, before, after, host });
  return drift === 'resources' || before.restartPolicy !== after.restartPolicy ? 'in-place' : 'nothing';
}

/** What the difference between the pods costs, containers that come or go apart: each of those is its own change. */
function specCost(specs: SpecChange): ChangeCost {
  const { from, to } = specs;
  if (sandboxDiffers(from, to) || podNamespacesDiffer(from, to)) return 'recreate-pod';
  const kept = from.containers.filter(({ name }) => named(to, name) !== undefined);
  const rest = ({ containers: _, ...others }: PodSpec) => others;
  return dearest([
    ...kept.map(({ name }) => containerCost(name, specs)),
    sameJson(rest(from), rest(to)) ? 'nothing' : 'in-place',
  ]);
}

/** A pod-wide switch such as hostNetwork moved containers from one namespace to another. */
function podNamespacesDiffer(from: PodSpec, to: PodSpec): boolean {
  return from.containers.some((before) => {
    const after = named(to, before.name);
    return after !== undefined && !sameJson(before.namespaces, after.namespaces);
  });
}

/** Differences of the normalised specs that no written field accounts for (new defaults, a label in an env value). */
function unexplained(changes: readonly FieldChange[], specs: SpecChange): readonly FieldChange[] {
  const { from, to } = specs;
  const explained = dearest(changes.map(({ cost }) => cost));
  const hidden = to.containers.flatMap((after) => {
    const before = named(from, after.name);
    const cost = before === undefined ? 'nothing' : containerCost(after.name, specs);
    if (cost === 'nothing' || isExplained(after.name, cost, changes)) return [];
    const path = ['spec', 'containers', `[${after.name}]`];
    return diffValues(before, after, path).map(({ path, ...values }) => ({
      field: formatPath(path),
      ...values,
      cost,
      why: reasons[cost],
    }));
  });
  if (!sandboxDiffers(from, to) || explained === 'recreate-pod') return hidden;
  const why = reasons['recreate-pod'];
  return [...hidden, { field: 'spec.hostname', from: from.hostname, to: to.hostname, cost: 'recreate-pod', why }];
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
