/** A Reconciler in memory, for tests of what stands above it: pods appear, change and go as the test says. */

import { keyOfManifest } from '../../src/model/data-key.ts';
import type { DataKey, DataManifest } from '../../src/model/object-manifest.ts';
import type { PodStatus } from '../../src/model/pod-status.ts';
import type { ProgramRef } from '../../src/model/program-name.ts';
import type {
  ApplyRequest,
  ApplyResponse,
  ApplyResult,
  ControlRequest,
  ControlResponse,
  ProgramGroup,
  ResourcesRequest,
  ResourcesResponse,
  ScaleRequest,
  WhyResponse,
} from '../../src/protocol/api.ts';
import type { EventObject, PodObject, WatchEvent } from '../../src/protocol/objects.ts';
import type { PodUsage } from '../../src/protocol/usage.ts';
import { createDataAccess } from '../../src/reconcile/data-access.ts';
import { DataTable } from '../../src/reconcile/data-table.ts';
import { objectNotFound } from '../../src/reconcile/delete-object.ts';
import { storedForm } from '../../src/reconcile/plan-data.ts';
import type { ContainerLocation, Reconciler } from '../../src/reconcile/reconciler.ts';
import { setConditions } from '../../src/reconcile/set-conditions.ts';
import type { DataStore } from '../../src/store/data-store.ts';
import { PodError } from '../../src/util/pod-error.ts';

export interface PodSeed {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Partial<PodStatus>;
  readonly deletionTimestamp?: string;
}

/** A running pod named `web` with one container `app`, but for what the test says. */
export function aPod(seed: PodSeed = {}): PodObject {
  const { name = 'web', namespace = 'default', spec = { containers: [{ name: 'app', image: 'host' }] } } = seed;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: seed.uid ?? `uid-${namespace}-${name}`,
      resourceVersion: '0',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(seed.labels === undefined ? {} : { labels: seed.labels }),
      ...(seed.annotations === undefined ? {} : { annotations: seed.annotations }),
      ...(seed.deletionTimestamp === undefined ? {} : { deletionTimestamp: seed.deletionTimestamp }),
    },
    spec,
    status: {
      observedGeneration: 1,
      phase: 'Running',
      conditions: [],
      containerStatuses: [],
      qosClass: 'BestEffort',
      ...seed.status,
    },
  };
}

export interface FakeReconciler extends Reconciler {
  /** Puts a pod there, or a newer state of it, and tells the watchers. */
  readonly put: (pod: PodObject, locations?: readonly ContainerLocation[]) => PodObject;
  /** Takes a pod away and tells the watchers. */
  readonly remove: (namespace: string, name: string) => void;
  readonly addEvent: (event: Omit<EventObject, 'apiVersion' | 'kind'>) => void;
  /** What the next apply says. */
  readonly failNextApply: (error: Error) => void;
  /** delete(): mark only, as a pod with a grace period does; default is to remove at once */
  readonly keepDeleted: (keep: boolean) => void;
  readonly deletions: readonly { readonly name: string; readonly graceMs?: number }[];
  readonly subscribers: () => number;
  /** Says which programs a pod has from now on, and tells the watchers. */
  readonly setPrograms: (namespace: string, name: string, groups: readonly ProgramGroup[]) => void;
  /** Says what a pod uses from now on; of others nothing is known. */
  readonly setUsage: (usage: PodUsage) => void;
  /** What control, scale and why were asked, in order. */
  readonly asked: readonly Asked[];
  readonly applied: readonly ApplyRequest[];
  /** How they answer; without one control moves nothing, why knows nothing, scale changes nothing. */
  readonly answers: {
    control?: (request: ControlRequest) => ControlResponse;
    scale?: (request: ScaleRequest) => ApplyResult;
    setResources?: (request: ResourcesRequest) => ResourcesResponse;
    why?: (container?: string, target?: ProgramRef) => WhyResponse;
    apply?: (request: ApplyRequest) => ApplyResponse;
  };
}

export type Asked =
  | { readonly control: ControlRequest }
  | { readonly scale: ScaleRequest }
  | { readonly setResources: ResourcesRequest }
  | { readonly why: { readonly container?: string | undefined; readonly target?: ProgramRef | undefined } };

/** Empty; resource versions begin at 100. */
export function fakeReconciler(): FakeReconciler {
  const pods = new Map<string, PodObject>();
  const locations = new Map<string, readonly ContainerLocation[]>();
  const listeners = new Set<(event: WatchEvent<PodObject>) => void>();
  const eventListeners = new Set<(event: WatchEvent<EventObject>) => void>();
  const events: EventObject[] = [];
  const deletions: { name: string; graceMs?: number }[] = [];
  const groups = new Map<string, readonly ProgramGroup[]>();
  const usages = new Map<string, PodUsage>();
  const asked: Asked[] = [];
  const applied: ApplyRequest[] = [];
  const answers: FakeReconciler['answers'] = {};
  let version = 100;
  let nextFailure: Error | undefined;
  let keeps = false;
  const key = (namespace: string, name: string): string => `${namespace}/${name}`;
  const tell = (event: WatchEvent<PodObject>): void => {
    for (const listener of listeners) listener(event);
  };
  const put: FakeReconciler['put'] = (pod, where) => {
    const at = key(pod.metadata.namespace, pod.metadata.name);
    const type = pods.has(at) ? 'MODIFIED' : 'ADDED';
    version += 1;
    const object = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version) } };
    pods.set(at, object);
    if (where !== undefined) locations.set(at, where);
    tell({ type, object });
    return object;
  };
  const remove: FakeReconciler['remove'] = (namespace, name) => {
    const object = pods.get(key(namespace, name));
    if (object === undefined) return;
    pods.delete(key(namespace, name));
    locations.delete(key(namespace, name));
    version += 1;
    tell({ type: 'DELETED', object });
  };
  const clock = { now: () => new Date('2026-01-01T00:00:00Z'), monotonicMs: () => 0 };
  const table = new DataTable(memoryStore(), clock, () => String(++version));
  const applyData = (manifest: DataManifest): ApplyResult => {
    const key = keyOfManifest(manifest);
    const outcome = table.find(key) === undefined ? 'created' : 'configured';
    void table.put(storedForm(manifest));
    return { ...key, outcome, cost: 'nothing', changes: [], programs: [], warnings: [] };
  };
  const applyOne = (manifest: ApplyRequest['manifests'][number]): ApplyResponse['results'][number] => {
    if (manifest.kind !== 'Pod') return applyData(manifest);
    const { name, namespace = 'default', labels, annotations } = manifest.metadata;
    const outcome = pods.has(key(namespace, name)) ? 'configured' : 'created';
    const meta = { ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) };
    put(aPod({ name, namespace, spec: manifest.spec, ...meta }));
    return { kind: 'Pod', namespace, name, outcome, cost: 'nothing', changes: [], programs: [], warnings: [] };
  };
  const requirePod = (namespace: string, name: string): void => {
    if (!pods.has(key(namespace, name))) throw new PodError('NotFound', `pods "${name}" not found`);
  };
  const answerApply = (request: ApplyRequest): ApplyResponse | undefined => {
    applied.push(request);
    const failure = nextFailure;
    nextFailure = undefined;
    if (failure !== undefined) throw failure;
    return answers.apply?.(request);
  };
  return {
    put,
    remove,
    deletions,
    start: async () => undefined,
    shutdown: async () => undefined,
    restControllers: async () => undefined,
    wakeControllers: () => undefined,
    resourceVersion: () => String(version),
    data: createDataAccess(table, (key, { uid } = {}) => removeExisting(table, key, uid)),
    list: () => [...pods.values()],
    get: (namespace, name) => pods.get(key(namespace, name)),
    plan: async (request) => answerApply(request) ?? { results: [] },
    apply: async (request) => answerApply(request) ?? { results: request.manifests.map(applyOne) },
    delete: async (namespace, name, { graceMs }) => {
      const pod = pods.get(key(namespace, name));
      if (pod === undefined) throw new PodError('NotFound', `pods "${name}" not found`);
      deletions.push({ name, ...(graceMs === undefined ? {} : { graceMs }) });
      const deletionTimestamp = '2026-01-02T00:00:00Z';
      const marked = put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp } });
      if (!keeps) remove(namespace, name);
      return marked;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    events: () => events,
    subscribeEvents: (listener) => {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    addEvent: (event) => {
      const object: EventObject = { apiVersion: 'v1', kind: 'Event', ...event };
      events.push(object);
      for (const listener of eventListeners) listener({ type: 'ADDED', object });
    },
    locate: (namespace, name) =>
      pods.has(key(namespace, name)) ? (locations.get(key(namespace, name)) ?? []) : undefined,
    programs: (namespace, name) => {
      const pod = pods.get(key(namespace, name));
      return pod === undefined ? undefined : (groups.get(key(namespace, name)) ?? groupsOf(pod));
    },
    accounting: {
      usage: (namespace, name) => usages.get(key(namespace, name)),
      actions: () => [{ action: 'startContainer', performed: 3, refused: 1 }],
    },
    setUsage: (usage) => {
      usages.set(key(usage.namespace, usage.pod), usage);
    },
    setPrograms: (namespace, name, list) => {
      groups.set(key(namespace, name), list);
      const pod = pods.get(key(namespace, name));
      if (pod !== undefined) put(pod);
    },
    asked,
    applied,
    answers,
    control: async (namespace, name, request) => {
      requirePod(namespace, name);
      asked.push({ control: request });
      return answers.control?.(request) ?? { affected: [] };
    },
    setConditions: async (namespace, name, given, whole) => {
      requirePod(namespace, name);
      const pod = pods.get(key(namespace, name)) ?? aPod({ name });
      const conditions = setConditions(pod.status.conditions, given, { now: '2026-01-01T00:00:00Z', whole });
      return put({ ...pod, status: { ...pod.status, conditions } });
    },
    scale: async (namespace, name, request) => {
      requirePod(namespace, name);
      asked.push({ scale: request });
      return answers.scale?.(request) ?? unchanged(namespace, name);
    },
    setResources: async (namespace, name, request) => {
      requirePod(namespace, name);
      asked.push({ setResources: request });
      return answers.setResources?.(request) ?? unchanged(namespace, name);
    },
    why: async (namespace, name, container, target) => {
      requirePod(namespace, name);
      asked.push({ why: { container, target } });
      return answers.why?.(container, target) ?? { items: [] };
    },
    problems: () => [],
    runningContainers: () => 0,
    failNextApply: (error) => {
      nextFailure = error;
    },
    keepDeleted: (keep) => {
      keeps = keep;
    },
    subscribers: () => listeners.size,
  };
}

const unchanged = (namespace: string, name: string): ApplyResult => ({
  ...{ kind: 'Pod', namespace, name, outcome: 'unchanged', cost: 'nothing' },
  ...{ changes: [], programs: [], warnings: [] },
});

/** Keeps nothing. */
function memoryStore(): DataStore {
  const done = Promise.resolve(undefined);
  return {
    load: () => ({ records: [], lost: new Set(), problems: [] }),
    save: () => ({ tried: done, saved: done }),
    markDeleting: () => done,
    remove: () => done,
    problems: () => [],
    flush: () => done,
  };
}

/** A pod's containers without any program, as its status has them. */
function groupsOf({ metadata, status }: PodObject): readonly ProgramGroup[] {
  return status.containerStatuses.map(({ name, ready, restartCount, state }) => ({
    ...{ namespace: metadata.namespace, pod: metadata.name, container: name },
    state: Object.keys(state)[0] ?? 'waiting',
    ...{ ready, restarts: restartCount, programs: [] },
  }));
}

async function removeExisting(table: DataTable, key: DataKey, uid: string | undefined): Promise<void> {
  const record = table.record(key);
  if (record === undefined) throw objectNotFound(key);
  if (uid !== undefined && uid !== record.uid) throw new PodError('Conflict', 'UID in precondition');
  await table.remove(key);
}
