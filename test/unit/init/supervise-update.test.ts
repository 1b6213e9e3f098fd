import { describe, expect, test } from 'vitest';
import { historyOf, phaseOf, planOf } from '../../../src/init/supervise.ts';
import type { ProgramPlan } from '../../../src/model/launch-plan.ts';
import { aPlan, aProbe, aRestart, instances, Play } from './a-machine.ts';

const withArgv = (plan: ProgramPlan, ...argv: string[]): ProgramPlan => ({ ...plan, exec: { ...plan.exec, argv } });
const db = aPlan('db');
const web = aPlan('web', { dependsOn: { db: { condition: 'ready', cascade: true } } });
const both = () => new Play([db, web]).begin().running('db', 'web');

describe('an update', () => {
  test('of nothing changes nothing', () => {
    const play = both().update([structuredClone(db), structuredClone(web)]);
    expect(play.effects).toEqual([]);
    expect(play.affected).toEqual([]);
  });

  test('starts what was added, and shows it in the manifest’s order', () => {
    const play = both().update([aPlan('first'), db, web, aPlan('idle', { autostart: false })]);
    expect(play.said()).toEqual(['spawn first']);
    expect(play.affected).toEqual(['first']);
    expect(Object.keys(play.states())).toEqual(['first', 'db', 'web', 'idle']);
  });

  test('stops and forgets what was removed, which never ends the container', () => {
    const essential = aPlan('web', { essential: true });
    const play = new Play([db, essential]).begin().running('db', 'web').update([db]);
    expect(play.affected).toEqual(['web']);
    expect(play.said()).toEqual(['signal web 15 tree wake', 'arm web grace 10000']);
    expect(play.states()).toEqual({ db: 'RUNNING', web: 'STOPPING' });
    expect(play.exited('web', 1).cleared('web').said()).toEqual(['disarm web grace', 'forget web']);
    expect(play.states()).toEqual({ db: 'RUNNING' });
    expect(phaseOf(play.update([]).exited('db').cleared('db').machine)).toBe('running');
    expect(play.states()).toEqual({});
  });

  test.each<{ name: string; play: () => Play; said: readonly string[] }>([
    { name: 'never ran', play: () => new Play([db, aPlan('web', { autostart: false })]).begin(), said: ['forget web'] },
    { name: 'waits', play: () => new Play([db, web]).begin(), said: ['forget web'] },
    {
      name: 'ended, and may have left something',
      play: () => new Play([db, aPlan('web')]).begin().spawned('web').exited('web', 0),
      said: ['signal web 15 tree wake', 'drain web', 'arm web grace 10000'],
    },
    {
      name: 'is being cleared',
      play: () => new Play([db, aPlan('web')]).begin().running('web').exited('web', 1),
      said: [],
    },
  ])('forgets a removed program that $name once nothing of it is left', ({ play, said }) => {
    const after = play().update([db]);
    expect(after.said()).toEqual(said);
    after.cleared('web');
    expect(Object.keys(after.states())).toEqual(['db']);
    expect(after.log.filter(({ effect }) => effect === 'forget')).toHaveLength(1);
  });

  test('takes a change in place over without touching the process', () => {
    const changed = {
      ...db,
      restart: aRestart({ policy: 'always' }),
      stop: { signal: 3, wholeTree: true, graceMs: 1 },
    };
    const play = both().update([changed, web]);
    expect(play.effects).toEqual([]);
    expect(play.affected).toEqual([]);
    expect(play.request('stop', 'db').said()).toEqual(['signal db 3 tree wake', 'arm db grace 1']);
  });

  test('begins changed probes anew', () => {
    const probed = { ...db, readiness: { kind: 'probe', probe: aProbe() } as const };
    const play = both().update([probed, web]);
    expect(play.said()).toEqual(['startProbe db readiness']);
    expect(play.state('db').ready).toBe(true);
    expect(play.update([db, web]).said()).toEqual(['stopProbe db readiness']);
  });

  test('plans a changed schedule anew', () => {
    const job = (everyMs: number) => aPlan('job', { schedule: { everyMs, concurrency: 'forbid' } });
    const play = new Play([db, job(1)]).begin().update([db, job(2)]);
    expect(play.said()).toEqual(['unplan job', 'plan job']);
    expect(play.update([db, aPlan('job')]).said()).toEqual(['unplan job', 'spawn job']);
  });

  test('restarts what was changed otherwise: stopped by the old plan, started by the new', () => {
    const changed = { ...withArgv(web, 'web', '-v'), stop: { signal: 3, wholeTree: true } };
    const play = both().update([db, changed]);
    expect(play.affected).toEqual(['web']);
    expect(play.said()).toEqual(['signal web 15 tree wake', 'arm web grace 10000']);
    expect(planOf(play.machine, 'web')?.exec.argv).toEqual(['web']);
    expect(play.exited('web', 143).cleared('web').said()).toContain('spawn web');
    expect(planOf(play.machine, 'web')).toEqual(changed);
    expect(play.state('web').lastExit?.why).toBe('restarted because its spec changed');
    expect(historyOf(play.machine, 'web').at(-1)).toMatchObject({
      what: 'start',
      cause: 'restarted because its spec changed',
    });
  });

  test('restarts dependants that ask for it, after the changed one', () => {
    const play = both().update([withArgv(db, 'db', '-v'), web]);
    expect(play.affected).toEqual(['db', 'web']);
    play.exited('web').cleared('web').exited('db').cleared('db');
    expect(play.states()).toEqual({ db: 'STARTING', web: 'WAITING' });
  });

  test.each([
    {
      name: 'BACKOFF',
      play: () =>
        new Play([db]).begin().running('db').exited('db', 1).cleared('db').running('db').exited('db', 1).cleared('db'),
      to: 'STARTING',
    },
    { name: 'stopped by request', play: () => both().request('stop', 'db').exited('db').cleared('db'), to: 'STOPPED' },
  ])('with a restart of one that is $name', ({ play, to }) => {
    const after = play().update([withArgv(db, 'db', '-v'), web, aPlan('more')]);
    expect(after.state('db').state).toBe(to);
    expect(planOf(after.machine, 'db')?.exec.argv).toEqual(['db', '-v']);
  });

  test('starts a FATAL one anew', () => {
    const fatal = aPlan('db', { restart: aRestart({ startRetries: 0 }) });
    const play = new Play([fatal, aPlan('other')]).begin().spawned('db').exited('db', 1).cleared('db');
    expect(play.update([withArgv(fatal, 'db', '-v'), aPlan('other')]).said()).toEqual(['spawn db']);
  });

  test('scales: instances come and go, the others stay', () => {
    const play = new Play(instances('web', 2)).begin().running('web', 'web:1').update(instances('web', 3));
    expect(play.said()).toEqual(['spawn web:2']);
    expect(play.affected).toEqual(['web:2']);
    play.running('web:2').update(instances('web', 1));
    expect(play.affected).toEqual(['web:1', 'web:2']);
    expect(play.states()).toEqual({ 'web:0': 'RUNNING', 'web:1': 'STOPPING', 'web:2': 'STOPPING' });
  });

  test('that brings a program back while it is being removed starts it again', () => {
    const play = both().update([db]).update([db, web]).exited('web').cleared('web');
    expect(play.said()).toContain('spawn web');
    expect(play.log.some(({ effect }) => effect === 'forget')).toBe(false);
  });

  test('removes in reverse dependency order', () => {
    const play = both().update([]);
    expect(play.states()).toEqual({ db: 'RUNNING', web: 'STOPPING' });
    play.exited('web').cleared('web').exited('db').cleared('db');
    expect(play.states()).toEqual({});
  });

  test('before the beginning replaces the plans', () => {
    const play = new Play([db]).update([web]).begin();
    expect(play.states()).toEqual({ web: 'STARTING' });
  });
});
