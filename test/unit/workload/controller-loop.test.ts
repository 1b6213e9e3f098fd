import { describe, expect, it, vi } from 'vitest';
import { aDeployment, aPod, aReplicaSet, aTemplate, noonMs } from './builders.ts';
import { runningLoop } from './running-loop.ts';

const { access, loop, replaceLoop, settle, statusOf } = runningLoop();
const aWeb = (spec: Parameters<typeof aDeployment>[0] = {}) => aDeployment(spec, { name: 'web' });
const makeReady = (): void => {
  for (const pod of access().allPods())
    if (!pod.isReady && !pod.isDeleting)
      access().putPod({ ...pod, isReady: true, phase: 'Running', readySinceMs: Date.now() });
};
const change = (spec: object): void => {
  const object = access().find('owner');
  if (object !== undefined)
    access().put({ ...object, generation: object.generation + 1, spec: { ...object.spec, ...spec } });
};

describe('the loop of the controllers', () => {
  it('brings a Deployment to its pods, and then has nothing to wait for', async () => {
    access().put(aWeb({ replicas: 2 }));
    loop().start();
    await settle();
    expect(access().allPods()).toHaveLength(2);
    makeReady();
    await settle();
    expect(statusOf('Deployment')).toMatchObject({ availableReplicas: 2, updatedReplicas: 2 });
    expect(statusOf('ReplicaSet')).toMatchObject({ readyReplicas: 2 });
    expect(
      access()
        .events.map((event) => event.replaceAll(/web-\w+(-\w+)?/g, 'web-…'))
        .sort(),
    ).toEqual([
      'Deployment ScalingReplicaSet: Scaled up replica set web-… to 2',
      'ReplicaSet SuccessfulCreate: Created pod: web-…',
      'ReplicaSet SuccessfulCreate: Created pod: web-…',
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes up where another one stopped, without making anything twice', async () => {
    access().put(aWeb({ replicas: 3 }));
    loop().start();
    await settle();
    await loop().stop();
    const before = access()
      .allPods()
      .map(({ uid }) => uid);
    replaceLoop();
    loop().start();
    await settle();
    expect(
      access()
        .allPods()
        .map(({ uid }) => uid),
    ).toEqual(before);
    expect(access().objects()).toHaveLength(2);
  });

  it('rests when it is stopped, and goes on when it is started again', async () => {
    access().put(aWeb({ replicas: 2 }));
    loop().start();
    await settle();
    await loop().stop();
    for (const { uid } of access().allPods()) access().removePod(uid);
    await settle();
    expect(access().allPods()).toEqual([]);
    loop().start();
    await settle();
    expect(access().allPods()).toHaveLength(2);
  });

  it('tries what was refused again, later and later, and says so meanwhile', async () => {
    access().refuse('host port 80 is taken');
    access().put(aReplicaSet());
    loop().start();
    await settle();
    expect(statusOf('ReplicaSet')).toMatchObject({
      conditions: [{ type: 'ReplicaFailure', reason: 'FailedCreate', message: 'host port 80 is taken' }],
    });
    const refused = () => access().events.filter((event) => event.includes('FailedCreate')).length;
    expect(refused()).toBe(1);
    await settle(1_000);
    expect(refused()).toBe(2);
    await settle(1_999);
    expect(refused()).toBe(2);
    await settle(1);
    expect(refused()).toBe(3);
    access().refuse(undefined);
    await settle(4_000);
    expect(access().allPods()).toHaveLength(1);
    expect(statusOf('ReplicaSet')).toEqual({ replicas: 1, fullyLabeledReplicas: 1, observedGeneration: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tries at once when another spec is wanted', async () => {
    access().refuse('no');
    access().put(aReplicaSet());
    loop().start();
    await settle();
    access().refuse(undefined);
    change({ replicas: 2 });
    await settle();
    expect(access().allPods()).toHaveLength(2);
  });

  it('goes on with a Deployment when the last pod of an old revision is gone', async () => {
    access().put(aWeb({ strategy: { type: 'Recreate' } }));
    loop().start();
    await settle();
    makeReady();
    await settle();
    change({ template: aTemplate('2') });
    await settle();
    const [old] = access().allPods();
    expect(old?.isDeleting).toBe(true);
    access().removePod(old?.uid ?? '');
    await settle();
    expect(
      access()
        .allPods()
        .map(({ isDeleting }) => isDeleting),
    ).toEqual([false]);
  });

  it('adopts a pod whose labels come to match, and lets go of it when they do no longer', async () => {
    access().put(aReplicaSet({ replicas: 1 }));
    loop().start();
    await settle();
    const [own] = access().allPods();
    if (own === undefined) throw new Error('no pod');
    access().putPod({ ...own, labels: { app: 'other' } });
    await settle();
    const [released, next] = access().allPods();
    expect([released?.owner, next?.owner?.uid]).toEqual([undefined, 'owner']);
    access().removePod(next?.uid ?? '');
    const { owner: _, ...stray } = aPod('stray', { createdMs: noonMs });
    access().putPod(stray);
    await settle();
    expect(
      access()
        .allPods()
        .find(({ name }) => name === 'stray')?.owner?.uid,
    ).toBe('owner');
  });

  it('wakes when a pod has been ready for long enough', async () => {
    access().put(aWeb({ minReadySeconds: 30 }));
    loop().start();
    await settle();
    makeReady();
    await settle(29_999);
    expect(statusOf('Deployment')).not.toHaveProperty('availableReplicas');
    await settle(1);
    expect(statusOf('Deployment')).toHaveProperty('availableReplicas', 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does nothing before podd knows how the pods are that ran before it', async () => {
    access().put(aReplicaSet({ replicas: 1 }));
    access().forget(noonMs + 10_000);
    loop().start();
    await settle(9_999);
    expect(access().allPods()).toEqual([]);
    access().forget(undefined);
    await settle(1);
    expect(access().allPods()).toHaveLength(1);
  });

  it('leaves alone what is gone', async () => {
    access().put(aReplicaSet({ replicas: 1 }));
    loop().start();
    await settle();
    access().remove('owner');
    const [pod] = access().allPods();
    access().removePod(pod?.uid ?? '');
    await settle();
    expect(access().allPods()).toEqual([]);
  });
});
