import { describe, expect, test } from 'vitest';
import type { SuperviseEvent } from '../../../src/init/machine.ts';
import { refuseRequest, selectPrograms } from '../../../src/init/select-programs.ts';
import { aPlan, aRestart, instances, Play } from './a-machine.ts';

/** A program `web` in each of the states, beside one that runs. */
const inState: Readonly<Record<string, () => Play>> = {
  STOPPED: () => new Play([aPlan('web', { autostart: false }), aPlan('db')]).begin().running('db'),
  WAITING: () => new Play([aPlan('web', { dependsOn: { db: 'succeeded' } }), aPlan('db')]).begin().running('db'),
  STARTING: () => new Play([aPlan('web'), aPlan('db')]).begin().running('db').spawned('web'),
  RUNNING: () => new Play([aPlan('web'), aPlan('db')]).begin().running('db', 'web'),
  BACKOFF: () =>
    new Play([aPlan('web'), aPlan('db')])
      .begin()
      .running('db')
      .spawned('web')
      .exited('web', 1)
      .cleared('web')
      .spawned('web')
      .exited('web', 1)
      .cleared('web'),
  STOPPING: () => new Play([aPlan('web'), aPlan('db')]).begin().running('db', 'web').request('stop', 'web'),
  EXITED: () => new Play([aPlan('web'), aPlan('db')]).begin().running('db', 'web').exited('web', 0),
  FATAL: () =>
    new Play([aPlan('web', { restart: aRestart({ startRetries: 0 }) }), aPlan('db')])
      .begin()
      .running('db')
      .spawned('web')
      .exited('web', 1)
      .cleared('web'),
};

describe('requests', () => {
  test.each(Object.entries(inState))('are put to a program that is %s', (state, make) => {
    expect(make().states()).toEqual({ web: state, db: 'RUNNING' });
  });

  test.each([
    { verb: 'start', from: 'STOPPED', to: 'STARTING', said: ['spawn web'] },
    { verb: 'start', from: 'WAITING', to: 'WAITING', said: [], idle: true },
    { verb: 'start', from: 'STARTING', to: 'STARTING', said: [], idle: true },
    { verb: 'start', from: 'RUNNING', to: 'RUNNING', said: [], idle: true },
    { verb: 'start', from: 'BACKOFF', to: 'STARTING', said: ['disarm web backoff', 'spawn web'] },
    { verb: 'start', from: 'STOPPING', to: 'STOPPING', said: [] },
    { verb: 'start', from: 'EXITED', to: 'WAITING', said: ['disarm web grace', 'clear web'] },
    { verb: 'start', from: 'FATAL', to: 'STARTING', said: ['spawn web'] },
    { verb: 'stop', from: 'STOPPED', to: 'STOPPED', said: [], idle: true },
    { verb: 'stop', from: 'WAITING', to: 'STOPPED', said: ['note ProgramStopped: Program web was stopped by request'] },
    {
      verb: 'stop',
      from: 'STARTING',
      to: 'STOPPING',
      said: ['disarm web start', 'signal web 15 tree wake', 'arm web grace 10000'],
    },
    { verb: 'stop', from: 'RUNNING', to: 'STOPPING', said: ['signal web 15 tree wake', 'arm web grace 10000'] },
    {
      verb: 'stop',
      from: 'BACKOFF',
      to: 'STOPPED',
      said: ['disarm web backoff', 'note ProgramStopped: Program web was stopped by request'],
    },
    { verb: 'stop', from: 'STOPPING', to: 'STOPPING', said: [], idle: true },
    {
      verb: 'stop',
      from: 'EXITED',
      to: 'EXITED',
      said: ['signal web 15 tree wake', 'arm web grace 10000'],
      idle: true,
    },
    { verb: 'stop', from: 'FATAL', to: 'FATAL', said: [], idle: true },
    { verb: 'restart', from: 'STOPPED', to: 'STARTING', said: ['spawn web'] },
    { verb: 'restart', from: 'WAITING', to: 'WAITING', said: [], idle: true },
    {
      verb: 'restart',
      from: 'STARTING',
      to: 'STOPPING',
      said: ['disarm web start', 'signal web 15 tree wake', 'arm web grace 10000'],
    },
    { verb: 'restart', from: 'RUNNING', to: 'STOPPING', said: ['signal web 15 tree wake', 'arm web grace 10000'] },
    { verb: 'restart', from: 'BACKOFF', to: 'STARTING', said: ['disarm web backoff', 'spawn web'] },
    { verb: 'restart', from: 'STOPPING', to: 'STOPPING', said: [] },
    { verb: 'restart', from: 'EXITED', to: 'WAITING', said: ['disarm web grace', 'clear web'] },
    { verb: 'restart', from: 'FATAL', to: 'STARTING', said: ['spawn web'] },
  ] as const)('$verb takes $from to $to', ({ verb, from, to, said, ...rest }) => {
    const play = inState[from]?.() ?? new Play([]);
    play.request(verb, 'web');
    expect(play.state('web').state).toBe(to);
    expect(play.said()).toEqual(said);
    expect(play.affected).toEqual('idle' in rest ? [] : ['web']);
  });

  test('a start during a stop starts again after it', () => {
    const play = inState.STOPPING?.().request('start', 'web').exited('web').cleared('web');
    expect(play?.said()).toEqual([
      'disarm web grace',
      'note ProgramRestarted: Program web was restarted by request',
      'spawn web',
    ]);
  });

  test('a stop during a restart stays stopped', () => {
    const play = inState.RUNNING?.().request('restart', 'web').request('stop', 'web').exited('web').cleared('web');
    expect(play?.states()).toMatchObject({ web: 'STOPPED' });
  });

  test('a restart resets the counters and comes without delay', () => {
    const play = inState.BACKOFF?.().request('restart', 'web').spawned('web').exited('web', 1);
    expect(play?.state('web')).toMatchObject({ state: 'WAITING' });
  });

  test('a start checks the dependencies', () => {
    const play = new Play([
      aPlan('db', { autostart: false }),
      aPlan('web', { autostart: false, dependsOn: { db: 'ready' } }),
    ]).begin();
    play.request('start', 'web');
    expect(play.state('web')).toMatchObject({ state: 'WAITING', message: 'waits for db to be ready (db is STOPPED)' });
    expect(play.request('start', 'db').running('db').said()).toEqual(['spawn web']);
  });

  test('a program that its user stopped stays so when its dependency restarts', () => {
    const play = new Play([aPlan('db'), aPlan('web', { dependsOn: { db: { condition: 'ready', cascade: true } } })])
      .begin()
      .running('db', 'web');
    play
      .request('stop', 'web')
      .exited('web')
      .cleared('web')
      .request('restart', 'db')
      .exited('db')
      .cleared('db')
      .running('db');
    expect(play.states()).toEqual({ db: 'RUNNING', web: 'STOPPED' });
  });

  test.each([
    { name: 'as the manifest has it', cascade: true, asked: false, web: 'STOPPING' },
    { name: 'as it was asked for', cascade: false, asked: true, web: 'STOPPING' },
    { name: 'not at all otherwise', cascade: false, asked: false, web: 'RUNNING' },
  ])('a restart spreads to dependants $name', ({ cascade, asked, web }) => {
    const play = new Play([aPlan('db'), aPlan('web', { dependsOn: { db: { condition: 'ready', cascade } } })])
      .begin()
      .running('db', 'web');
    play.send({ type: 'requested', verb: 'restart', programs: ['db'], cascade: asked });
    expect(play.states()).toMatchObject({ web });
  });

  test('a restart that spreads stops the dependants first and starts them last', () => {
    const play = new Play([
      aPlan('db'),
      aPlan('web', { dependsOn: { db: { condition: 'ready', cascade: true } } }),
      aPlan('proxy', { dependsOn: { web: { condition: 'ready', cascade: true } } }),
      aPlan('other'),
    ])
      .begin()
      .running('db', 'web', 'proxy', 'other')
      .request('restart', 'db');
    expect(play.affected).toEqual(['db', 'web', 'proxy']);
    expect(play.states()).toEqual({ db: 'RUNNING', web: 'RUNNING', proxy: 'STOPPING', other: 'RUNNING' });
    play.exited('proxy').cleared('proxy').exited('web').cleared('web').exited('db');
    expect(play.states()).toEqual({ db: 'STOPPING', web: 'WAITING', proxy: 'WAITING', other: 'RUNNING' });
    expect(play.cleared('db').said()).toContain('spawn db');
    expect(play.running('db').said()).toContain('spawn web');
    expect(play.running('web').said()).toContain('spawn proxy');
  });

  test('a signal goes to the main process alone', () => {
    const play = inState
      .RUNNING?.()
      .send({ type: 'requested', verb: 'signal', programs: ['web'], signal: 10, cascade: false });
    expect(play?.said()).toEqual(['signal web 10']);
    expect(play?.affected).toEqual(['web']);
  });

  test.each([
    { reload: { kind: 'signal', signal: 1 }, said: ['signal web 1'] },
    { reload: { kind: 'command', argv: ['reload'] }, said: ['command web reload'] },
  ] as const)('a reload goes by the manifest: $reload.kind', ({ reload, said }) => {
    const play = new Play([aPlan('web', { reload })]).begin().running('web').request('reload', 'web');
    expect(play.said()).toEqual(said);
    expect(play.state('web').state).toBe('RUNNING');
  });

  test('a reload command that fails is told', () => {
    const play = new Play([aPlan('web', { reload: { kind: 'command', argv: ['x'] } })])
      .begin()
      .running('web')
      .request('reload', 'web');
    const ended: SuperviseEvent = { type: 'commandEnded', program: 'web', purpose: 'reload', exitCode: 2 };
    expect(play.send(ended).said()).toEqual([
      'note ReloadFailed: The reload command of program web exited with code 2',
    ]);
  });
});

describe('selectPrograms', () => {
  const { machine } = new Play([aPlan('db'), ...instances('worker', 3), aPlan('web')]).begin();
  test.each([
    { name: 'no targets mean all', targets: [], keys: ['db', 'worker', 'worker:1', 'worker:2', 'web'] },
    {
      name: 'a program means all its instances',
      targets: [{ program: 'worker' }],
      keys: ['worker', 'worker:1', 'worker:2'],
    },
    { name: 'an instance means itself', targets: [{ program: 'worker', instance: 1 }], keys: ['worker:1'] },
    {
      name: 'the order is the manifest’s, and nothing is meant twice',
      targets: [{ program: 'web' }, { program: 'db' }, { program: 'db' }],
      keys: ['db', 'web'],
    },
  ])('$name', ({ targets, keys }) => {
    expect(selectPrograms(machine, targets)).toEqual({ ok: true, value: keys });
  });

  test.each([
    { target: { program: 'wrker' }, error: 'no program wrker (did you mean worker?); there is db, worker, web' },
    { target: { program: 'elephant' }, error: 'no program elephant; there is db, worker, web' },
    { target: { program: 'worker', instance: 7 }, error: 'no program worker:7; there is worker:0, worker:1, worker:2' },
  ])('says what there is instead of $target', ({ target, error }) => {
    expect(selectPrograms(machine, [target])).toEqual({ ok: false, error });
  });
});

describe('refuseRequest', () => {
  const reloadable = aPlan('web', { reload: { kind: 'signal', signal: 1 } });
  const running = () =>
    new Play([reloadable, aPlan('db'), aPlan('idle', { autostart: false })]).begin().running('web', 'db');
  const web = [{ program: 'web' }];
  test.each([
    { name: 'a start while it runs', play: running, request: { verb: 'start', targets: web }, message: undefined },
    {
      name: 'a start while the container stops',
      play: () => running().stop(),
      request: { verb: 'start', targets: web },
      message: 'the container is being stopped',
    },
    {
      name: 'a stop while the container stops',
      play: () => running().stop(),
      request: { verb: 'stop', targets: web },
      message: undefined,
    },
    { name: 'a reload of one that can', play: running, request: { verb: 'reload', targets: web }, message: undefined },
    {
      name: 'a reload of all, where one can',
      play: running,
      request: { verb: 'reload', targets: [] },
      message: undefined,
    },
    {
      name: 'a reload of one that cannot',
      play: running,
      request: { verb: 'reload', targets: [{ program: 'db' }] },
      message: 'db cannot reload: give it `reload` in the manifest, or restart it',
    },
    {
      name: 'a signal to one that runs',
      play: running,
      request: { verb: 'signal', targets: web, signal: 1 },
      message: undefined,
    },
    {
      name: 'a signal without a number',
      play: running,
      request: { verb: 'signal', targets: web },
      message: 'signal takes the number of a signal',
    },
    {
      name: 'a signal to nothing that runs',
      play: running,
      request: { verb: 'signal', targets: [{ program: 'idle' }], signal: 1 },
      message: 'not running: idle is STOPPED',
    },
  ] as const)('$name', ({ play, request, message }) => {
    expect(refuseRequest(play().machine, request)).toBe(message);
  });
});
