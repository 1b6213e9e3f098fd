import { describe, expect, test } from 'vitest';
import type { PodSpec } from '../../../src/model/pod-spec.ts';
import { type Decision, decide } from '../../../src/reconcile/decide.ts';
import type { PodView } from '../../../src/reconcile/pod-view.ts';
import { aContainer, anExit, anInstance, aRun, aSpec, aView } from './builders.ts';

interface Case {
  readonly name: string;
  readonly spec?: PodSpec;
  readonly view: PodView;
  readonly expected: Decision;
}

const now = 100_000;
const id = '00000000000000bb';
const settled: Decision = { kind: 'settled' };
const act = (...actions: Extract<Decision, { kind: 'act' }>['actions']): Decision => ({ kind: 'act', actions });
const stop = (container: string, why: string, graceMs = 30_000) =>
  ({ action: 'stopContainer', container, id, graceMs, why }) as const;

const ended = (attempt: number, exitCode: number) =>
  aRun({ attempt, lastExit: anExit({ attempt, exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }) });
const two = (second: Parameters<typeof aContainer>[0], first: Parameters<typeof aContainer>[0] = {}): PodSpec =>
  aSpec({ containers: [aContainer({ name: 'a', ...first }), aContainer({ name: 'b', ...second })] });
const bothStart = act(
  { action: 'startContainer', container: 'a', attempt: 0 },
  { action: 'startContainer', container: 'b', attempt: 0 },
);
const startA = act({ action: 'startContainer', container: 'a', attempt: 0 });
const startB = act({ action: 'startContainer', container: 'b', attempt: 0 });
const inPod = { ns: { pid: 'pod' } } as const;
const inA = { ns: { pid: 'container:a' } } as const;

const cases: readonly Case[] = [
  {
    name: 'starts what never ran',
    view: aView(),
    expected: act({ action: 'startContainer', container: 'app', attempt: 0 }),
  },
  { name: 'leaves what runs alone', view: aView({ app: { instance: anInstance() } }), expected: settled },
  {
    name: 'waits for a launch',
    view: aView({ app: { instance: anInstance({ state: 'launching' }) } }),
    expected: settled,
  },
  {
    name: 'removes what ended before it starts it again',
    view: aView({ app: { run: ended(0, 1), instance: anInstance({ state: 'exited' }) } }),
    expected: act({ action: 'removeContainer', container: 'app', id }),
  },
  {
    name: 'restarts with the next attempt',
    view: aView({ app: { run: ended(3, 1) } }),
    expected: act({ action: 'startContainer', container: 'app', attempt: 4 }),
  },
  {
    name: 'uses the attempt again whose start never came to pass',
    view: aView({ app: { run: aRun({ attempt: 2, lastExit: anExit({ attempt: 1 }) }) } }),
    expected: act({ action: 'startContainer', container: 'app', attempt: 2 }),
  },
  {
    name: 'waits for the back-off',
    view: aView({ app: { run: ended(3, 1), restartAtMs: now + 500 } }),
    expected: { kind: 'wait', untilMs: now + 500, why: 'back-off of app' },
  },
  {
    name: 'leaves a container that ended for good',
    spec: aSpec({ containers: [aContainer({ restartPolicy: 'Never' })] }),
    view: aView({ app: { run: ended(0, 1) } }),
    expected: settled,
  },
  {
    name: 'leaves a success under OnFailure',
    spec: aSpec({ containers: [aContainer({ restartPolicy: 'OnFailure' })] }),
    view: aView({ app: { run: ended(0, 0) } }),
    expected: settled,
  },
  {
    name: 'starts a finished container whose spec changed',
    spec: aSpec({ containers: [aContainer({ restartPolicy: 'Never' })] }),
    view: aView({ app: { run: { ...ended(0, 0), startAnyway: true } } }),
    expected: act({ action: 'startContainer', container: 'app', attempt: 1 }),
  },
  {
    name: 'never starts an image',
    spec: aSpec({ containers: [aContainer({ root: { kind: 'image', reference: 'nginx' } })] }),
    view: aView(),
    expected: settled,
  },
  { name: 'starts nothing while the pod before it ends', view: aView({}, { held: true }), expected: settled },
  {
    name: 'holds back a start that failed lately',
    view: aView({}, { failures: new Map([['startContainer app', { message: 'no', retryAtMs: now + 1, count: 1 }]]) }),
    expected: { kind: 'wait', untilMs: now + 1, why: 'retry of startContainer app' },
  },
  {
    name: 'tries a failed start again when it is time',
    view: aView({}, { failures: new Map([['startContainer app', { message: 'no', retryAtMs: now, count: 1 }]]) }),
    expected: act({ action: 'startContainer', container: 'app', attempt: 0 }),
  },
  {
    name: 'stops a container whose programs changed',
    view: aView({ app: { instance: anInstance({ spec: aContainer({ programs: [] }) }) } }),
    expected: act(stop('app', 'its spec changed')),
  },
  {
    name: 'changes resources in place',
    view: aView({ app: { instance: anInstance({ spec: aContainer({ resources: { cpuLimitMillis: 10 } }) }) } }),
    expected: act({ action: 'updateResources', container: 'app', id }),
  },
  {
    name: 'does nothing for a changed port or policy',
    view: aView({
      app: {
        instance: anInstance({
          spec: aContainer({ restartPolicy: 'Never', ports: [{ containerPort: 1, protocol: 'TCP' }] }),
        }),
      },
    }),
    expected: settled,
  },
  {
    name: 'stops a container that is no longer wanted',
    view: aView({ app: { instance: anInstance() }, old: { instance: anInstance() } }),
    expected: act(stop('old', 'it is no longer in the pod')),
  },
  {
    name: 'waits for a stop under way',
    view: aView({
      app: { instance: anInstance({ spec: aContainer({ programs: [] }), stop: { graceMs: 1, deadlineMs: now + 9 } }) },
    }),
    expected: { kind: 'wait', untilMs: now + 9, why: 'end of app' },
  },
  {
    name: 'kills what does not stop in time',
    view: aView({ app: { instance: anInstance({ stop: { graceMs: 1, deadlineMs: now } }) } }),
    expected: act({ action: 'killContainer', container: 'app', id }),
  },
  { name: 'starts independent containers at once', spec: two({}), view: aView(), expected: bothStart },
  { name: 'starts the owner of a joined namespace first', spec: two(inA), view: aView(), expected: startA },
  {
    name: 'waits until the owner is ready',
    spec: two(inA),
    view: aView({ a: { instance: anInstance({ state: 'launching' }) } }),
    expected: settled,
  },
  {
    name: 'joins an owner that runs',
    spec: two(inA),
    view: aView({ a: { instance: anInstance() } }),
    expected: startB,
  },
  {
    name: 'does not join an owner that is being stopped',
    spec: two(inA),
    view: aView({ a: { instance: anInstance({ stop: { graceMs: 1, deadlineMs: now + 5 } }) } }),
    expected: { kind: 'wait', untilMs: now + 5, why: 'end of a' },
  },
  {
    name: 'restarts a container whose namespace owner was started anew',
    spec: two({ ns: { net: 'container:a' } }),
    view: aView({
      a: { instance: anInstance({ id: '00000000000000cc' }) },
      b: {
        instance: anInstance({ spec: aContainer({ name: 'b', ns: { net: 'container:a' } }), joined: { a: 'gone' } }),
      },
    }),
    expected: act(stop('b', 'a, whose namespace it joined, was started anew')),
  },
  {
    name: 'leaves a container in the namespace of an owner that ended for good',
    spec: two({ ns: { net: 'container:a' } }, { restartPolicy: 'Never' }),
    view: aView({
      a: { run: ended(0, 0) },
      b: {
        instance: anInstance({ spec: aContainer({ name: 'b', ns: { net: 'container:a' } }), joined: { a: 'gone' } }),
      },
    }),
    expected: settled,
  },
  {
    name: 'starts the PID 1 of a shared pid namespace before its users',
    spec: aSpec({ containers: [aContainer(inPod)] }),
    view: aView(),
    expected: act({ action: 'startPodInit', attempt: 0 }),
  },
  {
    name: 'starts the users when the shared PID 1 runs',
    spec: aSpec({ containers: [aContainer(inPod)] }),
    view: aView({ _pod: { instance: anInstance() } }),
    expected: act({ action: 'startContainer', container: 'app', attempt: 0 }),
  },
  {
    name: 'stops the shared PID 1 when its users ended for good',
    spec: aSpec({ containers: [aContainer({ ...inPod, restartPolicy: 'Never' })] }),
    view: aView({ _pod: { instance: anInstance() }, app: { run: ended(0, 0) } }),
    expected: act(stop('_pod', 'the containers that it serves have ended')),
  },
  {
    name: 'lets only the first make a shared mount namespace',
    spec: two({ ns: { mnt: 'pod' } }, { ns: { mnt: 'pod' } }),
    view: aView(),
    expected: startA,
  },
  {
    name: 'lets the second join the shared mount namespace when it is made',
    spec: two({ ns: { mnt: 'pod' } }, { ns: { mnt: 'pod' } }),
    view: aView({ a: { instance: anInstance({ spec: aContainer({ name: 'a', ns: { mnt: 'pod' } }) }) } }),
    expected: startB,
  },
  {
    name: 'lets go of the sandbox of a pod that ended',
    spec: aSpec({ containers: [aContainer({ restartPolicy: 'Never' })] }),
    view: aView({ app: { run: ended(0, 0) } }, { sandboxHeld: true }),
    expected: act({ action: 'dropSandbox' }),
  },
  {
    name: 'keeps the sandbox while a container is in back-off',
    view: aView({ app: { run: ended(0, 1), restartAtMs: now + 1 } }, { sandboxHeld: true }),
    expected: { kind: 'wait', untilMs: now + 1, why: 'back-off of app' },
  },
  {
    name: 'starts no second container while the only holder of a lost sandbox is being launched',
    spec: two({}),
    view: aView({ a: { instance: anInstance({ state: 'launching' }) } }, { sandboxLost: true }),
    expected: settled,
  },
];

const deletion = { graceMs: 5_000, deadlineMs: now + 4_000 };
const terminating = (containers: Parameters<typeof aView>[0], change: Parameters<typeof aView>[1] = {}) =>
  aView(containers, { phase: 'terminating', deletion, ...change });
const inside = anInstance({ spec: aContainer({ name: 'b', ...inA }), joined: { a: id } });

const endings: readonly Case[] = [
  { name: 'starts nothing', view: terminating({ app: { run: ended(0, 1) } }), expected: act({ action: 'forgetPod' }) },
  {
    name: 'stops what runs with the grace of the deletion',
    view: terminating({ app: { instance: anInstance() } }),
    expected: act(stop('app', 'the pod is deleted', 5_000)),
  },
  {
    name: 'hands on a shorter grace',
    view: terminating({ app: { instance: anInstance({ stop: { graceMs: 30_000, deadlineMs: now + 20_000 } }) } }),
    expected: act(stop('app', 'the pod is deleted', 5_000)),
  },
  {
    name: 'does not ask twice',
    view: terminating({ app: { instance: anInstance({ stop: { graceMs: 5_000, deadlineMs: now + 7 } }) } }),
    expected: { kind: 'wait', untilMs: now + 7, why: 'end of app' },
  },
  {
    name: 'kills what is overdue',
    view: terminating({ app: { instance: anInstance({ stop: { graceMs: 5_000, deadlineMs: now } }) } }),
    expected: act({ action: 'killContainer', container: 'app', id }),
  },
  {
    name: 'stops those inside a pid namespace before its owner',
    view: terminating({ a: { instance: anInstance() }, b: { instance: inside } }),
    expected: act(stop('b', 'the pod is deleted', 5_000)),
  },
  {
    name: 'gives the owner what is left of the grace',
    view: terminating({ a: { instance: anInstance() }, b: { instance: { ...inside, state: 'exited' } } }),
    expected: act(stop('a', 'the pod is deleted', 4_000), { action: 'removeContainer', container: 'b', id }),
  },
  {
    name: 'does not ask the owner again while its time runs',
    view: terminating({ _pod: { instance: anInstance({ stop: { graceMs: 4_500, deadlineMs: now + 6_000 } }) } }),
    expected: { kind: 'wait', untilMs: now + 6_000, why: 'end of _pod' },
  },
  {
    name: 'drops the sandbox, then forgets the pod',
    view: terminating({}, { sandboxHeld: true }),
    expected: act({ action: 'dropSandbox' }),
  },
];

describe('decide for a pod that is wanted', () => {
  test.each(cases)('$name', ({ spec = aSpec(), view, expected }) => {
    expect(decide(spec, view, now)).toEqual(expected);
  });
});

describe('decide for a pod that is being deleted', () => {
  test.each(endings)('$name', ({ spec = aSpec(), view, expected }) => {
    expect(decide(spec, view, now)).toEqual(expected);
  });
});

describe('the bandwidth of a link', () => {
  const bandwidth = { ingressBps: 1_000_000 };
  const addresses = { ipv4: '10.99.0.1' };
  const running = { app: { run: aRun({ attempt: 0 }), instance: anInstance() } };
  const limit = { kind: 'act', actions: [{ action: 'limitLink' }] };
  test.each([
    ['is seen to once a container runs', { bandwidth }, {}, limit],
    ['that is known is left alone', { bandwidth }, { limited: bandwidth }, { kind: 'settled' }],
    ['that is another now is changed', { bandwidth }, { limited: { egressBps: 5 } }, limit],
    ['that is not wanted any more is taken away', {}, { limited: bandwidth }, limit],
    ['that nobody wants is not asked for', {}, {}, { kind: 'settled' }],
  ])('%s', (_what, spec, view, expected) => {
    expect(decide(aSpec(spec), aView(running, { addresses, ...view }), 0)).toEqual(expected);
  });

  test('waits for a container, and for an address', () => {
    const launching = { app: { run: aRun({ attempt: 0 }), instance: anInstance({ state: 'launching' }) } };
    expect(decide(aSpec({ bandwidth }), aView(launching, { addresses }), 0)).toEqual({ kind: 'settled' });
    expect(decide(aSpec({ bandwidth }), aView(running), 0)).toEqual({ kind: 'settled' });
  });
});
