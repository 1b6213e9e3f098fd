import { describe, expect, test } from 'vitest';
import type { ContainerSpec, PodSpec } from '../../../src/model/pod-spec.ts';
import type { PodCondition } from '../../../src/model/pod-status.ts';
import { derivePodStatus } from '../../../src/reconcile/pod-status.ts';
import type { ContainerView, PodView } from '../../../src/reconcile/pod-view.ts';
import { aContainer, anExit, anInstance, aRun, aSpec, aView, finishedAt, startedAt } from './builders.ts';

const nowMs = 100_000;
const context = { uid: 'u-1', creationTimestamp: startedAt, nowMs, now: finishedAt, hostAddresses: [], conditions: [] };
const never = { restartPolicy: 'Never' } as const;
const init = (name: string, change: Partial<ContainerSpec> = {}) =>
  aContainer({ name, role: 'init', restartPolicy: 'OnFailure', ...change });
const sidecar = (name: string) => aContainer({ name, role: 'sidecar' });
/** setup ─▶ log (sidecar) ─▶ app */
const staged = (change: Partial<ContainerSpec> = {}, more: Partial<PodSpec> = {}): PodSpec =>
  aSpec({ containers: [init('setup'), sidecar('log'), aContainer({ name: 'app', ...change })], ...more });

const live = (container: ContainerSpec, change: Parameters<typeof anInstance>[0] = {}): Partial<ContainerView> => ({
  run: aRun({ attempt: 0 }),
  instance: anInstance({ spec: container, ...change }),
});
const log = live(sidecar('log'));
const app = live(aContainer({ name: 'app' }));
const ended = (exitCode = 0): Partial<ContainerView> => ({
  run: aRun({ attempt: 0, lastExit: anExit({ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }) }),
});
const initialising = { life: { initialised: false } };

/** `phase · Initialized · Ready (reason) · states of init containers | of the others` */
function brief(view: PodView, spec = staged()): string {
  const status = derivePodStatus(spec, view, context);
  const condition = (type: string) => {
    const found = status.conditions.find((one) => one.type === type);
    return `${found?.status}${found?.reason === undefined ? '' : ` ${found.reason}`}`;
  };
  const words = (list: typeof status.containerStatuses = []) =>
    list
      .map(({ state, ready }) => {
        const word =
          'waiting' in state ? state.waiting.reason : 'running' in state ? 'running' : state.terminated.reason;
        return `${word}${ready ? '+' : ''}`;
      })
      .join(' ');
  const states = `${words(status.initContainerStatuses)} | ${words(status.containerStatuses)}`;
  return [status.phase, condition('Initialized'), condition('Ready'), states].join(' · ');
}

describe('a pod with init containers', () => {
  test.each<readonly [string, PodView, string]>([
    [
      'before anything',
      aView({}, initialising),
      'Pending · False ContainersNotInitialized · False ContainersNotReady · PodInitializing PodInitializing | PodInitializing',
    ],
    [
      'while the first runs',
      aView({ setup: live(init('setup')) }, initialising),
      'Pending · False ContainersNotInitialized · False ContainersNotReady · running PodInitializing | PodInitializing',
    ],
    [
      'while the first waits for its next try',
      aView(
        {
          setup: {
            run: aRun({
              attempt: 1,
              lastExit: anExit({ attempt: 1, exitCode: 1, reason: 'Error' }),
              backoffMs: 10_000,
            }),
            restartAtMs: nowMs + 10,
          },
        },
        initialising,
      ),
      'Pending · False ContainersNotInitialized · False ContainersNotReady · CrashLoopBackOff PodInitializing | PodInitializing',
    ],
    [
      'while the sidecar is not started',
      aView({ setup: ended(), log: live(sidecar('log'), { health: { started: false, ready: false } }) }, initialising),
      'Pending · False ContainersNotInitialized · False ContainersNotReady · Completed+ running | PodInitializing',
    ],
    [
      'when the others are to start',
      aView({ setup: ended(), log }),
      'Pending · True · False ContainersNotReady · Completed+ running+ | PodInitializing',
    ],
    ['when all run', aView({ setup: ended(), log, app }), 'Running · True · True · Completed+ running+ | running+'],
    [
      'when the sidecar is not ready',
      aView({ setup: ended(), log: live(sidecar('log'), { health: { started: true, ready: false } }), app }),
      'Running · True · False ContainersNotReady · Completed+ running | running+',
    ],
    [
      'when the sidecar crashed',
      aView({ setup: ended(), log: ended(1), app }),
      'Running · True · False ContainersNotReady · Completed+ Error | running+',
    ],
  ])('%s', (_name, view, expected) => {
    expect(brief(view)).toBe(expected);
  });

  test.each<readonly [string, PodView, string]>([
    [
      'an init container that failed for good fails it',
      aView({ setup: ended(3) }, initialising),
      'Failed · False ContainersNotInitialized · False PodFailed · Error PodInitializing | PodInitializing',
    ],
    [
      'it runs on while sidecars do, though its main container has ended',
      aView({ setup: ended(), log, app: ended() }),
      'Running · True · False ContainersNotReady · Completed+ running+ | Completed',
    ],
    [
      'it succeeds with its main container, however the sidecar ended',
      aView({ setup: ended(), log: ended(143), app: ended() }),
      'Succeeded · True PodCompleted · False PodCompleted · Completed+ Error | Completed',
    ],
    [
      'it fails with its main container',
      aView({ setup: ended(), log: ended(), app: ended(2) }),
      'Failed · True · False PodFailed · Completed+ Completed | Error',
    ],
  ])('with policy Never: %s', (_name, view, expected) => {
    const containers = [init('setup', never), sidecar('log'), aContainer({ name: 'app', ...never })];
    expect(brief(view, aSpec({ containers, ...never }))).toBe(expected);
  });

  test('says which containers are not through', () => {
    const { conditions } = derivePodStatus(staged(), aView({}, initialising), context);
    expect(conditions.find(({ type }) => type === 'Initialized')).toMatchObject({
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [setup log]',
    });
  });

  test('a pod without them has no such statuses', () => {
    expect(derivePodStatus(aSpec(), aView(), context)).not.toHaveProperty('initContainerStatuses');
  });
});

test('a pod that was active too long says so', () => {
  const failure = { reason: 'DeadlineExceeded', message: 'too long' };
  const view = aView({ app }, { life: { initialised: true, failure } });
  expect(derivePodStatus(aSpec(), view, context)).toMatchObject({ phase: 'Failed', ...failure });
});

test('while all containers are restarted those that have ended say so', () => {
  const view = aView({ setup: ended(), log, app: ended(42) }, { life: { initialised: true, restartAll: true } });
  expect(
    brief(view, staged({ ...never, restartRules: [{ action: 'RestartAllContainers', operator: 'In', values: [42] }] })),
  ).toBe('Running · True · False ContainersNotReady · Completed+ running+ | RestartingAllContainers');
});

describe('readiness gates', () => {
  const spec = aSpec({ readinessGates: ['example.com/lb'] });
  const readyWith = (conditions: readonly PodCondition[]) =>
    derivePodStatus(spec, aView({ app }), { ...context, conditions }).conditions.find(({ type }) => type === 'Ready');
  const given = (status: PodCondition['status']): PodCondition => ({
    type: 'example.com/lb',
    status,
    lastTransitionTime: startedAt,
  });

  test('hold the pod back until their conditions are True', () => {
    expect(readyWith([])).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
    });
    expect(readyWith([given('False')])).toMatchObject({
      reason: 'ReadinessGatesNotReady',
      message: 'the status of pod readiness gate "example.com/lb" is not "True", but False',
    });
    expect(readyWith([given('True')])).toMatchObject({ status: 'True' });
  });

  test('do not concern the containers, and their conditions are shown', () => {
    const { conditions } = derivePodStatus(spec, aView({ app }), { ...context, conditions: [given('False')] });
    expect(conditions.find(({ type }) => type === 'ContainersReady')?.status).toBe('True');
    expect(conditions.at(-1)).toEqual(given('False'));
  });
});
