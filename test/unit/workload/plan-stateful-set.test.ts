import { describe, expect, it } from 'vitest';
import type { StatefulSetObject } from '../../../src/model/stateful-set-spec.ts';
import type { ClaimView, OwnedPod } from '../../../src/model/workload.ts';
import { revisionHashLabel } from '../../../src/workload/controller-history.ts';
import { planStatefulSet } from '../../../src/workload/plan-stateful-set.ts';
import { templateHash } from '../../../src/workload/template-hash.ts';
import { aPod, aRevision, aTemplate, noonMs } from './builders.ts';
import { aStatefulSet, wordsOf } from './job-builders.ts';

const revision = (version: string): string => `web-${templateHash(aTemplate(version))}`;
const pod = (ordinal: number, over: Partial<OwnedPod> & { readonly version?: string } = {}): OwnedPod => {
  const { version = '1', ...rest } = over;
  return aPod(`web-${ordinal}`, { labels: { app: 'web', [revisionHashLabel]: revision(version) }, ...rest });
};
const unready = { isReady: false };
const deleting = { isDeleting: true };
const old = { version: '0' };

const plan = (set: StatefulSetObject, pods: readonly OwnedPod[], claims: readonly ClaimView[] = []) =>
  planStatefulSet(set, { pods, objects: [], claims, revisions }, noonMs);

const revisions = [aRevision('0', 1), aRevision('1', 2)];
const parallel = { podManagementPolicy: 'Parallel' };
/** The template was version 0 before. */
const updating = { status: { currentRevision: revision('0') } };
const rolling = (rollingUpdate: object) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });

describe('planStatefulSet', () => {
  it.each<[string, Readonly<Record<string, unknown>>, readonly OwnedPod[], readonly string[]]>([
    ['makes the first pod alone', {}, [], ['create web-0']],
    ['waits until it is ready', {}, [pod(0, unready)], []],
    ['makes the next one then', {}, [pod(0)], ['create web-1']],
    ['fills a gap before what follows', {}, [pod(0), pod(2)], ['create web-1']],
    ['waits for a number to be free', {}, [pod(0), pod(1, deleting), pod(2)], []],
    ['is content when all are there', {}, [pod(0), pod(1), pod(2)], []],
    ['makes all at once with Parallel', parallel, [], ['create web-0', 'create web-1', 'create web-2']],
    ['with Parallel does not wait for others', parallel, [pod(0, unready)], ['create web-1', 'create web-2']],
    ['counts from ordinals.start', { ordinals: { start: 5 }, replicas: 2 }, [pod(5)], ['create web-6']],
    ['deletes the highest first', { replicas: 1 }, [pod(0), pod(1), pod(2)], ['delete web-2']],
    ['waits for it to be gone', { replicas: 1 }, [pod(0), pod(1), pod(2, deleting)], []],
    [
      'deletes all that are too many with Parallel',
      { ...parallel, replicas: 1 },
      [pod(0), pod(1), pod(2)],
      ['delete web-2', 'delete web-1'],
    ],
    ['scales nothing down while one that stays is not ready', { replicas: 1 }, [pod(0, unready), pod(1)], []],
    ['deletes one that is not ready', { replicas: 1 }, [pod(0), pod(1), pod(2, unready)], ['delete web-2']],
    ['waits for a lower one that is not ready', { replicas: 1 }, [pod(0), pod(1, unready), pod(2, unready)], []],
    [
      'replaces one that failed',
      {},
      [pod(0), pod(1, { phase: 'Failed', ...unready })],
      ['event RecreatingFailedPod', 'delete web-1'],
    ],
    [
      'replaces one that ended well',
      {},
      [pod(0, { phase: 'Succeeded', ...unready })],
      ['event RecreatingTerminatedPod', 'delete web-0'],
    ],
    [
      'lets one that failed just now be for a moment',
      {},
      [pod(0, { phase: 'Failed', ...unready, createdMs: noonMs })],
      [],
    ],
    ['waits for minReadySeconds', { minReadySeconds: 10 }, [pod(0, { readySinceMs: noonMs - 9_000 })], []],
    [
      'does nothing about a name that only looks like its own',
      { replicas: 1 },
      [pod(0), aPod('web-01'), aPod('web-x')],
      [],
    ],
    [
      'leaves pods of others alone',
      { replicas: 0 },
      [pod(0, { owner: { ...aPod('x').owner, uid: 'other' } as never })],
      [],
    ],
  ])('%s', (_, spec, pods, expected) => {
    expect(wordsOf(plan(aStatefulSet(spec), pods).actions)).toEqual(expected);
  });

  it.each<[string, Readonly<Record<string, unknown>>, readonly OwnedPod[], readonly string[]]>([
    ['begins with the highest', {}, [pod(0, old), pod(1, old), pod(2, old)], ['delete web-2']],
    ['makes it anew', {}, [pod(0, old), pod(1, old)], ['create web-2']],
    ['waits until it is ready', {}, [pod(0, old), pod(1, old), pod(2, unready)], []],
    ['goes on with the next', {}, [pod(0, old), pod(1, old), pod(2)], ['delete web-1']],
    ['stops at the partition', rolling({ partition: 2 }), [pod(0, old), pod(1, old), pod(2)], []],
    ['below the partition makes what there was', rolling({ partition: 2 }), [pod(1, old), pod(2)], ['create web-0']],
    [
      'replaces none with OnDelete',
      { updateStrategy: { type: 'OnDelete' } },
      [pod(0, old), pod(1, old), pod(2, old)],
      [],
    ],
    [
      'waits in order for one in trouble, be it old',
      {},
      [pod(0, old), pod(1, { ...old, ...unready }), pod(2, old)],
      [],
    ],
    [
      'with Parallel replaces one in trouble',
      parallel,
      [pod(0, old), pod(1, old), pod(2, { ...old, ...unready })],
      ['delete web-2'],
    ],
    [
      'replaces several by maxUnavailable',
      rolling({ maxUnavailable: 2 }),
      [pod(0, old), pod(1, old), pod(2, old)],
      ['delete web-2', 'delete web-1'],
    ],
    [
      'counts those that are missing already',
      { ...parallel, ...rolling({ maxUnavailable: 2 }) },
      [pod(0, old), pod(1, old), pod(2, unready)],
      ['delete web-1'],
    ],
    [
      'takes a share for at least one',
      rolling({ maxUnavailable: '10%' }),
      [pod(0, old), pod(1, old), pod(2, old)],
      ['delete web-2'],
    ],
    [
      'by maxUnavailable too stops at the partition',
      rolling({ maxUnavailable: 3, partition: 1 }),
      [pod(0, old), pod(1, old), pod(2, old)],
      ['delete web-2', 'delete web-1'],
    ],
  ])('an update %s', (_, spec, pods, expected) => {
    expect(wordsOf(plan(aStatefulSet(spec, updating), pods).actions)).toEqual(expected);
  });

  it('below the partition makes pods of the revision before, with its template', () => {
    const [action] = plan(aStatefulSet(rolling({ partition: 2 }), updating), [pod(1, old), pod(2)]).actions;
    expect(action).toMatchObject({
      manifest: {
        metadata: { labels: { [revisionHashLabel]: revision('0') }, annotations: { version: '0' } },
        spec: { containers: aTemplate('0').spec.containers as object[] },
      },
    });
  });

  const data = { metadata: { name: 'data', labels: { tier: 'db' } }, spec: { accessModes: ['ReadWriteOnce'] } };
  const claiming = { replicas: 1, volumeClaimTemplates: [data] };
  const claim = (name: string, over: Partial<ClaimView> = {}): ClaimView => ({
    ...{ name, uid: `uid-${name}`, isDeleting: false },
    ...over,
  });

  it('makes the claims of a pod before it, and only those that are not there', () => {
    const words = (claims: readonly ClaimView[]) => wordsOf(plan(aStatefulSet(claiming), [], claims).actions);
    expect(words([])).toEqual(['create PersistentVolumeClaim data-web-0', 'event SuccessfulCreate', 'create web-0']);
    expect(words([claim('data-web-0')])).toEqual(['create web-0']);
    // One that is on its way out cannot be used: making it is refused, and tried again.
    expect(words([claim('data-web-0', deleting)])).toHaveLength(3);
  });

  it('names and labels a pod by its number, and gives it its claims', () => {
    const template = {
      ...aTemplate(),
      spec: {
        ...aTemplate().spec,
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'tmp', emptyDir: {} },
        ],
      },
    };
    const set = aStatefulSet({ ...claiming, template, ordinals: { start: 7 } });
    const [, created, , pod7] = plan(set, []).actions;
    expect(created).toEqual({
      action: 'createObject',
      manifest: {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: data.spec },
        metadata: { name: 'data-web-7', namespace: 'default', labels: { tier: 'db', app: 'web' } },
      },
    });
    expect(pod7).toMatchObject({
      manifest: {
        metadata: {
          name: 'web-7',
          labels: { app: 'web', 'statefulset.kubernetes.io/pod-name': 'web-7', 'apps.kubernetes.io/pod-index': '7' },
        },
        spec: {
          ...{ hostname: 'web-7', subdomain: 'peers' },
          volumes: [
            { name: 'data', persistentVolumeClaim: { claimName: 'data-web-7' } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    });
  });

  it('gives claims to itself with whenDeleted Delete, so that they go with it', () => {
    const set = aStatefulSet({ ...claiming, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } });
    expect(plan(set, []).actions[0]).toMatchObject({
      manifest: {
        metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'owner' }] },
      },
    });
  });

  it('deletes claims of pods that are scaled away only with whenScaled Delete, and no others', () => {
    const claims = ['data-web-0', 'data-web-1', 'data-web-2', 'other-web-1'].map((name) => claim(name));
    const words = (policy: object) => {
      const set = aStatefulSet({ ...claiming, persistentVolumeClaimRetentionPolicy: policy });
      return wordsOf(plan(set, [pod(0), pod(1, deleting)], claims).actions);
    };
    expect(words({})).toEqual([]);
    expect(words({ whenScaled: 'Delete' })).toEqual(['delete PersistentVolumeClaim data-web-1']);
  });

  it('tells of its pods and revisions as Kubernetes does', () => {
    const set = aStatefulSet({}, updating);
    const { status } = plan(set, [pod(0, old), pod(1, { ...old, ...unready }), pod(2)]);
    expect(status).toEqual({
      ...{ replicas: 3, readyReplicas: 2, availableReplicas: 2, currentReplicas: 2, updatedReplicas: 1 },
      ...{ observedGeneration: 1, currentRevision: revision('0'), updateRevision: revision('1') },
    });
    const over = plan(set, [pod(0), pod(1), pod(2)]).status;
    expect(over).toMatchObject({ currentRevision: revision('1'), currentReplicas: 3 });
    expect(plan(aStatefulSet(), []).status).toMatchObject({ replicas: 0, currentRevision: revision('1') });
  });

  it('looks again when a pod has been ready for long enough, or may be replaced', () => {
    const set = aStatefulSet({ replicas: 1, minReadySeconds: 10 });
    expect(plan(set, [pod(0, { readySinceMs: noonMs - 4_000 })]).wakeAtMs).toBe(noonMs + 6_000);
    expect(plan(set, [pod(0, { phase: 'Failed', ...unready, createdMs: noonMs })]).wakeAtMs).toBe(noonMs + 1_000);
  });

  it('does nothing while it is being deleted', () => {
    expect(plan(aStatefulSet({}, { isDeleting: true }), []).actions).toEqual([]);
  });
});
