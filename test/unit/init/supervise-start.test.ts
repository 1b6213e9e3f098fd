import { describe, expect, test } from 'vitest';
import { historyOf } from '../../../src/init/supervise.ts';
import { aPlan, aProbe, aRestart, instances, Play } from './a-machine.ts';

const probed = { kind: 'probe', probe: aProbe() } as const;

describe('a start', () => {
  test('is STARTING until startMs is over, then RUNNING and ready', () => {
    const play = new Play([aPlan('web')]).begin();
    expect(play.states()).toEqual({ web: 'STARTING' });
    expect(play.state('web')).not.toHaveProperty('pid');
    expect(play.spawned('web').said()).toEqual(['arm web start 1000']);
    expect(play.state('web')).toMatchObject({ state: 'STARTING', ready: false, pid: 2 });
    play.timer('web', 'start');
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', ready: true, startedAt: '2026-01-01T00:00:00.000Z' });
  });

  test('begins the probes with the process and ends them with it', () => {
    const play = new Play([aPlan('web', { readiness: probed, liveness: aProbe() })]).begin().spawned('web');
    expect(play.said()).toEqual(['startProbe web readiness', 'startProbe web liveness', 'arm web start 1000']);
    expect(play.exited('web', 1).said().slice(0, 3)).toEqual([
      'disarm web start',
      'stopProbe web readiness',
      'stopProbe web liveness',
    ]);
  });

  test('leaves alone what never starts by itself', () => {
    const play = new Play([aPlan('web', { autostart: false })]).begin();
    expect(play.effects).toEqual([]);
    expect(play.states()).toEqual({ web: 'STOPPED' });
  });

  test('kills a process that it did not ask for', () => {
    const play = new Play([aPlan('web', { autostart: false })]).begin().spawned('web');
    expect(play.said()).toEqual(['clear web']);
    expect(play.state('web')).not.toHaveProperty('pid');
  });

  test('tells its cause in the history', () => {
    const play = new Play([aPlan('db'), aPlan('web', { dependsOn: { db: 'ready' } })]).begin().running('db');
    const lines = (key: string) => historyOf(play.machine, key).map(({ what, cause }) => `${what}: ${cause}`);
    expect(lines('db')).toEqual(['start: the container starts']);
    expect(lines('web')).toEqual(['wait: for db to be ready (db is STARTING)', 'start: db is ready']);
  });
});

describe('readiness', () => {
  const ready = () => new Play([aPlan('web', { readiness: probed })]).begin().spawned('web');

  test('comes by its probe, and makes a program RUNNING however early', () => {
    const play = ready().probed('web', 'readiness', true);
    expect(play.said()).toEqual(['disarm web start']);
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', ready: true });
  });

  test('is awaited by a program that is RUNNING', () => {
    const play = ready().timer('web', 'start');
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', ready: false, message: 'not ready yet' });
    play.probed('web', 'readiness', true);
    expect(play.state('web').ready).toBe(true);
    expect(play.state('web')).not.toHaveProperty('message');
  });

  test('may be lost again, which is told and leaves the program RUNNING', () => {
    const play = ready().probed('web', 'readiness', true).probed('web', 'readiness', false, 'got 503');
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', ready: false, message: 'not ready: got 503' });
    expect(play.said()).toEqual(['note ProgramNotReady: Program web is not ready: got 503']);
    expect(play.probed('web', 'readiness', false, 'got 504').effects).toEqual([]);
    expect(play.state('web').message).toBe('not ready: got 504');
  });

  test('of an earlier process does not count', () => {
    const play = ready().exited('web', 1).probed('web', 'readiness', true);
    expect(play.state('web').ready).toBe(false);
  });
});

describe('dependencies', () => {
  const exitedOnce =
    (code: number): ((play: Play) => Play) =>
    (play) =>
      play.exited('db', code);

  test.each<{
    name: string;
    condition: 'started' | 'ready' | 'completed' | 'succeeded';
    db: object;
    holdsAfter: (play: Play) => Play;
  }>([
    { name: 'started: it has been exec’d', condition: 'started', db: {}, holdsAfter: (play) => play },
    {
      name: 'ready: without readiness it is RUNNING',
      condition: 'ready',
      db: {},
      holdsAfter: (play) => play.timer('db', 'start'),
    },
    {
      name: 'ready: with readiness it says so',
      condition: 'ready',
      db: { readiness: probed },
      holdsAfter: (play) => play.timer('db', 'start').probed('db', 'readiness', true),
    },
    {
      name: 'completed: it failed for good',
      condition: 'completed',
      db: { restart: aRestart({ policy: 'never' }) },
      holdsAfter: exitedOnce(1),
    },
    {
      name: 'completed: it is FATAL',
      condition: 'completed',
      db: { restart: aRestart({ startRetries: 0 }) },
      holdsAfter: exitedOnce(1),
    },
    { name: 'succeeded: it exited as expected', condition: 'succeeded', db: {}, holdsAfter: exitedOnce(0) },
    {
      name: 'succeeded: another code is expected',
      condition: 'succeeded',
      db: { restart: aRestart({ exitCodes: [0, 4] }) },
      holdsAfter: exitedOnce(4),
    },
  ])('hold as soon as $name', ({ condition, db, holdsAfter }) => {
    const play = new Play([aPlan('db', db), aPlan('web', { dependsOn: { db: condition } }), aPlan('other')]).begin();
    expect(play.said()).toEqual(['spawn db', 'spawn other']);
    expect(play.state('web').state).toBe('WAITING');
    holdsAfter(play.spawned('db'));
    expect(play.said()).toContain('spawn web');
  });

  test('on a start also hold once it ran and ended for good', () => {
    const play = new Play([aPlan('db'), aPlan('web', { autostart: false, dependsOn: { db: 'started' } }), aPlan('x')]);
    play.begin().running('x', 'db').exited('db', 0).request('start', 'web');
    expect(play.said()).toEqual(['spawn web']);
  });

  test('are told with how they stand', () => {
    const play = new Play([
      aPlan('db'),
      aPlan('cache'),
      aPlan('web', { dependsOn: { db: 'ready', cache: 'started' } }),
    ]).begin();
    expect(play.state('web').message).toBe(
      'waits for db to be ready (db is STARTING), and for cache to be started (cache is STARTING)',
    );
    play.spawned('cache').spawned('db').exited('db', 1).cleared('db').spawned('db').exited('db', 1);
    expect(play.state('web').message).toBe(
      'waits for db to be ready (db is BACKOFF: exited with code 1; restarts in 1s)',
    );
  });

  test('hold when all instances satisfy them, and when there are none', () => {
    const play = new Play([...instances('db', 2), aPlan('web', { dependsOn: { db: 'ready', gone: 'ready' } })])
      .begin()
      .running('db');
    expect(play.state('web').message).toBe('waits for db to be ready (db:1 is STARTING)');
    expect(play.running('db:1').said()).toContain('spawn web');
  });

  test('are checked again at each start', () => {
    const play = new Play([aPlan('db', { readiness: probed }), aPlan('web', { dependsOn: { db: 'ready' } })])
      .begin()
      .running('db');
    play.probed('db', 'readiness', true).running('web').probed('db', 'readiness', false, 'x');
    play.exited('web', 1).cleared('web');
    expect(play.state('web')).toMatchObject({
      state: 'WAITING',
      message: 'waits for db to be ready (db is RUNNING: not ready: x)',
    });
    expect(play.probed('db', 'readiness', true).said()).toEqual(['spawn web']);
  });

  test.each<{ name: string; fail: (play: Play) => Play; how: string }>([
    {
      name: 'is FATAL',
      fail: (play) => play.spawnFailed('db').spawnFailed('db'),
      how: 'db is FATAL: not found; failed to start twice in a row',
    },
    { name: 'ended', fail: (play) => play.spawned('db').exited('db', 0), how: 'db is EXITED: exited with code 0' },
    {
      name: 'was stopped by request',
      fail: (play) => play.spawned('db').request('stop', 'db').exited('db', 0).cleared('db'),
      how: 'db is STOPPED: stopped by request',
    },
  ])('that have failed for good are told once: one that $name', ({ fail, how }) => {
    const play = new Play([
      aPlan('db', { restart: aRestart({ startRetries: 1 }) }),
      aPlan('web', { dependsOn: { db: 'ready' } }),
      aPlan('other', { readiness: { kind: 'notify' } }),
    ]).begin();
    fail(play).running('other').probed('other', 'readiness', true).probed('other', 'readiness', false);
    expect(play.state('web')).toMatchObject({ state: 'WAITING', message: `waits for db to be ready (${how})` });
    expect(play.log.filter((effect) => effect.effect === 'note' && effect.reason === 'DependencyFailed')).toEqual([
      {
        effect: 'note',
        type: 'Warning',
        reason: 'DependencyFailed',
        message: `Program web waits for db to be ready (${how})`,
      },
    ]);
  });

  test.each<{ name: string; how: (play: Play) => Play; blocked: boolean }>([
    { name: 'is starting', how: (play) => play.spawned('db'), blocked: false },
    { name: 'is in back-off', how: (play) => play.spawnFailed('db').spawnFailed('db'), blocked: false },
    {
      name: 'is FATAL',
      how: (play) => play.spawnFailed('db').spawnFailed('db').timer('db', 'backoff').spawnFailed('db'),
      blocked: true,
    },
    {
      name: 'has ended',
      how: (play) => play.running('db').probed('db', 'readiness', false).exited('db', 0),
      blocked: true,
    },
    { name: 'is being stopped', how: (play) => play.running('db').request('stop', 'db'), blocked: false },
    {
      name: 'was stopped by request',
      how: (play) => play.running('db').request('stop', 'db').exited('db', 0).cleared('db'),
      blocked: true,
    },
    {
      name: 'was started again',
      how: (play) => play.running('db').request('stop', 'db').exited('db', 0).cleared('db').request('start', 'db'),
      blocked: false,
    },
  ])('block a program, and those that wait for it, when one $name: $blocked', ({ how, blocked }) => {
    const play = new Play([
      aPlan('db', { readiness: probed, restart: aRestart({ startRetries: 2 }) }),
      aPlan('web', { dependsOn: { db: 'ready' } }),
      aPlan('front', { dependsOn: { web: 'started' } }),
      aPlan('other'),
    ]).begin();
    how(play.running('other'));
    expect(play.states()).toMatchObject({ web: 'WAITING', front: 'WAITING' });
    expect([play.state('web').blocked, play.state('front').blocked]).toEqual(
      blocked ? [true, true] : [undefined, undefined],
    );
    expect(play.state('db').blocked).toBeUndefined();
  });

  test('block by one that never starts by itself, not by one that waits for its schedule', () => {
    const play = new Play([
      aPlan('off', { autostart: false }),
      aPlan('nightly', { schedule: { cron: '0 0 * * *', concurrency: 'forbid' } }),
      aPlan('a', { dependsOn: { off: 'ready' } }),
      aPlan('b', { dependsOn: { nightly: 'succeeded' } }),
      ...instances('pool', 2),
      aPlan('c', { dependsOn: { pool: 'succeeded' } }),
    ]).begin();
    play.running('pool', 'pool:1').exited('pool:1', 1);
    expect(['a', 'b', 'c'].map((name) => play.state(name).blocked)).toEqual([true, undefined, undefined]);
  });

  test('start programs in waves, in parallel where they can', () => {
    const play = new Play([
      aPlan('web', { dependsOn: { db: 'ready', cache: 'ready' } }),
      aPlan('db', { dependsOn: { disk: 'succeeded' } }),
      aPlan('cache', { dependsOn: { disk: 'succeeded' } }),
      aPlan('disk'),
    ]).begin();
    expect(play.said()).toEqual(['spawn disk']);
    expect(play.spawned('disk').exited('disk', 0).said()).toEqual(['disarm disk start', 'spawn db', 'spawn cache']);
    expect(play.running('db', 'cache').said()).toEqual(['spawn web']);
  });

  test('that go round in a circle, which the manifest refuses, wait for ever and hurt nobody', () => {
    const play = new Play([
      aPlan('a', { dependsOn: { b: 'ready' } }),
      aPlan('b', { dependsOn: { a: 'ready' } }),
      aPlan('c'),
    ]).begin();
    expect(play.said()).toEqual(['spawn c']);
    expect(play.running('c').stop().states()).toEqual({ a: 'STOPPED', b: 'STOPPED', c: 'STOPPING' });
  });
});

test('of 500 programs, those that depend on the first start when it has started', () => {
  const plans = Array.from({ length: 500 }, (_, index) =>
    aPlan(`p${index}`, index === 0 ? {} : { dependsOn: { p0: 'started' } }),
  );
  const play = new Play(plans);
  play.begin();
  expect(play.log.filter(({ effect }) => effect === 'spawn')).toHaveLength(1);
  play.send({ type: 'spawned', program: 'p0', pid: 2 });
  expect(play.log.filter(({ effect }) => effect === 'spawn')).toHaveLength(500);
});
