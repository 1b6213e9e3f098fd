import { describe, expect, test } from 'vitest';
import type { RestartRule } from '../../../src/model/lifecycle-spec.ts';
import type { ContainerSpec, PodSpec } from '../../../src/model/pod-spec.ts';
import { type Decision, decide } from '../../../src/reconcile/decide.ts';
import { isOver, nextLife } from '../../../src/reconcile/pod-life.ts';
import type { ContainerView, InstanceView, PodView } from '../../../src/reconcile/pod-view.ts';
import { aContainer, anExit, anInstance, aRun, aSpec, aView } from './builders.ts';

const now = 100_000;
const id = '00000000000000bb';
const settled: Decision = { kind: 'settled' };
const act = (...actions: Extract<Decision, { kind: 'act' }>['actions']): Decision => ({ kind: 'act', actions });
const start = (container: string, attempt = 0) => act({ action: 'startContainer', container, attempt });
const stop = (container: string, why: string, graceMs = 30_000, final = true) =>
  ({ action: 'stopContainer', container, id, graceMs, why, ...(final ? { final } : {}) }) as const;

const init = (name: string, change: Partial<ContainerSpec> = {}) =>
  aContainer({ name, role: 'init', restartPolicy: 'OnFailure', ...change });
const sidecar = (name: string) => aContainer({ name, role: 'sidecar' });
const main = (name = 'app', change: Partial<ContainerSpec> = {}) => aContainer({ name, ...change });
const job = { restartPolicy: 'Never' } as const;
/** first ─▶ log (sidecar) ─▶ second ─▶ app */
const staged = (change: Partial<ContainerSpec> = {}): PodSpec =>
  aSpec({ containers: [init('first'), sidecar('log'), init('second'), main('app', change)] });

const live = (change: Parameters<typeof anInstance>[0] = {}): Partial<ContainerView> => ({
  run: aRun({ attempt: 0 }),
  instance: anInstance(change),
});
const ended = (exitCode = 0): Partial<ContainerView> => ({
  run: aRun({ attempt: 0, lastExit: anExit({ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }) }),
});
const initialising = { life: { initialised: false } };

/** Instances run what is wanted of them, unless a test says otherwise. */
function decideOn(spec: PodSpec, view: PodView): Decision {
  const containers = [...view.containers].map(([name, seen]): [string, ContainerView] => {
    const wanted = spec.containers.find((container) => container.name === name);
    const isDefault = seen.instance?.spec?.name === 'app';
    return [
      name,
      isDefault && wanted ? { ...seen, instance: { ...seen.instance, spec: wanted } as InstanceView } : seen,
    ];
  });
  return decide(spec, { ...view, containers: new Map(containers) }, now);
}

interface Case {
  readonly name: string;
  readonly spec?: PodSpec;
  readonly view: PodView;
  readonly expected: Decision;
}

const noSecret = { missing: ['MountVolume.SetUp failed for volume "x" : secret "y" not found'] };

test.each<Case>([
  {
    name: 'nothing starts of a pod whose volumes cannot be mounted',
    spec: aSpec({ containers: [main(), main('other', noSecret)] }),
    view: aView(),
    expected: settled,
  },
  {
    name: 'no init container either',
    spec: staged(noSecret),
    view: aView({}, initialising),
    expected: settled,
  },
  {
    name: 'what was mounted once stays: the others start again',
    spec: aSpec({ containers: [main(), main('other', noSecret)] }),
    view: aView({ app: ended(1), other: live() }),
    expected: start('app', 1),
  },
])('$name', ({ spec, view, expected }) => {
  expect(decideOn(spec ?? staged(), view)).toEqual(expected);
});

const order: readonly Case[] = [
  { name: 'the first init container starts alone', view: aView({}, initialising), expected: start('first') },
  {
    name: 'nothing starts beside an init container that runs',
    view: aView({ first: live() }, initialising),
    expected: settled,
  },
  {
    name: 'a sidecar starts when those before it have succeeded',
    view: aView({ first: ended() }, initialising),
    expected: start('log'),
  },
  {
    name: 'what follows a sidecar waits for its program',
    view: aView({ first: ended(), log: live({ state: 'launching' }) }, initialising),
    expected: settled,
  },
  {
    name: 'what follows a sidecar waits for its startup probe',
    view: aView({ first: ended(), log: live({ health: { started: false, ready: false } }) }, initialising),
    expected: settled,
  },
  {
    name: 'a sidecar need not be ready for what follows it',
    view: aView({ first: ended(), log: live({ health: { started: true, ready: false } }) }, initialising),
    expected: start('second'),
  },
  {
    name: 'a sidecar that crashed meanwhile starts again beside the init container after it',
    view: aView({ first: ended(), log: ended(1), second: live() }, initialising),
    expected: start('log', 1),
  },
  {
    name: 'an init container that failed is tried again',
    view: aView({ first: ended(7) }, initialising),
    expected: start('first', 1),
  },
  {
    name: 'it sits out its back-off',
    view: aView({ first: { ...ended(7), restartAtMs: now + 10 } }, initialising),
    expected: { kind: 'wait', untilMs: now + 10, why: 'back-off of first' },
  },
  {
    name: 'main containers start when the pod is initialised',
    view: aView({ first: ended(), log: live(), second: ended() }),
    expected: start('app'),
  },
  {
    name: 'a main container starts again, whatever its sidecar does',
    view: aView({ first: ended(), log: { ...ended(1), restartAtMs: now + 10 }, second: ended(), app: ended(1) }),
    expected: start('app', 1),
  },
  {
    name: 'an init container that was added later does not run',
    view: aView({ log: live(), app: live() }),
    expected: settled,
  },
  {
    name: 'an init container that is changed while it runs starts anew',
    view: aView({ first: live({ spec: init('first', { root: { kind: 'rootfs', path: '/x' } }) }) }, initialising),
    expected: act(stop('first', 'its spec changed', 30_000, false)),
  },
];

describe('the order of starts', () => {
  test.each(order)('$name', ({ spec = staged(), view, expected }) => {
    expect(decideOn(spec, view)).toEqual(expected);
  });
});

const served = 'the containers that it serves have ended';
const twoSidecars: PodSpec = aSpec({ containers: [sidecar('one'), sidecar('two'), main('app', job)] });
const ends: readonly Case[] = [
  {
    name: 'sidecars stay while a main container is to run again',
    spec: staged(),
    view: aView({ first: ended(), log: live(), second: ended(), app: { ...ended(1), restartAtMs: now + 10 } }),
    expected: { kind: 'wait', untilMs: now + 10, why: 'back-off of app' },
  },
  {
    name: 'the last sidecar ends first when the main containers have ended',
    spec: twoSidecars,
    view: aView({ one: live(), two: live(), app: ended() }),
    expected: act(stop('two', served)),
  },
  {
    name: 'then the one before it',
    spec: twoSidecars,
    view: aView(
      { one: live(), two: ended(143), app: ended() },
      { ending: { graceMs: 30_000, deadlineMs: now + 9_000 } },
    ),
    expected: act(stop('one', served, 9_000)),
  },
  {
    name: 'when the time is over all that are left end together',
    spec: twoSidecars,
    view: aView(
      { one: live(), two: live({ stop: { graceMs: 30_000, deadlineMs: now + 2_000 } }), app: ended() },
      { ending: { graceMs: 30_000, deadlineMs: now } },
    ),
    expected: act(stop('one', served, 2_000)),
  },
  {
    name: 'a sidecar that ended with the pod is not started again',
    spec: twoSidecars,
    view: aView({ one: ended(143), two: ended(143), app: ended() }),
    expected: settled,
  },
  {
    name: 'the namespaces go with the last sidecar',
    spec: twoSidecars,
    view: aView({ one: ended(143), two: ended(143), app: ended() }, { sandboxHeld: true }),
    expected: act({ action: 'dropSandbox' }),
  },
  {
    name: 'an init container that failed for good ends the pod',
    spec: aSpec({ containers: [sidecar('log'), init('first', job), main('app', job)] }),
    view: aView({ log: live(), first: ended(3) }, initialising),
    expected: act(stop('log', 'an init container has failed')),
  },
  {
    name: 'a deleted pod stops its main containers together and first',
    spec: aSpec({ containers: [sidecar('log'), main('a'), main('b')] }),
    view: aView(
      { log: live(), a: live(), b: live() },
      { phase: 'terminating', deletion: { graceMs: 30_000, deadlineMs: now + 30_000 } },
    ),
    expected: act(...['a', 'b'].map((name) => stop(name, 'the pod is deleted', 30_000, false))),
  },
  {
    name: 'and then its sidecars with what is left of the grace',
    spec: aSpec({ containers: [sidecar('log'), main('a'), main('b')] }),
    view: aView(
      { log: live(), a: ended(143), b: ended(143) },
      { phase: 'terminating', deletion: { graceMs: 30_000, deadlineMs: now + 20_000 } },
    ),
    expected: act(stop('log', 'the pod is deleted', 20_000, false)),
  },
  {
    name: 'nothing of a deleted pod is stopped while connections may still be sent to it',
    spec: staged(),
    view: aView({ app: live() }, { phase: 'terminating', leaving: true, deletion: { graceMs: 9, deadlineMs: now } }),
    expected: settled,
  },
  {
    name: 'a sidecar that a user stopped with the pod waits for the main containers',
    spec: aSpec({ containers: [sidecar('log'), main()] }),
    view: aView({
      log: { ...live(), run: aRun({ attempt: 0, stopped: true }) },
      app: { ...live(), run: aRun({ attempt: 0, stopped: true }) },
    }),
    expected: act(stop('app', 'stopped by request', 30_000, false)),
  },
  {
    name: 'a sidecar that a user stopped alone is stopped at once',
    spec: aSpec({ containers: [sidecar('log'), main()] }),
    view: aView({ log: { ...live(), run: aRun({ attempt: 0, stopped: true }) }, app: live() }),
    expected: act(stop('log', 'stopped by request', 30_000, false)),
  },
];

describe('the order of ends', () => {
  test.each(ends)('$name', ({ spec = staged(), view, expected }) => {
    expect(decideOn(spec, view)).toEqual(expected);
  });
});

describe('activeDeadlineSeconds', () => {
  const spec = aSpec({ activeDeadlineMs: 5_000 });
  const failure = {
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  };

  test('is waited for', () => {
    expect(decideOn(spec, aView({ app: live() }, { activeSinceMs: now - 1_000 }))).toEqual({
      kind: 'wait',
      untilMs: now + 4_000,
      why: 'active deadline of the pod',
    });
  });

  test('fails the pod when it is over', () => {
    const view = aView({ app: live() }, { activeSinceMs: now - 5_000 });
    expect(nextLife(spec, view, now)).toEqual({ initialised: true, failure });
    expect(nextLife(spec, view, now - 1)).toBe(view.life);
  });

  test('means nothing to a pod that has ended, is held or is being deleted', () => {
    const over = { activeSinceMs: 0 };
    const done = aSpec({ activeDeadlineMs: 5_000, containers: [main('app', job)] });
    for (const [of, view] of [
      [done, aView({ app: ended() }, over)],
      [spec, aView({ app: live() }, { ...over, held: true })],
      [spec, aView({ app: live() }, { ...over, phase: 'terminating' })],
    ] as const)
      expect(nextLife(of, view, now)).toBe(view.life);
  });

  test('ends all containers for good', () => {
    const life = { initialised: true, failure };
    expect(decideOn(spec, aView({ app: live() }, { life }))).toEqual(act(stop('app', failure.message)));
    expect(decideOn(spec, aView({ app: ended(143) }, { life }))).toEqual(settled);
  });
});

describe('restartPolicyRules', () => {
  const rule = (change: Partial<RestartRule> = {}): RestartRule => ({
    action: 'Restart',
    operator: 'In',
    values: [42],
    ...change,
  });
  const withRules = (...restartRules: readonly RestartRule[]) =>
    aSpec({ containers: [main('app', { ...job, restartRules })] });

  test.each([
    ['an exit code that a rule names starts it again under Never', [rule()], 42, start('app', 1)],
    ['another exit code does not', [rule()], 1, settled],
    ['NotIn names all others', [rule({ operator: 'NotIn' })], 1, start('app', 1)],
    ['NotIn does not name its own', [rule({ operator: 'NotIn' })], 42, settled],
    ['the first rule that matches counts', [rule({ values: [] }), rule({ values: [1] })], 1, start('app', 1)],
  ] as const)('%s', (_name, rules, exitCode, expected) => {
    expect(decideOn(withRules(...rules), aView({ app: ended(exitCode) }))).toEqual(expected);
  });

  test('no rule knows a lost status', () => {
    const lost = aRun({ attempt: 0, lastExit: anExit({ exitCode: 42, reason: 'Unknown' }) });
    expect(isOver(withRules(rule()), aView({ app: { run: lost } }))).toBe(true);
  });

  test('RestartAllContainers ends all, sidecars last, then the pod is initialised anew', () => {
    const life = { initialised: true, restartAll: true } as const;
    const spec = staged();
    const why = 'all containers of the pod are restarted';
    const ending = { graceMs: 30_000, deadlineMs: now + 30_000 };
    const before = aView({ first: ended(), log: live(), second: ended(), app: live() }, { life, ending });
    expect(decideOn(spec, before)).toEqual(act(stop('app', why, 30_000, false)));
    const after = aView({ first: ended(), log: live(), second: ended(), app: ended(42) }, { life, ending });
    expect(decideOn(spec, after)).toEqual(act(stop('log', why, 30_000, false)));
    const none = aView({ first: ended(), log: ended(143), second: ended(), app: ended(42) }, { life, ending });
    expect([nextLife(spec, after, now), nextLife(spec, none, now)]).toEqual([life, { initialised: false }]);
  });
});
