import { describe, expect, test } from 'vitest';
import { podResources } from '../../../src/cgroup/plan.ts';
import { mostAtOnce } from '../../../src/cgroup/plan-requests.ts';
import type { ServiceManifest } from '../../../src/model/object-manifest.ts';
import type { PodRecord } from '../../../src/model/pod-record.ts';
import type { Instance } from '../../../src/reconcile/instance.ts';
import { isServed, leaveServices } from '../../../src/reconcile/leave-services.ts';
import { newPodRecord, type Pod, podOfRecord, recordOfPod, slotOf } from '../../../src/reconcile/pod.ts';
import { activeSince } from '../../../src/reconcile/pod-life.ts';
import { derivePodStatus } from '../../../src/reconcile/pod-status.ts';
import { revivePod, startable } from '../../../src/reconcile/revive-pod.ts';
import { setConditions } from '../../../src/reconcile/set-conditions.ts';
import { podRecordSchema } from '../../../src/store/record-schema.ts';
import { aContainer, aManifest, anExit, anInstance, aRun, aSpec, aView, finishedAt, startedAt } from './builders.ts';

const staged = aSpec({
  containers: [
    aContainer({ name: 'setup', role: 'init', restartPolicy: 'OnFailure' }),
    aContainer({ name: 'app', restartPolicy: 'Never' }),
  ],
});

function aPod(change: Partial<Pod> = {}, spec = staged): Pod {
  const what = { uid: 'u', creationTimestamp: startedAt, manifest: aManifest(), spec };
  const pod = podOfRecord(newPodRecord(what, 'boot', []), 0);
  return Object.assign(pod, change);
}

describe('a record', () => {
  test('keeps the life, the time that was active and conditions from outside', () => {
    const condition = { type: 'example.com/lb', status: 'True', lastTransitionTime: startedAt } as const;
    const spec = { ...staged, activeDeadlineMs: 9_000 };
    const failure = { reason: 'DeadlineExceeded', message: 'too long' };
    const pod = aPod({ life: { initialised: true, failure }, conditions: [condition], activeSinceMs: -500 }, spec);
    const record = recordOfPod(pod, 'boot', 1_000);
    expect(record).toMatchObject({ active: { ms: 1_500, atMs: 1_000 } });
    const read = podRecordSchema.parse(JSON.parse(JSON.stringify(record))) as unknown as PodRecord;
    expect(podOfRecord(read, 2_000)).toMatchObject({ life: pod.life, conditions: [condition] });
  });

  test.each([
    ['by the monotonic clock in the same boot', 'boot', { ms: 4_000, atMs: 10_000 }, 6_000],
    ['by the wall clock after a reboot', 'other', { ms: 4_000, atMs: 10_000 }, -5_000 + 500],
    ['by what was counted, where the wall clock was set back', 'other', { ms: 90_000, atMs: 99_000 }, -89_500],
    ['by the wall clock where nothing was counted', 'boot', undefined, -4_500],
  ])('is active %s', (_name, bootId, active, expected) => {
    const now = { bootId, monotonicMs: 500, wallMs: Date.parse(startedAt) + 5_000 };
    const record = { bootId: 'boot', creationTimestamp: startedAt, ...(active === undefined ? {} : { active }) };
    expect(activeSince(record, now)).toBe(expected);
  });
});

describe('a start by request', () => {
  const over = () => {
    const pod = aPod({ life: { initialised: true } });
    for (const name of ['setup', 'app']) slotOf(pod, name).run = aRun({ attempt: 0, lastExit: anExit() });
    return pod;
  };

  test('of a pod that is over lets its init containers run again', () => {
    const pod = over();
    revivePod(pod, 7_000);
    expect([pod.life, pod.activeSinceMs]).toEqual([{ initialised: false }, 7_000]);
    expect([slotOf(pod, 'setup').run.startAnyway, slotOf(pod, 'app').run.startAnyway]).toEqual([true, false]);
  });

  test('of a pod that lives leaves them alone', () => {
    const pod = over();
    slotOf(pod, 'app').instance = { view: () => anInstance() } as unknown as Instance;
    revivePod(pod, 7_000);
    expect(pod.life).toEqual({ initialised: true });
    expect(startable(pod, staged.containers).map(({ name }) => name)).toEqual(['app']);
    expect(() => startable(pod, staged.containers.slice(0, 1))).toThrow(
      'init container setup has done its part in pod web',
    );
  });

  test('wakes a pod that was active too long', () => {
    const pod = over();
    pod.life = { initialised: true, failure: { reason: 'DeadlineExceeded', message: 'too long' } };
    revivePod(pod, 7_000);
    expect(pod.life).toEqual({ initialised: false });
  });
});

describe('conditions from outside', () => {
  const old = { type: 'a/b', status: 'True', lastTransitionTime: startedAt } as const;
  const options = { now: finishedAt, whole: false };

  test('are merged by type and keep their time while their status stays', () => {
    expect(setConditions([old], [{ type: 'a/b', status: 'True', reason: 'Warm' }], options)).toEqual([
      { ...old, reason: 'Warm' },
    ]);
    expect(setConditions([old], [{ type: 'a/b', status: 'False' }], options)).toEqual([
      { ...old, status: 'False', lastTransitionTime: finishedAt },
    ]);
    expect(setConditions([old], [{ type: 'c', status: 'True' }], options).map(({ type }) => type)).toEqual([
      'a/b',
      'c',
    ]);
  });

  test('go when the whole status is replaced', () => {
    expect(setConditions([old], [], { ...options, whole: true })).toEqual([]);
  });

  test('are never those of podd', () => {
    expect(setConditions([], [{ type: 'Ready', status: 'True' }], options)).toEqual([]);
  });
});

describe('a pod behind a Service', () => {
  const context = {
    uid: 'u',
    creationTimestamp: startedAt,
    nowMs: 0,
    now: startedAt,
    hostAddresses: [],
    conditions: [],
  };
  const spec = aSpec({ labels: { app: 'web', tier: 'front' } });
  const ready = derivePodStatus(spec, aView({ app: { instance: anInstance() } }), context);
  const service = (more: object, namespace = 'default'): ServiceManifest => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { ports: [{ port: 80 }], ...more },
  });
  const pod = (status = ready) => aPod({ status }, spec);

  test.each([
    ['that selects it', service({ selector: { app: 'web' } }), true],
    ['that selects others', service({ selector: { app: 'db' } }), false],
    ['without a selector', service({}), false],
    ['of another namespace', service({ selector: { app: 'web' } }, 'other'), false],
  ])('%s', (_name, one, expected) => {
    expect(isServed(pod(), [one])).toBe(expected);
  });

  test('is sent nothing while it is not ready, unless the Service wants that', () => {
    const unready = derivePodStatus(spec, aView(), context);
    expect(isServed(pod(unready), [service({ selector: { app: 'web' } })])).toBe(false);
    const all = service({ selector: { app: 'web' }, publishNotReadyAddresses: true });
    expect(isServed(pod(unready), [all])).toBe(true);
  });

  test('waits for the network, whatever that says', async () => {
    let isSettled = false;
    await leaveServices({
      settled: async () => {
        isSettled = true;
        throw new Error('refused');
      },
    });
    expect(isSettled).toBe(true);
  });
});

describe('what a pod asks for', () => {
  const asking = (name: string, cpuRequestMillis: number, role?: 'init' | 'sidecar') =>
    aContainer({ name, resources: { cpuRequestMillis }, ...(role === undefined ? {} : { role }) });

  test.each([
    ['the sum of those that run together', [asking('a', 100), asking('b', 50)], 150],
    ['no init container that is smaller', [asking('i', 120, 'init'), asking('a', 100), asking('b', 50)], 150],
    ['an init container that is larger', [asking('i', 200, 'init'), asking('a', 100)], 200],
    ['sidecars with the others', [asking('s', 30, 'sidecar'), asking('a', 100)], 130],
    [
      'an init container with the sidecars before it',
      [asking('s', 30, 'sidecar'), asking('i', 120, 'init'), asking('t', 9, 'sidecar'), asking('a', 100)],
      150,
    ],
  ])('is %s', (_name, containers, expected) => {
    expect(podResources({ containers }).cpuRequestMillis).toBe(expected);
    expect(mostAtOnce(containers, (there) => there.length)).toBeGreaterThan(0);
  });
});
