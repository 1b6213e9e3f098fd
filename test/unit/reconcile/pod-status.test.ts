import { describe, expect, test } from 'vitest';
import { gatedWords } from '../../../src/manifest/scheduling-gates.ts';
import type { ContainerSpec, PodSpec } from '../../../src/model/pod-spec.ts';
import { derivePodStatus } from '../../../src/reconcile/pod-status.ts';
import type { InstanceView, PodView } from '../../../src/reconcile/pod-view.ts';
import { aContainer, anExit, anInstance, aRun, aSpec, aView, finishedAt, startedAt } from './builders.ts';

const nowMs = 100_000;
const context = {
  uid: 'u-1',
  creationTimestamp: startedAt,
  nowMs,
  now: finishedAt,
  hostAddresses: [],
  generation: 1,
  conditions: [],
};
const statusOf = (view: PodView, spec: PodSpec = aSpec()) => derivePodStatus(spec, view, context);
const stateOf = (view: PodView, container: Partial<ContainerSpec> = {}) =>
  statusOf(view, aSpec({ containers: [aContainer(container)] })).containerStatuses[0];

const failed = anExit({ attempt: 2, exitCode: 3, reason: 'Error' });
const crashed = aRun({ attempt: 2, lastExit: failed, previousExit: anExit({ attempt: 1 }), backoffMs: 80_000 });
const running = aView({ app: { run: aRun({ attempt: 0 }), instance: anInstance() } });

describe('container states', () => {
  test.each([
    ['ContainerCreating before the first start', aView(), {}, { waiting: { reason: 'ContainerCreating' } }],
    [
      'ContainerCreating while it is launched',
      aView({ app: { instance: anInstance({ state: 'launching' }) } }),
      {},
      { waiting: { reason: 'ContainerCreating' } },
    ],
    ['running', running, {}, { running: { startedAt } }],
    [
      'CrashLoopBackOff with the delay',
      aView({ app: { run: crashed, restartAtMs: nowMs + 1 } }),
      {},
      {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: 'back-off 1m20s restarting failed container=app pod=web_default(u-1)',
        },
      },
    ],
    [
      'ErrImageNeverPull for an image',
      aView(),
      { root: { kind: 'image', reference: 'nginx' } },
      {
        waiting: {
          reason: 'ErrImageNeverPull',
          message: 'image nginx: this version cannot pull images; use image: host or rootfs',
        },
      },
    ],
    [
      'CreateContainerError with what was refused',
      aView({}, { failures: new Map([['startContainer app', { message: 'no rootfs', retryAtMs: 0, count: 1 }]]) }),
      {},
      { waiting: { reason: 'CreateContainerError', message: 'no rootfs' } },
    ],
    [
      'WaitingForNamespace while the owner does not run',
      aView(),
      { namespaces: { ...aContainer().namespaces, net: 'container:db' } },
      { waiting: { reason: 'WaitingForNamespace', message: 'container db, whose namespace it joins, does not run' } },
    ],
  ] as const)('%s', (_name, view, container, expected) => {
    expect(stateOf(view, container)?.state).toEqual(expected);
  });

  test('a pod behind gates is not scheduled, whatever else it waits for', () => {
    const gated = aContainer({ missing: [gatedWords], root: { kind: 'image', reference: 'nginx' } });
    const status = statusOf(aView(), aSpec({ containers: [gated] }));
    const scheduled = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: gatedWords };
    expect(status.phase).toBe('Pending');
    expect(status.conditions).toEqual([{ ...scheduled, lastTransitionTime: finishedAt }]);
    expect(status.containerStatuses).toEqual([]);
  });

  describe('of a volume whose Secret is not there', () => {
    const words = 'MountVolume.SetUp failed for volume "x" : secret "y" not found';
    const lacking = aContainer({ missing: [words, 'configmap "env" not found'] });
    const beside = aContainer({ name: 'beside' });
    const reasons = (view: PodView, ...containers: readonly ContainerSpec[]) => {
      const status = statusOf(view, aSpec({ containers }));
      const all = [...(status.initContainerStatuses ?? []), ...status.containerStatuses];
      return all.map(({ state }) => ('waiting' in state ? state.waiting.reason : Object.keys(state)[0]));
    };

    test('none of the pod’s containers is made', () => {
      expect(reasons(aView(), beside, lacking)).toEqual(['ContainerCreating', 'ContainerCreating']);
      expect(statusOf(aView(), aSpec({ containers: [beside, lacking] }))).toMatchObject({
        phase: 'Pending',
        containerStatuses: [
          { state: { waiting: { reason: 'ContainerCreating', message: words } } },
          { state: { waiting: { reason: 'ContainerCreating', message: words } } },
        ],
      });
    });

    test('a pod with init containers is initialising', () => {
      const view = aView({}, { life: { initialised: false } });
      const first = aContainer({ name: 'first', role: 'init', restartPolicy: 'OnFailure' });
      expect(reasons(view, first, lacking)).toEqual(['PodInitializing', 'PodInitializing']);
    });

    test('what runs already runs on', () => {
      const view = aView({ beside: { run: aRun({ attempt: 0 }), instance: anInstance({ spec: beside }) } });
      expect(reasons(view, beside, lacking)).toEqual(['running', 'ContainerCreating']);
    });

    test('a variable alone holds its container back, for its own reason', () => {
      const incomplete = aContainer({ missing: ['secret "y" not found'] });
      expect(reasons(aView(), beside, incomplete)).toEqual(['ContainerCreating', 'CreateContainerConfigError']);
    });
  });

  test('a finished container is terminated and tells of the run before', () => {
    expect(stateOf(aView({ app: { run: crashed } }), { restartPolicy: 'Never' })).toMatchObject({
      state: { terminated: { exitCode: 3, reason: 'Error', finishedAt, containerID: 'podctl://00000000000000aa' } },
      lastState: { terminated: { exitCode: 0, reason: 'Completed' } },
      restartCount: 2,
      ready: false,
    });
  });

  test('a restarted container tells of its last exit', () => {
    const view = aView({ app: { run: { ...crashed, attempt: 3 }, instance: anInstance({ attempt: 3 }) } });
    expect(stateOf(view)).toMatchObject({ restartCount: 3, ready: true, lastState: { terminated: { exitCode: 3 } } });
  });

  test('a lost status is Unknown and no success', () => {
    const lost = aRun({ attempt: 0, lastExit: anExit({ exitCode: 137, reason: 'Unknown' }) });
    const status = statusOf(
      aView({ app: { run: lost } }),
      aSpec({ containers: [aContainer({ restartPolicy: 'Never' })] }),
    );
    expect(status.phase).toBe('Failed');
    expect(status.containerStatuses[0]?.state).toMatchObject({ terminated: { reason: 'Unknown' } });
  });
});

describe('a container that is about to be ended is not ready, although all of it runs', () => {
  const other = { id: '00000000000000cc' };
  const follower = aContainer({ ns: { pid: 'container:owner' } });
  const joining = (owner: Partial<InstanceView>) => ({
    app: { instance: anInstance({ spec: follower, joined: { owner: other.id } }) },
    owner: { instance: anInstance(owner) },
  });
  test.each([
    ['it goes on', aContainer(), { app: { instance: anInstance() } }, true],
    [
      'it was asked to stop',
      aContainer(),
      { app: { instance: anInstance({ stop: { graceMs: 1, deadlineMs: 2 } }) } },
      false,
    ],
    ['its spec changed', aContainer({ procView: 'full' }), { app: { instance: anInstance() } }, false],
    ['its restart policy changed', aContainer({ restartPolicy: 'Never' }), { app: { instance: anInstance() } }, true],
    [
      'a restart is asked for',
      aContainer(),
      { app: { run: aRun({ restartId: anInstance().id }), instance: anInstance() } },
      false,
    ],
    ['a stop is asked for', aContainer(), { app: { run: aRun({ stopped: true }), instance: anInstance() } }, false],
    ['whose pid namespace it is in runs', follower, joining(other), true],
    ['whose pid namespace it was in runs anew', follower, joining({}), false],
  ] as const)('%s', (_name, container, containers, expected) => {
    const status = statusOf(aView(containers), aSpec({ containers: [container] }));
    expect(status.containerStatuses[0]).toMatchObject({ ready: expected, state: { running: { startedAt } } });
    expect(status.conditions.find(({ type }) => type === 'Ready')?.status).toBe(expected ? 'True' : 'False');
  });

  test('but in a pod that is being deleted it is as ready as its programs are', () => {
    const instance = anInstance({ stop: { graceMs: 1, deadlineMs: 2 } });
    const status = statusOf(aView({ app: { instance } }, { phase: 'terminating' }));
    expect(status.containerStatuses[0]?.ready).toBe(true);
  });
});

describe('phase', () => {
  const ended = (exitCode: number) => ({
    run: aRun({ attempt: 0, lastExit: anExit({ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }) }),
  });
  const pair = (policy: ContainerSpec['restartPolicy']) =>
    aSpec({ containers: ['a', 'b'].map((name) => aContainer({ name, restartPolicy: policy })) });
  const up = { instance: anInstance() };
  test.each([
    ['Pending before anything ran', 'Always', {}, {}, 'Pending'],
    ['Pending while one never ran', 'Always', up, {}, 'Pending'],
    ['Running when all run', 'Always', up, up, 'Running'],
    ['Running when one runs and one ended', 'Never', up, ended(1), 'Running'],
    ['Running while a restart is due', 'Always', ended(1), ended(0), 'Running'],
    ['Running while a failure is tried again', 'OnFailure', ended(1), ended(0), 'Running'],
    ['Succeeded when all ended well', 'OnFailure', ended(0), ended(0), 'Succeeded'],
    ['Failed when one of all failed', 'Never', ended(0), ended(2), 'Failed'],
  ] as const)('%s', (_name, policy, a, b, expected) => {
    expect(statusOf(aView({ a, b }), pair(policy)).phase).toBe(expected);
  });

  test.each([
    ['OnFailure', 'Running'],
    ['Never', 'Succeeded'],
  ] as const)('one that ended well for a failed probe is %s: %s', (policy, expected) => {
    const run = aRun({ attempt: 0, lastExit: anExit({ unhealthy: true }) });
    const spec = aSpec({ containers: [aContainer({ restartPolicy: policy })] });
    const status = statusOf(aView({ app: { run } }), spec);
    expect(status.phase).toBe(expected);
    expect(status.containerStatuses[0]?.state).not.toHaveProperty('terminated.unhealthy');
  });

  test('a deleted pod that had failed stays Failed', () => {
    const view = aView({ app: ended(1) }, { phase: 'terminating' });
    expect(statusOf(view).phase).toBe('Failed');
  });
});

describe('conditions', () => {
  const brief = (view: PodView) => statusOf(view).conditions.map(({ type, status }) => `${type}=${status}`);

  test('all are true while all containers run', () => {
    expect(brief(running)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
  });

  test('Ready names the containers that are not', () => {
    const ready = statusOf(aView()).conditions.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [app]',
    });
  });

  test('keep their transition time while their status stays', () => {
    const before = derivePodStatus(aSpec(), aView(), { ...context, now: startedAt });
    const after = derivePodStatus(aSpec(), running, { ...context, previous: before });
    expect(after.conditions.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([
      finishedAt,
      startedAt,
      finishedAt,
      finishedAt,
      startedAt,
    ]);
  });
});

describe('a pod whose claim is not there', () => {
  const words = 'persistentvolumeclaim "data" not found';
  const containers = [aContainer({ name: 'first', role: 'init' }), aContainer({ missing: [words] })];

  test('is not scheduled: no kubelet has seen it', () => {
    const seen = derivePodStatus(aSpec({ containers }), aView(), { ...context, hostAddresses: ['192.0.2.1'] });
    expect(seen).toEqual({
      phase: 'Pending',
      conditions: [
        {
          ...{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: words },
          lastTransitionTime: finishedAt,
        },
      ],
      containerStatuses: [],
      qosClass: 'BestEffort',
    });
  });

  test('that ran before stays where it is', () => {
    const seen = statusOf(aView({ app: { run: crashed } }), aSpec({ containers }));
    expect(seen.containerStatuses).toHaveLength(1);
    expect(seen.conditions).toContainEqual(expect.objectContaining({ type: 'PodScheduled', status: 'True' }));
  });
});

describe('quality of service', () => {
  test.each([
    ['BestEffort', {}],
    ['Burstable', { cpuRequestMillis: 100 }],
    ['Burstable', { cpuLimitMillis: 100, memoryLimitBytes: 1, memoryRequestBytes: 0.5 }],
    ['Guaranteed', { cpuLimitMillis: 100, memoryLimitBytes: 1 }],
  ] as const)('%s for %o', (expected, resources) => {
    expect(statusOf(aView(), aSpec({ containers: [aContainer({ resources })] })).qosClass).toBe(expected);
  });

  test.each([
    ['Guaranteed', { cpuLimitMillis: 100, memoryLimitBytes: 9 }, {}],
    ['Guaranteed', { cpuLimitMillis: 100, memoryLimitBytes: 9 }, { cpuRequestMillis: 100 }],
    ['Burstable', { cpuLimitMillis: 100, memoryLimitBytes: 9 }, { cpuRequestMillis: 50 }],
    ['Burstable', { memoryRequestBytes: 5 }, { cpuLimitMillis: 100, memoryLimitBytes: 1 }],
    ['Guaranteed', { pidsLimit: 9 }, { cpuLimitMillis: 100, memoryLimitBytes: 1 }],
    ['BestEffort', { pidsLimit: 9 }, {}],
  ] as const)('%s for a pod with %o whose container has %o', (expected, resources, ofContainer) => {
    const spec = aSpec({ resources, containers: [aContainer({ resources: ofContainer })] });
    expect(statusOf(aView(), spec).qosClass).toBe(expected);
  });
});
