import { describe, expect, it } from 'vitest';
import { revisionAnnotation } from '../../../src/model/workload-spec.ts';
import { isActive } from '../../../src/workload/pod-availability.ts';
import { aDeployment, aTemplate } from './builders.ts';
import { versionOf, WorkloadWorld } from './workload-world.ts';

const rolling = (maxSurge: number | string, maxUnavailable: number | string) =>
  ({ type: 'RollingUpdate', maxSurge, maxUnavailable }) as const;

/** A Deployment that is complete, with its first template. */
function complete(spec: Parameters<typeof aDeployment>[0] = {}): WorkloadWorld {
  const world = new WorkloadWorld(aDeployment(spec));
  world.converge();
  return world;
}

const revisions = (world: WorkloadWorld) =>
  world.sets.map(({ spec, annotations }) => `${versionOf(spec.template.metadata)}: ${annotations[revisionAnnotation]}`);

describe('planDeployment', () => {
  it('makes a ReplicaSet of its template, labelled with its hash, and owns it', () => {
    const world = new WorkloadWorld(aDeployment({ replicas: 3 }, { annotations: { team: 'a' } }));
    world.run('owner');
    const [set] = world.sets;
    const hash = set?.labels['pod-template-hash'];
    expect(set?.name).toBe(`web-${hash}`);
    expect(set).toMatchObject({
      ...{ labels: { app: 'web' }, owner: { kind: 'Deployment', name: 'web', uid: 'owner', controller: true } },
      annotations: {
        ...{ team: 'a', [revisionAnnotation]: '1', 'deployment.kubernetes.io/desired-replicas': '3' },
        'deployment.kubernetes.io/max-replicas': '4',
      },
      spec: {
        ...{ replicas: 3, selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } } },
        template: { metadata: { labels: { app: 'web', 'pod-template-hash': hash } }, spec: aTemplate().spec },
      },
    });
    expect(world.events).toEqual([`ScalingReplicaSet: Scaled up replica set web-${hash} to 3`]);
    expect(world.condition('Progressing')).toBe('True NewReplicaSetCreated');
  });

  it('is complete when its pods are available, and says so', () => {
    const world = new WorkloadWorld(aDeployment({ replicas: 2 }));
    world.settle();
    expect(world.condition('Available')).toBe('False MinimumReplicasUnavailable');
    world.converge();
    const { conditions, ...counts } = world.deployment.status;
    expect(counts).toEqual({
      ...{ observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
    });
    expect(world.condition('Available')).toBe('True MinimumReplicasAvailable');
    expect(world.condition('Progressing')).toBe('True NewReplicaSetAvailable');
    expect(conditions?.find(({ type }) => type === 'Progressing')?.message).toBe(
      `ReplicaSet "${world.sets[0]?.name}" has successfully progressed.`,
    );
    expect(world.deployment.annotations[revisionAnnotation]).toBe('1');
    expect(world.planOfDeployment()).toMatchObject({ actions: [] });
    expect(world.planOfDeployment().wakeAtMs).toBeUndefined();
  });

  it.each<[string, ReturnType<typeof rolling>, Readonly<Record<string, number>>]>([
    ['surging one', rolling(1, 0), { 1: 4, 2: 1 }],
    ['one unavailable', rolling(0, 1), { 1: 3, 2: 1 }],
    ['a quarter each', rolling('25%', '25%'), { 1: 3, 2: 2 }],
    ['all at once', rolling('100%', '100%'), { 2: 4 }],
  ])('begins a rolling update %s', (_, strategy, sizes) => {
    const world = complete({ replicas: 4, strategy });
    world.change({ template: aTemplate('2') });
    world.settle();
    expect(world.sizes()).toEqual(sizes);
    world.converge();
    expect(world.sizes()).toEqual({ 2: 4 });
    expect(revisions(world)).toEqual(['1: 1', '2: 2']);
  });

  it('takes pods of old revisions that are of no use first', () => {
    const world = complete({ replicas: 3, strategy: rolling(1, 1) });
    world.change({ template: aTemplate('2') });
    world.settle();
    // Version 2 never becomes ready; version 3 does not wait for it.
    expect(world.sizes()).toEqual({ 1: 2, 2: 2 });
    world.change({ template: aTemplate('3') });
    world.settle();
    expect(world.sizes()).toEqual({ 1: 2, 3: 2 });
  });

  it('waits for minReadySeconds before it goes on', () => {
    const world = complete({ replicas: 1, minReadySeconds: 20, strategy: rolling(1, 0) });
    world.change({ template: aTemplate('2') });
    world.settle();
    for (const pod of world.active) if (!pod.isReady) world.setReady(pod, true);
    world.nowMs += 19_000;
    world.settle();
    expect(world.sizes()).toEqual({ 1: 1, 2: 1 });
    world.nowMs += 1_000;
    world.settle();
    expect(world.sizes()).toEqual({ 2: 1 });
  });

  it('with Recreate makes new pods when the last old one is gone', () => {
    const world = complete({ replicas: 2, strategy: { type: 'Recreate' } });
    world.change({ template: aTemplate('2') });
    world.settle();
    expect(world.sizes()).toEqual({});
    expect(world.pods.map(({ isDeleting }) => isDeleting)).toEqual([true, true]);
    for (const pod of world.pods) world.finishDeletion(pod);
    world.settle();
    expect(world.sizes()).toEqual({ 2: 2 });
  });

  it('goes back to a revision that is there under a new number', () => {
    const world = complete();
    for (const version of ['2', '1']) {
      world.change({ template: aTemplate(version) });
      world.converge();
    }
    expect(world.sizes()).toEqual({ 1: 1 });
    expect(revisions(world)).toEqual(['1: 3', '2: 2']);
    expect(world.deployment.annotations[revisionAnnotation]).toBe('3');
    expect(world.sets[0]?.annotations['deployment.kubernetes.io/revision-history']).toBe('1');
  });

  it('forgets revisions beyond the limit, the oldest first', () => {
    const world = complete({ revisionHistoryLimit: 1 });
    for (const version of ['2', '3', '4']) {
      world.change({ template: aTemplate(version) });
      world.converge();
    }
    expect(revisions(world)).toEqual(['3: 3', '4: 4']);
  });

  it('changes the number of pods at once when it is scaled', () => {
    const world = complete({ replicas: 2 });
    world.change({ replicas: 5 });
    world.settle();
    expect(world.sizes()).toEqual({ 1: 5 });
    world.change({ replicas: 0 });
    world.converge();
    expect(world.pods).toEqual([]);
    expect(world.condition('Progressing')).toBe('True NewReplicaSetAvailable');
  });

  it('scales the revisions of an unfinished update in proportion', () => {
    const world = complete({ replicas: 10, strategy: rolling(3, 2) });
    world.change({ template: aTemplate('2') });
    world.settle();
    expect(world.sizes()).toEqual({ 1: 8, 2: 5 });
    // Kubernetes' own example (Deployment, proportional scaling): 10 → 15 with 8 and 5.
    world.change({ replicas: 15 });
    world.settle();
    expect(world.sizes()).toEqual({ 1: 11, 2: 7 });
  });

  it('changes nothing but its size while it is paused', () => {
    const world = complete({ replicas: 2 });
    world.change({ paused: true, template: aTemplate('2') });
    world.settle();
    expect(world.condition('Progressing')).toBe('Unknown DeploymentPaused');
    world.change({ replicas: 3 });
    world.settle();
    expect(world.sizes()).toEqual({ 1: 3 });
    world.change({ paused: false });
    world.converge();
    expect(world.sizes()).toEqual({ 2: 3 });
    expect(world.condition('Progressing')).toBe('True NewReplicaSetAvailable');
  });

  it('says that it does not get on when the deadline is over, and wakes then', () => {
    const world = complete({ progressDeadlineSeconds: 60 });
    world.change({ template: aTemplate('2') });
    world.settle();
    const { wakeAtMs = 0 } = world.planOfDeployment();
    expect(wakeAtMs - world.nowMs).toBe(60_000);
    world.nowMs = wakeAtMs - 1;
    world.settle();
    expect(world.condition('Progressing')).toBe('True ReplicaSetUpdated');
    world.nowMs = wakeAtMs;
    world.settle();
    expect(world.condition('Progressing')).toBe('False ProgressDeadlineExceeded');
    expect(world.planOfDeployment().wakeAtMs).toBeUndefined();
    world.converge();
    expect(world.condition('Progressing')).toBe('True NewReplicaSetAvailable');
  });

  it('has no condition Progressing without a deadline', () => {
    expect(complete({ progressDeadlineSeconds: 2_147_483_647 }).condition('Progressing')).toBeUndefined();
  });

  it('tells of pods that cannot be made', () => {
    const world = new WorkloadWorld(aDeployment());
    world.refusal = 'host port 80 is taken';
    world.settle();
    expect(world.condition('ReplicaFailure')).toBe('True FailedCreate');
    world.refusal = undefined;
    world.converge();
    expect(world.condition('ReplicaFailure')).toBeUndefined();
  });

  it('takes another name when its new ReplicaSet would have another’s', () => {
    const world = new WorkloadWorld(aDeployment());
    world.run('owner');
    const [other] = world.sets;
    if (other === undefined) throw new Error('no ReplicaSet');
    const { owner: _, ...free } = other;
    world.sets = [{ ...free, labels: {}, uid: 'other' }];
    world.converge();
    expect(world.sets.map(({ name }) => name)).toContain(other.name);
    expect(world.sets).toHaveLength(2);
    expect(world.deployment.status.collisionCount).toBe(1);
  });

  it('adopts a matching ReplicaSet that nobody manages', () => {
    const world = complete();
    world.sets = world.sets.map(({ owner: _, ...set }) => set);
    expect(world.planOfDeployment().actions).toMatchObject([
      { action: 'updateObject', kind: 'ReplicaSet', owner: { kind: 'Deployment', uid: 'owner' } },
    ]);
  });

  it('gives its annotations and minReadySeconds to the newest ReplicaSet without making pods anew', () => {
    const world = complete();
    const before = world.pods.map(({ uid }) => uid);
    world.deployment = { ...world.deployment, annotations: { ...world.deployment.annotations, cause: 'tuning' } };
    world.change({ minReadySeconds: 5 });
    world.converge();
    expect(world.sets[0]).toMatchObject({ annotations: { cause: 'tuning' }, spec: { minReadySeconds: 5 } });
    expect(world.pods.filter(isActive).map(({ uid }) => uid)).toEqual(before);
  });

  it('does nothing while it is being deleted', () => {
    const world = new WorkloadWorld(aDeployment({}, { isDeleting: true }));
    expect(world.planOfDeployment().actions).toEqual([]);
  });
});
