/** Manifests become objects, all of them or none: what plan-request.ts says is performed. */
import { randomUUID } from 'node:crypto';
import { keyOfManifest } from '../model/data-key.ts';
import type { ApplyResponse, ApplyResult } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import { sameJson } from '../util/same-json.ts';
import type { DataTable } from './data-table.ts';
import { existingObjects } from './existing-objects.ts';
import { marksBeside } from './last-applied.ts';
import type { PlannedApply, ValidVersion } from './plan-apply.ts';
import type { PlannedData } from './plan-data.ts';
import type { Plans } from './plan-manifests.ts';
import { type ChangeRequest, type PlanFacts, planRequest } from './plan-request.ts';
import { changePod, newPodRecord, type Pod, podOfRecord } from './pod.ts';
import type { PodTable } from './pod-table.ts';
import type { Clock } from './reconciler-deps.ts';

/** What an apply needs of the reconciler. */
export interface PodWriter {
  readonly table: PodTable;
  readonly data: DataTable;
  readonly clock: Clock;
  readonly bootId: string;
  /** resolves when the record is on disk, to what kept it from there */
  readonly save: (pod: Pod) => Promise<Error | undefined>;
  /** there is a new pod */
  readonly added: (pod: Pod) => void;
  /** the pod is wanted otherwise */
  readonly changed: (pod: Pod) => void;
  readonly beginDeletion: (pod: Pod) => Promise<void>;
  /** what changed is in force in the pod network, as soon as can be waited for */
  readonly networkSettled: () => Promise<void>;
}

/**
 * Rejects with PodError `Invalid` when any of the manifests is. Data goes first: pods need it. Services, NetworkPolicies and labels of
 * pods hold when it resolves: who applies them may rely on it.
 */
export async function applyChange(
  writer: PodWriter,
  request: ChangeRequest,
  context: PlanFacts,
  /** is given what is going to be done, and may throw */
  check: (plans: Plans) => void = () => undefined,
): Promise<ApplyResponse> {
  const { table, data } = writer;
  const { performed, changesNetwork } = await planRequest(request, existingObjects(table, data), context, (plans) => {
    check(plans);
    return {
      performed: Promise.all([
        ...placesOf(plans).map((name) => ensureNamespace(data, name).then(() => [])),
        ...plans.removed.map((key) => data.remove(key).then(() => [])),
        ...plans.data.map(async (plan) => [await performData(data, plan)]),
        ...plans.pods.map(async (plan) => [await perform(writer, plan)]),
      ]),
      changesNetwork: isOfNetwork(plans),
    };
  });
  const results = await performed;
  if (changesNetwork) await writer.networkSettled();
  return { results: results.flat() };
}

/** The namespaces that something comes into and that are not made by it. */
function placesOf({ data, pods }: Plans): readonly string[] {
  const made = data.flatMap(({ manifest: { kind, metadata } }) => (kind === 'Namespace' ? [metadata.name] : []));
  const places = [...data, ...pods].map(({ result }) => result.namespace);
  return [...new Set(places)].filter((name) => name !== '' && !made.includes(name));
}

/** A namespace that nobody declared is an object too, from the first thing in it on. */
export async function ensureNamespace(data: DataTable, name: string): Promise<void> {
  if (data.record({ kind: 'Namespace', namespace: '', name }) !== undefined) return;
  await data.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** A new pod is not: it starts by itself, when the network is ready for it. */
function isOfNetwork({ data, removed, pods }: Plans): boolean {
  const kinds = [
    ...removed,
    ...data.flatMap(({ manifest, result }) => (result.outcome === 'unchanged' ? [] : [manifest])),
  ];
  return (
    kinds.some(({ kind }) => kind === 'Service' || kind === 'NetworkPolicy' || kind === 'Namespace') ||
    pods.some(({ step }) => step === 'update')
  );
}

async function performData(data: DataTable, { manifest, applied, result }: PlannedData): Promise<ApplyResult> {
  if (result.outcome !== 'unchanged') return withWarning(result, await data.put(manifest, applied));
  if (applied === undefined) return result;
  return withWarning(result, await data.noteApplied(keyOfManifest(manifest), applied));
}

async function perform(writer: PodWriter, plan: PlannedApply): Promise<ApplyResult> {
  const { name, namespace } = plan.version.spec;
  const visible = writer.table.visible(namespace, name);
  if (plan.step === 'nothing') return await noteApplied(writer, writer.table.held(namespace, name) ?? visible, plan);
  if (plan.step === 'update') return update(writer, writer.table.held(namespace, name) ?? visible, plan);
  const stopped = plan.step === 'recreate' ? plan.stopped : [];
  const saving = create(writer, plan.version, visible, stopped);
  if (plan.step === 'recreate' && visible !== undefined) {
    // The new record first: a podd killed here finds both, and knows by `replaces` which one is wanted.
    await saving;
    await writer.beginDeletion(visible);
  }
  return withWarning(plan.result, await saving);
}

async function update(writer: PodWriter, pod: Pod | undefined, plan: PlannedApply): Promise<ApplyResult> {
  if (pod === undefined) throw new PodError('Conflict', `pod ${plan.result.name} changed while it was applied`);
  changePod(pod, plan.version, plan);
  writer.changed(pod);
  return withWarning(plan.result, await writer.save(pod));
}

/** An apply changed nothing, but not by the same words as the one before. */
async function noteApplied(writer: PodWriter, pod: Pod | undefined, { version, result }: PlannedApply) {
  if (pod === undefined || version.applied === undefined) return result;
  const applied = marksBeside(pod.manifest, version.applied);
  if (sameJson(applied, pod.applied)) return result;
  pod.applied = applied;
  return withWarning(result, await writer.save(pod));
}

/** The pod begins at once, or when its predecessor is gone. */
function create(
  { table, clock, bootId, added, save }: PodWriter,
  version: ValidVersion,
  predecessor: Pod | undefined,
  stopped: readonly string[],
): Promise<Error | undefined> {
  const replaces = predecessor === undefined ? {} : { replaces: predecessor.uid };
  const { applied: said, ...wanted } = version;
  const applied = marksBeside(version.manifest, said, predecessor?.phase === 'sync' ? predecessor : undefined);
  const what = {
    ...{ uid: randomUUID(), creationTimestamp: clock.now().toISOString(), ...wanted, ...replaces },
    ...(applied === undefined ? {} : { applied }),
  };
  const pod = podOfRecord(newPodRecord(what, bootId, stopped), clock.monotonicMs());
  pod.held = predecessor !== undefined;
  table.add(pod);
  added(pod);
  return save(pod);
}

function withWarning(result: ApplyResult, unsaved: Error | undefined): ApplyResult {
  if (unsaved === undefined) return result;
  return { ...result, warnings: [...result.warnings, `not on disk yet, it is tried again: ${unsaved.message}`] };
}
