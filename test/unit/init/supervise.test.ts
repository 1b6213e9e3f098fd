import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SuperviseEvent } from '../../../src/init/machine.ts';
import { newMachine, phaseOf, supervise } from '../../../src/init/supervise.ts';
import { aPlan, aRestart, Play, plainPlan } from './a-machine.ts';

const plain = () => new Play([plainPlan()]).begin();
const childless: SuperviseEvent = { type: 'childless' };

describe('a container with a plain command', () => {
  test('spawns its program when it begins, and runs at once', () => {
    const play = plain();
    expect(phaseOf(play.machine)).toBe('running');
    expect(play.effects).toEqual([{ effect: 'spawn', program: 'main' }]);
    expect(play.spawned('main').effects).toEqual([]);
    expect(play.state('main')).toMatchObject({ state: 'RUNNING', ready: true, pid: 2, restarts: 0 });
  });

  test.each([
    { name: 'exit 0', code: 0, over: {}, end: { exitCode: 0, reason: 'Completed' } },
    { name: 'exit 3', code: 3, over: {}, end: { exitCode: 3, reason: 'Error' } },
    { name: 'a signal', code: 143, over: { signal: 15 }, end: { exitCode: 143, signal: 15, reason: 'Error' } },
    {
      name: 'the OOM killer',
      code: 137,
      over: { signal: 9, oomKilled: true },
      end: { exitCode: 137, signal: 9, reason: 'OOMKilled' },
    },
  ])('ends with its program: $name', ({ code, over, end }) => {
    const play = plain().spawned('main').exited('main', code, over);
    expect(play.effects).toEqual([{ effect: 'killAll' }]);
    play.send(childless);
    expect(phaseOf(play.machine)).toBe('ended');
    expect(play.effects).toEqual([{ effect: 'finish', end }]);
  });

  test('ends as ContainerCannotRun when its program cannot be spawned', () => {
    const play = plain().spawnFailed('main');
    expect(play.effects).toEqual([{ effect: 'killAll' }]);
    expect(play.send(childless).effects).toEqual([
      { effect: 'finish', end: { exitCode: 127, reason: 'ContainerCannotRun', message: 'not found' } },
    ]);
  });

  test('when stopped, signals the whole tree, waits for it, and ends as its program did', () => {
    const play = plain().spawned('main').stop(3000);
    expect(play.said()).toEqual(['armGrace 3000', 'signalOthers 15', 'signal main 15 tree wake']);
    expect(play.exited('main', 0).said()).toEqual(['drain main']);
    expect(phaseOf(play.machine)).toBe('stopping');
    expect(play.send(childless).effects).toEqual([{ effect: 'finish', end: { exitCode: 0, reason: 'Completed' } }]);
  });

  test('ends as its program did when TERM ends it', () => {
    const play = plain().spawned('main').stop().exited('main', 143, { signal: 15 }).send(childless);
    expect(play.effects).toEqual([{ effect: 'finish', end: { exitCode: 143, signal: 15, reason: 'Error' } }]);
  });

  test('kills what is left when the grace is over', () => {
    expect(plain().spawned('main').stop(10).send({ type: 'graceOver' }).said()).toEqual(['killAll']);
  });

  test('passes a second stop on as a possibly shorter grace', () => {
    expect(plain().spawned('main').stop(3000).stop(0).said()).toEqual(['armGrace 0']);
  });

  test('is stopped even where the stop comes before the answer to the spawn', () => {
    const play = plain().stop(3000);
    expect(play.state('main').state).toBe('STOPPING');
    expect(play.spawned('main').said()).toEqual(['signal main 15 tree wake']);
    expect(play.exited('main', 7).send(childless).said()).toEqual(['finish 7 Error']);
  });

  test('tells no events of its own', () => {
    expect(
      plain()
        .spawned('main')
        .exited('main', 1)
        .log.some(({ effect }) => effect === 'note'),
    ).toBe(false);
  });
});

test('a container without programs, a pod init, runs until it is stopped', () => {
  const play = new Play([]).begin().send(childless);
  expect(phaseOf(play.machine)).toBe('running');
  expect(play.effects).toEqual([]);
  expect(play.stop(0).send(childless).said()).toEqual(['finish 0 Completed']);
});

test('a container that is stopped before it began ends without starting anything', () => {
  const play = new Play([plainPlan()]).stop(0).begin().send(childless);
  expect(play.log.map(({ effect }) => effect)).toEqual(['armGrace', 'signalOthers', 'finish']);
});

test('nothing moves after the end', () => {
  const play = plain().spawned('main').exited('main').send(childless);
  const before = play.machine;
  for (const event of [{ type: 'begin' }, childless, { type: 'stopRequested', graceMs: 1 }] as const) play.send(event);
  expect(play.machine).toBe(before);
  expect(play.effects).toEqual([]);
});

test('an event that means nothing leaves the very same machine', () => {
  const play = new Play([aPlan('web')]).begin().running('web');
  const before = play.machine;
  play.send({ type: 'exited', program: 'web', pid: 999, exitCode: 1, oomKilled: false });
  play.send({ type: 'cleared', program: 'web' }).timer('web', 'backoff').send({ type: 'graceOver' });
  play.send({ type: 'exited', program: 'nobody', pid: 2, exitCode: 1, oomKilled: false });
  expect(play.machine).toBe(before);
});

describe('an essential program', () => {
  const two = () =>
    new Play([
      aPlan('db', { essential: true, restart: aRestart({ policy: 'never' }) }),
      aPlan('web', { dependsOn: { db: 'started' } }),
      aPlan('log'),
    ])
      .begin()
      .running('db', 'web', 'log');

  test('that ends stops its siblings by their own rules before everything is killed', () => {
    const play = two().exited('db', 4);
    expect(play.said()).toEqual([
      'note ProgramExited: Program db exited with code 4: it is not restarted',
      'signal web 15 tree wake',
      'arm web grace 10000',
      'signal log 15 tree wake',
      'arm log grace 10000',
    ]);
    expect(phaseOf(play.machine)).toBe('ending');
    play.exited('web', 0).cleared('web').timer('log', 'grace');
    expect(play.said()).toEqual(['clear log']);
    play.exited('log', 137, { signal: 9 }).cleared('log');
    expect(play.said()).toEqual(['disarm log grace', 'killAll']);
    expect(play.send(childless).effects).toEqual([
      { effect: 'finish', end: { exitCode: 4, reason: 'Error', message: 'program db exited with code 4' } },
    ]);
  });

  test('gives its code, whatever another essential program ends with later', () => {
    const play = new Play([
      aPlan('a', { essential: true, restart: aRestart({ policy: 'never' }) }),
      aPlan('b', { essential: true }),
    ])
      .begin()
      .running('a', 'b');
    play.exited('a', 3).exited('b', 5).cleared('b').send(childless);
    expect(play.said()).toEqual(['finish 3 Error']);
  });

  test('that is restarted, stopped or restarted by request does not end its container', () => {
    const play = new Play([aPlan('db', { essential: true })]).begin().running('db');
    play.exited('db', 1).cleared('db').running('db');
    play.request('restart', 'db').exited('db', 143, { signal: 15 }).cleared('db').running('db');
    play.request('stop', 'db').exited('db', 143, { signal: 15 }).cleared('db');
    expect(phaseOf(play.machine)).toBe('running');
    expect(play.states()).toEqual({ db: 'STOPPED' });
  });

  test('that is FATAL never makes the container look successful', () => {
    const restart = aRestart({ policy: 'always', startRetries: 0 });
    const play = new Play([aPlan('db', { essential: true, restart })]).begin().spawned('db').exited('db', 0);
    expect(play.state('db').state).toBe('FATAL');
    expect(play.send(childless).said()).toEqual(['finish 1 Error']);
  });

  test('ends what a stop of the container shortens', () => {
    const play = two().exited('db', 4).stop(500);
    expect(play.said()).toEqual(['armGrace 500']);
    expect(play.send({ type: 'graceOver' }).said()).toEqual(['killAll']);
  });
});

describe('a container in which nothing runs and nothing will', () => {
  const never = aRestart({ policy: 'never' });

  test('ends with 0 when all succeeded', () => {
    const play = new Play([aPlan('a', { restart: never }), aPlan('b', { restart: never })]).begin().running('a', 'b');
    play.exited('a', 0);
    expect(phaseOf(play.machine)).toBe('running');
    play.exited('b', 0);
    expect(play.said()).toEqual(['killAll']);
    expect(play.send(childless).said()).toEqual(['finish 0 Completed']);
  });

  test('ends as the first that failed, and names it', () => {
    const play = new Play([aPlan('a', { restart: never }), aPlan('b', { restart: never })]).begin().running('a', 'b');
    play.after(1).exited('b', 3).after(1).exited('a', 9).send(childless);
    expect(play.effects).toEqual([
      {
        effect: 'finish',
        end: { exitCode: 3, reason: 'Error', message: 'program b exited with code 3; nothing else runs or will run' },
      },
    ]);
  });

  test('counts those that wait for one that failed as waiting in vain', () => {
    const play = new Play([
      aPlan('migrate', { restart: never }),
      aPlan('web', { dependsOn: { migrate: 'succeeded' } }),
      aPlan('worker', { dependsOn: { web: 'ready' } }),
    ])
      .begin()
      .running('migrate')
      .exited('migrate', 2);
    expect(play.said().at(-1)).toBe('killAll');
    expect(play.send(childless).said()).toEqual(['finish 2 Error']);
  });

  test.each([
    { name: 'a program was stopped by request', plans: [aPlan('a', { restart: never }), aPlan('b')], stop: true },
    {
      name: 'one has a schedule',
      plans: [aPlan('a', { restart: never }), aPlan('b', { schedule: { everyMs: 1000, concurrency: 'forbid' } })],
      stop: false,
    },
  ])('goes on while $name', ({ plans, stop }) => {
    const play = new Play(plans).begin().running('a');
    if (stop) play.running('b').request('stop', 'b').exited('b', 143).cleared('b');
    play.exited('a', 1);
    expect(phaseOf(play.machine)).toBe('running');
  });

  test('does not wait for a program that never starts by itself, unless there is nothing else', () => {
    const play = new Play([aPlan('a', { restart: never }), aPlan('shell', { autostart: false })]).begin().running('a');
    expect(phaseOf(play.machine)).toBe('running');
    expect(phaseOf(play.exited('a', 0).machine)).toBe('ending');
    expect(phaseOf(new Play([aPlan('shell', { autostart: false })]).begin().machine)).toBe('running');
  });
});

describe('a stop of the container', () => {
  const three = () =>
    new Play([
      aPlan('db'),
      aPlan('web', { dependsOn: { db: 'ready' } }),
      aPlan('proxy', { dependsOn: { web: 'ready' } }),
    ])
      .begin()
      .running('db', 'web', 'proxy');

  test('stops in reverse dependency order, each when the tree of its dependants is gone', () => {
    const play = three().stop(30_000);
    expect(play.said()).toEqual([
      'armGrace 30000',
      'signalOthers 15',
      'signal proxy 15 tree wake',
      'arm proxy grace 10000',
    ]);
    expect(play.states()).toEqual({ db: 'RUNNING', web: 'RUNNING', proxy: 'STOPPING' });
    expect(play.state('db').message).toBe(
      'stops once those that depend on it have stopped: stopped with the container',
    );
    expect(play.exited('proxy').said()).toEqual(['drain proxy']);
    expect(play.cleared('proxy').said()).toEqual([
      'disarm proxy grace',
      'signal web 15 tree wake',
      'arm web grace 10000',
    ]);
    play.exited('web').cleared('web').exited('db').cleared('db');
    expect(play.states()).toEqual({ db: 'STOPPED', web: 'STOPPED', proxy: 'STOPPED' });
    expect(play.send(childless).said()).toEqual(['finish 0 Completed']);
  });

  test('takes back what was to start', () => {
    const play = new Play([aPlan('db'), aPlan('web', { dependsOn: { db: 'ready' } })]).begin().spawned('db');
    play.exited('db', 1).cleared('db').spawned('db').exited('db', 1);
    expect(play.states()).toEqual({ db: 'BACKOFF', web: 'WAITING' });
    expect(play.stop().said()).toEqual(['armGrace 30000', 'signalOthers 15', 'disarm db backoff']);
    expect(play.states()).toEqual({ db: 'STOPPED', web: 'STOPPED' });
    expect(play.timer('db', 'backoff').effects).toEqual([]);
  });

  test('lets nothing start or change any more', () => {
    const play = three().stop();
    play.request('start', 'db', 'web', 'proxy').request('restart', 'db').update([]);
    expect(play.effects).toEqual([]);
    expect(play.affected).toEqual([]);
  });

  test('signals what an ended program left running', () => {
    const play = new Play([aPlan('daemon'), aPlan('web')]).begin().spawned('daemon').running('web').exited('daemon', 0);
    expect(play.stop().said()).toContain('signal daemon 15 tree wake');
  });
});

const anyEvent: fc.Arbitrary<SuperviseEvent> = fc.oneof(
  fc.constant<SuperviseEvent>({ type: 'begin' }),
  fc.constant<SuperviseEvent>({ type: 'spawned', program: 'main', pid: 2 }),
  fc
    .integer({ min: 0, max: 255 })
    .map<SuperviseEvent>((exitCode) => ({ type: 'exited', program: 'main', pid: 2, exitCode, oomKilled: false })),
  fc.constant<SuperviseEvent>({ type: 'spawnFailed', program: 'main', exitCode: 126, message: 'x' }),
  fc.constant<SuperviseEvent>({ type: 'cleared', program: 'main' }),
  fc.nat(5000).map<SuperviseEvent>((graceMs) => ({ type: 'stopRequested', graceMs })),
  fc.constant<SuperviseEvent>({ type: 'graceOver' }),
  fc.constant(childless),
);

test('any sequence of events, sensible or not, finishes a plain container at most once, with nothing after', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      let machine = newMachine([plainPlan()]);
      const effects = [];
      for (const event of events) {
        const step = supervise(machine, event, { nowMs: 0, at: '2026-01-01T00:00:00.000Z', random: 0 });
        machine = step.machine;
        effects.push(...step.effects);
      }
      expect(effects.filter(({ effect }) => effect === 'spawn').length).toBeLessThanOrEqual(1);
      const finish = effects.findIndex(({ effect }) => effect === 'finish');
      if (finish >= 0) expect(finish).toBe(effects.length - 1);
    }),
  );
});

test('a first exit of a plain container is never lost: it is what the container ends with', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 20 }), fc.integer({ min: 0, max: 255 }), (events, code) => {
      const play = plain().spawned('main').exited('main', code);
      for (const event of events) play.send(event);
      play.send(childless);
      expect(play.log.find(({ effect }) => effect === 'finish')).toMatchObject({ end: { exitCode: code } });
    }),
  );
});
