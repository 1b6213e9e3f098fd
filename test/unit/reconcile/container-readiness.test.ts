import { describe, expect, test } from 'vitest';
import type { ContainerSpec } from '../../../src/model/pod-spec.ts';
import type { ProgramState } from '../../../src/protocol/init.ts';
import { describeUnready, unreadyPrograms } from '../../../src/reconcile/container-readiness.ts';
import { derivePodStatus } from '../../../src/reconcile/pod-status.ts';
import {
  aContainer,
  anExit,
  anInstance,
  aProgram,
  aRun,
  aSpec,
  aState,
  aView,
  finishedAt,
  startedAt,
  withPrograms,
} from './builders.ts';

const at = finishedAt;
const web = aProgram('web');
const exited = (exitCode: number, more: Partial<ProgramState['lastExit'] & object> = {}) =>
  aState('web', { state: 'EXITED', ready: false, lastExit: { exitCode, at, ...more } });

describe('a program keeps its container from being ready', () => {
  const cases: readonly (readonly [string, ContainerSpec, ProgramState, boolean])[] = [
    ['not when it is ready', withPrograms(web), aState('web'), false],
    ['when it runs and is not ready', withPrograms(web), aState('web', { ready: false }), true],
    ['when it waits', withPrograms(web), aState('web', { state: 'WAITING', ready: false }), true],
    ['when it is in back-off', withPrograms(web), aState('web', { state: 'BACKOFF', ready: false }), true],
    ['when it is FATAL', withPrograms(web), aState('web', { state: 'FATAL', ready: false }), true],
    ['not when a user stopped it', withPrograms(web), aState('web', { state: 'STOPPED', ready: false }), false],
    [
      'not when it waits for its schedule',
      withPrograms(web),
      aState('web', { state: 'WAITING', ready: false, scheduled: true }),
      false,
    ],
    ['not when it ended as expected', withPrograms(web), exited(3, { expected: true }), false],
    ['when it ended otherwise', withPrograms(web), exited(0, { expected: false }), true],
    ['when nobody judged its end', withPrograms(web), exited(0), true],
    ['not when it is being removed', withPrograms(aProgram('db')), aState('web', { ready: false }), false],
    ['when it is the one of a plain container and not ready', aContainer(), aState('main', { ready: false }), true],
    [
      'when it is the one of a plain container and stopped',
      aContainer(),
      aState('main', { state: 'STOPPED', ready: false }),
      true,
    ],
  ];
  test.each(cases)('%s', (_name, container, state, expected) => {
    expect(unreadyPrograms(container, [state]).length > 0).toBe(expected);
  });
});

test('describeUnready names three and counts the rest', () => {
  const states = ['a', 'b', 'c', 'd', 'e'].map((name) => aState(name, { state: 'WAITING', message: 'waits for x' }));
  expect(describeUnready(states)).toBe(
    'a is WAITING (waits for x), b is WAITING (waits for x), c is WAITING (waits for x) and 2 more',
  );
});

describe('the status of a container with processes', () => {
  const spec = aSpec({ containers: [withPrograms(web)] });
  const statusOf = (view: Parameters<typeof derivePodStatus>[1], of = spec) =>
    derivePodStatus(of, view, {
      ...{ uid: 'u', creationTimestamp: startedAt, nowMs: 0, now: finishedAt },
      ...{ hostAddresses: [], conditions: [] },
    });
  const running = (programs: readonly ProgramState[]) =>
    aView({ app: { instance: anInstance({ spec: withPrograms(web), programs }) } });

  test('shows its programs while it runs', () => {
    const [container] = statusOf(running([aState('web')])).containerStatuses;
    expect(container).toMatchObject({ ready: true, programs: [{ name: 'web', state: 'RUNNING' }] });
    expect(statusOf(aView()).containerStatuses[0]).not.toHaveProperty('programs');
  });

  test('shows none of a plain command', () => {
    const view = aView({ app: { instance: anInstance({ programs: [aState('main')] }) } });
    expect(statusOf(view, aSpec()).containerStatuses[0]).not.toHaveProperty('programs');
  });

  const stopped = {
    ...aRun({ attempt: 0, lastExit: anExit({ exitCode: 143, signal: 15, reason: 'Error' }) }),
    stopped: true,
  };
  const condition = (status: ReturnType<typeof statusOf>) => status.conditions.find(({ type }) => type === 'Ready');

  test('tells of a stopped pod, which is neither failed nor done', () => {
    const status = statusOf(aView({ app: { run: stopped } }));
    expect(status).toMatchObject({ phase: 'Pending', reason: 'Stopped' });
    expect(status.containerStatuses[0]).toMatchObject({ ready: false, state: { terminated: { exitCode: 143 } } });
    expect(condition(status)).toMatchObject({ status: 'False', reason: 'Stopped' });
  });

  test('tells of one that was stopped before it ever ran', () => {
    const status = statusOf(aView({ app: { run: aRun({ stopped: true }) } }));
    expect(status).toMatchObject({ phase: 'Pending', reason: 'Stopped' });
    expect(status.containerStatuses[0]?.state).toMatchObject({ waiting: { reason: 'Stopped' } });
  });

  test('is Running while another container runs', () => {
    const two = aSpec({ containers: [aContainer({ name: 'a' }), aContainer({ name: 'b' })] });
    const status = statusOf(aView({ a: { run: aRun({ stopped: true }) }, b: { instance: anInstance() } }), two);
    expect(status.phase).toBe('Running');
    expect(status).not.toHaveProperty('reason');
    expect(condition(status)).toMatchObject({ reason: 'Stopped', message: 'containers stopped by request: [a]' });
  });

  const paused = { paused: true, ready: false, message: 'paused by request' };

  test('is paused when all its programs are, and so is its pod', () => {
    const status = statusOf(running([aState('web', paused)]));
    expect(status).toMatchObject({ phase: 'Running', reason: 'Paused' });
    expect(status.containerStatuses[0]).toMatchObject({ paused: true, ready: false, started: true });
    const message = 'containers paused by request: [app]';
    expect(condition(status)).toMatchObject({ status: 'False', reason: 'Paused', message });
  });

  test('is not ready for one program that is paused, and says why', () => {
    const status = statusOf(running([aState('web', paused), aState('other')]));
    expect(status).not.toHaveProperty('reason');
    expect(status.containerStatuses[0]).not.toHaveProperty('paused');
    const message = 'containers with unready status: [app]; app: web is RUNNING (paused by request)';
    expect(condition(status)).toMatchObject({ reason: 'ContainersNotReady', message });
  });

  test('is not paused as a pod while another container goes on', () => {
    const two = aSpec({ containers: [aContainer({ name: 'a' }), aContainer({ name: 'b' })] });
    const a = anInstance({ programs: [aState('main', paused)] });
    const status = statusOf(aView({ a: { instance: a }, b: { instance: anInstance() } }), two);
    expect(status).not.toHaveProperty('reason');
    expect(condition(status)).toMatchObject({ reason: 'Paused', message: 'containers paused by request: [a]' });
  });

  test('is Failed when it is deleted while it is stopped', () => {
    expect(statusOf(aView({ app: { run: stopped } }, { phase: 'terminating' })).phase).toBe('Failed');
  });
});
