import { describe, expect, test } from 'vitest';
import { historyOf } from '../../../src/init/supervise.ts';
import { aPlan, Play } from './a-machine.ts';

const web = (over: Parameters<typeof aPlan>[1] = {}) =>
  new Play([aPlan('web', over), aPlan('other')]).begin().running('web');

describe('a stop', () => {
  test('signals the tree, waits for the rest of it, and says why', () => {
    const play = web().request('stop', 'web');
    expect(play.affected).toEqual(['web']);
    expect(play.said()).toEqual(['signal web 15 tree wake', 'arm web grace 10000']);
    expect(play.exited('web', 143, { signal: 15 }).said()).toEqual(['drain web']);
    expect(play.state('web').state).toBe('STOPPING');
    expect(play.cleared('web').said()).toEqual([
      'disarm web grace',
      'note ProgramStopped: Program web was stopped by request',
    ]);
    expect(play.state('web')).toMatchObject({
      state: 'STOPPED',
      ready: false,
      lastExit: { exitCode: 143, signal: 15, why: 'stopped by request' },
    });
    expect(play.state('web').lastExit).not.toHaveProperty('expected');
    expect(
      historyOf(play.machine, 'web')
        .slice(-2)
        .map(({ what }) => what),
    ).toEqual(['stop with SIGTERM', 'stopped']);
  });

  test('kills what is left when the grace is over: the main process', () => {
    const play = web().request('stop', 'web').timer('web', 'grace');
    expect(play.said()).toEqual(['clear web']);
    expect(play.timer('web', 'grace').cleared('web').effects).toEqual([]); // not before it is reaped
    expect(play.exited('web', 137, { signal: 9 }).effects).toEqual([]);
    play.cleared('web');
    expect(play.states()).toMatchObject({ web: 'STOPPED' });
  });

  test('kills what is left when the grace is over: its children', () => {
    const play = web().request('stop', 'web').exited('web').timer('web', 'grace');
    expect(play.said()).toEqual(['clear web']);
    expect(play.cleared('web').states()).toMatchObject({ web: 'STOPPED' });
  });

  test('runs the stop command first, within the grace', () => {
    const play = web({ stop: { signal: 3, graceMs: 500, wholeTree: false, command: ['bye'] } }).request('stop', 'web');
    expect(play.said()).toEqual(['command web stop', 'arm web grace 500']);
    const ended = { type: 'commandEnded', program: 'web', purpose: 'stop', exitCode: 0 } as const;
    expect(play.send(ended).said()).toEqual(['signal web 3 wake']);
    expect(play.send(ended).effects).toEqual([]);
  });

  test('that its command brought about leaves the signal to the rest of the tree', () => {
    const play = web({ stop: { signal: 15, graceMs: 500, wholeTree: true, command: ['bye'] } }).request('stop', 'web');
    expect(play.exited('web').said()).toEqual(['drain web']);
    const ended = { type: 'commandEnded', program: 'web', purpose: 'stop', exitCode: 1 } as const;
    expect(play.send(ended).said()).toEqual([
      'note StopCommandFailed: The stop command of program web exited with code 1',
      'signal web 15 tree wake',
    ]);
  });

  test('kills a hanging stop command with its program', () => {
    const play = web({ stop: { signal: 15, graceMs: 500, wholeTree: true, command: ['hang'] } }).request('stop', 'web');
    expect(play.timer('web', 'grace').said()).toEqual(['clear web']);
    expect(play.send({ type: 'commandEnded', program: 'web', purpose: 'stop', exitCode: 137 }).said()).not.toContain(
      'signal web 15 tree wake',
    );
  });

  test('that comes before the answer to the spawn waits for it', () => {
    const play = new Play([aPlan('web'), aPlan('other')]).begin().request('stop', 'web');
    expect(play.effects).toEqual([]);
    expect(play.timer('web', 'grace').effects).toEqual([]);
    expect(play.spawned('web').said()).toEqual(['signal web 15 tree wake', 'arm web grace 10000']);
  });

  test('that comes before a spawn fails is over with it', () => {
    const play = new Play([aPlan('web'), aPlan('other')]).begin().request('stop', 'web').spawnFailed('web');
    expect(play.states()).toMatchObject({ web: 'STOPPED' });
    expect(play.log.map(({ effect }) => effect)).toEqual(
      ['spawn', 'spawn', 'disarm', 'note'].filter((effect) => effect !== 'disarm'),
    );
  });

  test('of several programs goes in reverse dependency order', () => {
    const play = new Play([aPlan('db'), aPlan('web', { dependsOn: { db: 'ready' } })]).begin().running('db', 'web');
    expect(play.request('stop', 'db', 'web').said()).toEqual(['signal web 15 tree wake', 'arm web grace 10000']);
    expect(play.affected).toEqual(['db', 'web']);
    expect(play.exited('web').cleared('web').said()).toContain('signal db 15 tree wake');
  });

  test('of a dependency alone leaves its dependants running', () => {
    const play = new Play([aPlan('db'), aPlan('web', { dependsOn: { db: 'ready' } })]).begin().running('db', 'web');
    expect(play.request('stop', 'db').said()).toEqual(['signal db 15 tree wake', 'arm db grace 10000']);
    expect(play.states()).toEqual({ db: 'STOPPING', web: 'RUNNING' });
  });

  test('of one that ends while it waits for its dependants stops what is left of its tree', () => {
    const play = new Play([aPlan('db'), aPlan('web', { dependsOn: { db: 'ready' } })]).begin().running('db', 'web');
    play.request('stop', 'db', 'web').exited('db', 9);
    expect(play.said()).toEqual(['signal db 15 tree wake', 'drain db', 'arm db grace 10000']);
    expect(play.cleared('db').states()).toMatchObject({ db: 'STOPPED' });
  });
});
