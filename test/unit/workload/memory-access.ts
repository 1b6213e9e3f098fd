/** podd's store in memory, as the loop of the controllers sees it; changes are told at once, as podd tells them. */
import type { ClaimView, OwnedPod, RevisionView, WorkloadObject } from '../../../src/model/workload.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import type { WorkloadAccess, WorkloadChange } from '../../../src/workload/workload-access.ts';
import { revisionOfManifest } from './builders.ts';

export interface MemoryAccess extends WorkloadAccess {
  readonly objects: () => readonly WorkloadObject[];
  readonly allPods: () => readonly OwnedPod[];
  readonly events: readonly string[];
  readonly logged: readonly string[];
  readonly put: (object: WorkloadObject<object, object>) => void;
  readonly remove: (uid: string) => void;
  readonly putPod: (pod: OwnedPod) => void;
  readonly removePod: (uid: string) => void;
  /** what createPod answers from now on; undefined: it does */
  readonly refuse: (why: string | undefined) => void;
  /** the wall clock was set */
  readonly setClock: () => void;
  /** until this time (monotonic) podd does not know how its pods are */
  readonly forget: (untilMs: number | undefined) => void;
}

export function memoryAccess(): MemoryAccess {
  const objects = new Map<string, WorkloadObject>();
  const pods = new Map<string, OwnedPod>();
  const revisions = new Map<string, RevisionView>();
  const claims = new Map<string, ClaimView>();
  const clockListeners = new Set<() => void>();
  const listeners = new Set<(change: WorkloadChange) => void>();
  const events: string[] = [];
  const logged: string[] = [];
  let refusal: string | undefined;
  let unknownUntilMs: number | undefined;
  let uids = 0;

  const tell = (
    one: Pick<WorkloadObject | OwnedPod, 'uid' | 'labels' | 'owner'>,
    what: Pick<WorkloadChange, 'kind' | 'isGone'>,
  ): void => {
    const { uid, labels, owner } = one;
    const change = { namespace: 'default', uid, labels, ...(owner === undefined ? {} : { owner }), ...what };
    for (const listener of listeners) listener(change);
  };
  const put = (object: WorkloadObject<object, object>): void => {
    objects.set(object.uid, object as WorkloadObject);
    tell(object, { kind: object.kind, isGone: false });
  };
  const putPod = (pod: OwnedPod): void => {
    pods.set(pod.uid, pod);
    tell(pod, { isGone: false });
  };
  const changed = (uid: string, change: Partial<WorkloadObject>): void => {
    const before = objects.get(uid);
    if (before === undefined) throw new PodError('NotFound', `${uid} is gone`);
    put({ ...before, ...change });
  };
  const changePod = (uid: string, change: (pod: OwnedPod) => OwnedPod): void => {
    const pod = pods.get(uid);
    if (pod !== undefined) putPod(change(pod));
  };

  return {
    ...{ events, logged, put, putPod },
    objects: () => [...objects.values()],
    allPods: () => [...pods.values()],
    remove: (uid) => {
      const object = objects.get(uid);
      objects.delete(uid);
      if (object !== undefined) tell(object, { kind: object.kind, isGone: true });
    },
    removePod: (uid) => {
      const pod = pods.get(uid);
      pods.delete(uid);
      if (pod !== undefined) tell(pod, { isGone: true });
    },
    refuse: (why) => {
      refusal = why;
    },
    forget: (untilMs) => {
      unknownUntilMs = untilMs;
    },
    list: (kind) => [...objects.values()].filter((object) => object.kind === kind),
    find: (uid) => objects.get(uid),
    pods: (_namespace, owners) =>
      [...pods.values()].filter(({ owner }) => owner === undefined || owners.has(owner.uid)),
    claims: () => [...claims.values()],
    revisions: () => [...revisions.values()],
    updateRevision: async (_namespace, { uid, revision }) => {
      const before = revisions.get(uid);
      if (before !== undefined && revision !== undefined) revisions.set(uid, { ...before, revision });
    },
    saveStatuses: async () => void events.push('statuses are saved'),
    watchClock: (listener) => {
      clockListeners.add(listener);
      return () => clockListeners.delete(listener);
    },
    setClock: () => {
      for (const listener of clockListeners) listener();
    },
    unknownUntilMs: () => unknownUntilMs,
    createPod: async ({ metadata }) => {
      await Promise.resolve();
      if (refusal !== undefined) throw new PodError('Invalid', refusal);
      const [owner] = metadata.ownerReferences ?? [];
      putPod({
        ...{
          name: metadata.name,
          uid: `pod-${++uids}`,
          labels: metadata.labels ?? {},
          annotations: metadata.annotations ?? {},
        },
        ...(owner === undefined ? {} : { owner }),
        ...{ phase: 'Pending', isReady: false, isDeleting: false, createdMs: Date.now() },
        ...{ restarts: 0, mostRestarts: 0, conditions: [], exitCodes: {} },
      });
    },
    deletePod: async (_namespace, { uid }) => changePod(uid, (pod) => ({ ...pod, isDeleting: true })),
    setPodOwner: async (_namespace, { uid, owner }) =>
      changePod(uid, ({ owner: _, ...pod }) => ({ ...pod, ...(owner === undefined ? {} : { owner }) })),
    createObject: async (manifest) => {
      const { metadata, spec, kind } = manifest as unknown as WorkloadObject & { metadata: Record<string, never> };
      if ((kind as string) === 'PersistentVolumeClaim') {
        const name = metadata.name ?? '';
        claims.set(name, { name, uid: `claim-${++uids}`, isDeleting: false });
        return;
      }
      if ((kind as string) === 'ControllerRevision') {
        const revision = revisionOfManifest(manifest, `revision-${++uids}`, Date.now());
        revisions.set(revision.uid, revision);
        return;
      }
      put({
        ...{ apiVersion: 'apps/v1', kind, namespace: 'default', name: metadata.name ?? '', uid: `object-${++uids}` },
        ...{ generation: 1, createdMs: Date.now(), labels: metadata.labels ?? {}, isDeleting: false },
        ...{ annotations: metadata.annotations ?? {}, owner: metadata.ownerReferences?.[0] as never, spec, status: {} },
      });
    },
    updateObject: async (_namespace, { uid, spec, annotations }) => {
      const before = objects.get(uid);
      changed(uid, {
        generation: (before?.generation ?? 0) + (spec === undefined ? 0 : 1),
        spec: { ...before?.spec, ...spec },
        annotations: { ...before?.annotations, ...annotations },
      });
    },
    deleteObject: async (_namespace, { uid }) => void objects.delete(uid),
    setStatus: ({ uid }, status) => changed(uid, { status }),
    noteEvent: ({ kind }, _type, reason, message) => events.push(`${kind} ${reason}: ${message}`),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    nowMs: Date.now,
    monotonicMs: Date.now,
    log: (message) => logged.push(message),
  };
}
