import { describe, expect, it } from 'vitest';
import type { OwnedPod, WorkloadAction } from '../../../src/model/workload.ts';
import { orderForDeletion } from '../../../src/workload/order-for-deletion.ts';
import { planReplicaSet } from '../../../src/workload/plan-replica-set.ts';
import { aPod, aReplicaSet, aTemplate, noonMs, ownedBy } from './builders.ts';

const plan = (set = aReplicaSet(), pods: readonly OwnedPod[] = []) =>
  planReplicaSet(set, { pods, objects: [] }, noonMs);

const words = (actions: readonly WorkloadAction[]): readonly string[] =>
  actions.map((action) => {
    if (action.action === 'createPod') return 'create';
    if (action.action === 'deletePod') return `delete ${action.name}`;
    if (action.action === 'setPodOwner') return `${action.owner === undefined ? 'release' : 'adopt'} ${action.name}`;
    return action.action;
  });

describe('planReplicaSet', () => {
  it.each<[string, number, readonly OwnedPod[], readonly string[]]>([
    ['makes what is missing', 2, [], ['create', 'create']],
    ['does nothing when there are as many as wanted', 1, [aPod('a')], []],
    ['deletes the surplus', 0, [aPod('a'), aPod('b')], ['delete a', 'delete b']],
    ['replaces a pod that is being deleted', 1, [aPod('a', { isDeleting: true })], ['create']],
    ['replaces a pod that failed', 1, [aPod('a', { phase: 'Failed', isReady: false })], ['create']],
    [
      'lets a pod that failed just now wait for its successor',
      1,
      [aPod('a', { phase: 'Failed', isReady: false, createdMs: noonMs - 500 })],
      [],
    ],
    ['adopts a matching pod that nobody manages', 1, [aPod('a', { owner: undefined as never })], ['adopt a']],
    ['leaves the pods of others alone', 1, [aPod('a', { owner: ownedBy('other') })], ['create']],
    ['releases a pod whose labels moved away', 1, [aPod('a', { labels: { app: 'x' } })], ['release a', 'create']],
  ])('%s', (_, replicas, pods, expected) => {
    const given = pods.map(({ owner, ...pod }) => (owner === undefined ? pod : { ...pod, owner }));
    expect(words(plan(aReplicaSet({ replicas }), given).actions)).toEqual(expected);
  });

  it('makes pods of its template, managed by itself, under names like its own', () => {
    const { actions } = plan(aReplicaSet({ replicas: 3 }));
    const manifests = actions.map((action) => (action.action === 'createPod' ? action.manifest : undefined));
    expect(new Set(manifests.map((manifest) => manifest?.metadata.name)).size).toBe(3);
    expect(manifests[0]?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2-9]{5}$/);
    expect(manifests[0]).toMatchObject({
      ...{ apiVersion: 'v1', kind: 'Pod', spec: aTemplate().spec },
      metadata: {
        ...{ namespace: 'default', labels: { app: 'web' }, annotations: { version: '1' } },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: 'web',
            uid: 'owner',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
    });
  });

  it('makes podctl.dev/v1 pods when it is podctl.dev/v1 itself', () => {
    const [action] = plan(aReplicaSet({}, { apiVersion: 'podctl.dev/v1' })).actions;
    expect(action).toMatchObject({ action: 'createPod', manifest: { apiVersion: 'podctl.dev/v1' } });
  });

  it('does nothing any more while it is being deleted', () => {
    expect(plan(aReplicaSet({ replicas: 3 }, { isDeleting: true })).actions).toEqual([]);
  });

  it('counts its pods, and leaves out what is 0', () => {
    const pods = [aPod('a'), aPod('b', { isReady: false }), aPod('c', { isDeleting: true })];
    expect(plan(aReplicaSet({ replicas: 2 }), pods).status).toEqual({
      ...{ replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 },
    });
    expect(plan(aReplicaSet({ replicas: 0 })).status).toEqual({ replicas: 0, observedGeneration: 1 });
  });

  it('counts a pod as available after minReadySeconds, and looks again then', () => {
    const set = aReplicaSet({ minReadySeconds: 10 });
    const { status, wakeAtMs } = plan(set, [aPod('a', { readySinceMs: noonMs - 4_000 })]);
    expect([status.readyReplicas, status.availableReplicas, wakeAtMs]).toEqual([1, undefined, noonMs + 6_000]);
    expect(plan(set, [aPod('a', { readySinceMs: noonMs - 10_000 })])).toMatchObject({
      status: { availableReplicas: 1 },
    });
  });

  it('says that a pod could not be made, until one can', () => {
    const refusal = { reason: 'FailedCreate', message: 'port 80 is taken' } as const;
    const { status } = planReplicaSet(aReplicaSet(), { pods: [], objects: [], refusal }, noonMs);
    expect(status.conditions).toEqual([
      {
        ...{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'port 80 is taken' },
        lastTransitionTime: '2026-01-01T12:00:00.000Z',
      },
    ]);
    expect(plan(aReplicaSet({}, { status }), [aPod('a')]).status.conditions).toBeUndefined();
  });

  it('keeps ten ended pods, the newest', () => {
    const ended = Array.from({ length: 12 }, (_, index) =>
      aPod(`e${index}`, { phase: 'Failed', isReady: false, createdMs: noonMs - 3_600_000 + index }),
    );
    expect(words(plan(aReplicaSet(), [aPod('a'), ...ended]).actions)).toEqual(['delete e1', 'delete e0']);
  });

  it('lets successors of pods that fail again and again wait longer', () => {
    const ended = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        aPod(`e${index}`, { phase: 'Failed', isReady: false, createdMs: noonMs - index }),
      );
    const waits = [1, 2, 4, 10].map((count) => (plan(aReplicaSet(), ended(count)).wakeAtMs ?? 0) - noonMs);
    expect(waits).toEqual([1_000, 2_000, 8_000, 300_000]);
  });
});

describe('orderForDeletion', () => {
  const unscheduled = [{ type: 'PodScheduled', status: 'False', lastTransitionTime: '' }] as const;
  it.each<[string, Partial<OwnedPod>, Partial<OwnedPod>]>([
    ['unassigned before assigned', { conditions: unscheduled }, {}],
    ['pending before running', { phase: 'Pending', isReady: false }, { isReady: false }],
    ['unknown before running', { phase: 'Unknown', isReady: false }, { isReady: false }],
    ['pending before unknown', { phase: 'Pending', isReady: false }, { phase: 'Unknown', isReady: false }],
    ['not ready before ready', { isReady: false }, {}],
    [
      'a lower deletion cost first',
      { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-1' } },
      { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '0' } },
    ],
    ['who is ready for a shorter time first', { readySinceMs: noonMs - 1_000 }, {}],
    ['who restarted more often first', { mostRestarts: 3, restarts: 3 }, { mostRestarts: 2, restarts: 4 }],
    ['the younger first', { isReady: false, createdMs: noonMs - 1_000 }, { isReady: false }],
    ['by uid when nothing else tells them apart', { uid: 'a' }, { uid: 'b' }],
    [
      'by uid when their ages are much the same',
      { uid: 'a', readySinceMs: noonMs - 4_000 },
      { uid: 'b', readySinceMs: noonMs - 3_999 },
    ],
  ])('deletes %s', (_, first, second) => {
    const pods = [aPod('second', second), aPod('first', first)];
    expect(orderForDeletion(pods, noonMs).map(({ name }) => name)).toEqual(['first', 'second']);
    expect(orderForDeletion([...pods].reverse(), noonMs).map(({ name }) => name)).toEqual(['first', 'second']);
  });
});
