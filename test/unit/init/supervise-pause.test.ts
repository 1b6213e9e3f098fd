import { describe, expect, test } from 'vitest';
import type { ProgramRequest } from '../../../src/init/machine.ts';
import { refuseRequest } from '../../../src/init/select-programs.ts';
import { historyOf, isPaused } from '../../../src/init/supervise.ts';
import { aPlan, aProbe, aRestart, instances, Play, plainPlan } from './a-machine.ts';

const probed = { kind: 'probe', probe: aProbe() } as const;
const startsAtOnce = aRestart({ startMs: 0 });

/** A program that runs, and is paused. */
function paused(over: Parameters<typeof aPlan>[1] = {}): Play {
  const play = new Play([aPlan('web', over)]).begin().running('web');
  return play.request('pause', 'web').send({ type: 'frozen', program: 'web' });
}

describe('a program', () => {
  test('is frozen in its leaf, and paused once all of it stands still', () => {
    const play = new Play([aPlan('web'), aPlan('db')]).begin().running('web', 'db').request('pause', 'web');
    expect(play.said()).toEqual(['freeze web', 'note ProgramPaused: Program web was paused by request']);
    expect(play.affected).toEqual(['web']);
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', ready: false, message: 'is being paused' });
    expect(play.state('web').paused).toBeUndefined();
    play.send({ type: 'frozen', program: 'web' });
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', paused: true, ready: false, pid: 2 });
    expect(play.state('web').message).toBe('paused by request');
    expect(play.state('db')).toMatchObject({ ready: true });
    expect(isPaused(play.machine)).toBe(false);
  });

  test('goes on where it stood when it is resumed', () => {
    const play = paused().after(5000).request('resume', 'web');
    expect(play.said()).toEqual(['thaw web', 'note ProgramResumed: Program web was resumed: requested']);
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', ready: true, pid: 2 });
    expect(play.state('web').paused).toBeUndefined();
    const told = historyOf(play.machine, 'web').map(({ what, cause }) => `${what}: ${cause}`);
    expect(told.slice(-2)).toEqual(['pause: requested', 'resume after 5s: requested']);
  });

  test('is not moved by a second pause, nor by a resume when it is not paused', () => {
    expect(paused().request('pause', 'web').affected).toEqual([]);
    expect(paused().request('resume', 'web').request('resume', 'web').affected).toEqual([]);
  });

  test('is asked by no probe meanwhile, and has to answer anew before it is ready', () => {
    const play = new Play([aPlan('web', { readiness: probed, liveness: aProbe() })]).begin().running('web');
    play.probed('web', 'readiness', true).request('pause', 'web');
    expect(play.said().slice(0, 2)).toEqual(['stopProbe web readiness', 'stopProbe web liveness']);
    // verdicts that were under way count for nothing
    play.probed('web', 'liveness', false).probed('web', 'readiness', true);
    expect(play.state('web')).toMatchObject({ state: 'RUNNING', ready: false });
    play.request('resume', 'web');
    expect(play.said().slice(0, 3)).toEqual(['thaw web', 'startProbe web readiness', 'startProbe web liveness']);
    expect(play.state('web')).toMatchObject({ ready: false, message: 'not ready yet' });
    expect(play.probed('web', 'readiness', true).state('web').ready).toBe(true);
  });

  test('stays ready over its pause where it has told so by itself', () => {
    const play = new Play([aPlan('web', { readiness: { kind: 'notify' } })]).begin().running('web');
    play.probed('web', 'readiness', true).request('pause', 'web').send({ type: 'frozen', program: 'web' });
    expect(play.state('web').ready).toBe(false);
    expect(play.request('resume', 'web').said()).not.toContain('startProbe web readiness');
    expect(play.state('web').ready).toBe(true);
  });

  test('has the rest of its start before it when it is resumed', () => {
    const play = new Play([aPlan('web')]).begin().spawned('web').after(400).request('pause', 'web');
    expect(play.said()).toContain('disarm web start');
    play.after(9000).timer('web', 'start');
    expect(play.state('web').state).toBe('STARTING');
    expect(play.request('resume', 'web').said()).toContain('arm web start 600');
  });

  test('is not judged by the time it was paused', () => {
    const restart = aRestart({ backoff: { ...aRestart().backoff, resetAfterMs: 10_000 } });
    const play = new Play([aPlan('web', { restart })]).begin().running('web').exited('web', 1).cleared('web');
    play.running('web').request('pause', 'web').after(60_000).request('resume', 'web').exited('web', 1);
    expect(play.state('web')).toMatchObject({ state: 'BACKOFF' });
  });

  test('is held at its restart: what is due while it is paused happens when it is resumed', () => {
    const play = new Play([aPlan('web')]).begin().running('web').exited('web', 1).cleared('web').running('web');
    play.exited('web', 1).cleared('web').request('pause', 'web').send({ type: 'frozen', program: 'web' });
    expect(play.state('web')).toMatchObject({ state: 'BACKOFF', paused: true });
    play.timer('web', 'backoff');
    expect(play.said()).toEqual([]);
    expect(play.state('web')).toMatchObject({ state: 'WAITING', blocked: true });
    expect(play.state('web').message).toBe('paused; starts once it is resumed');
    expect(play.request('resume', 'web').said()).toContain('spawn web');
  });

  test('that is killed from outside meanwhile is restarted when it is resumed', () => {
    const play = paused({ restart: startsAtOnce }).exited('web', 137, { signal: 9 });
    expect(play.said()).toContain('clear web');
    play.cleared('web');
    expect(play.state('web')).toMatchObject({ state: 'WAITING', paused: true });
    expect(play.request('resume', 'web').said()).toContain('spawn web');
  });

  test.each(['forbid', 'replace'] as const)('of a schedule is due while it is paused: %s', (concurrency) => {
    const play = new Play([aPlan('web', { schedule: { everyMs: 1000, concurrency } })]).begin();
    play.send({ type: 'planned', program: 'web', next: undefined }).request('start', 'web').running('web');
    play.request('pause', 'web').send({ type: 'frozen', program: 'web' });
    play.send({ type: 'due', program: 'web' });
    expect(play.said()).toEqual(['plan web']);
    const isReplaced = concurrency === 'replace';
    const message = 'paused; stops once it is resumed: restarted because its schedule was due again';
    expect(play.state('web').message).toBe(isReplaced ? message : 'paused by request');
    play.request('resume', 'web');
    expect(play.said().includes('signal web 15 tree wake')).toBe(isReplaced);
  });

  test('that rests between the times of its schedule runs once when it is resumed', () => {
    const play = new Play([aPlan('web', { schedule: { everyMs: 1000, concurrency: 'forbid' } })]).begin();
    play.send({ type: 'planned', program: 'web', next: '2026-01-01T00:00:01.000Z' }).request('pause', 'web');
    play.send({ type: 'due', program: 'web' }).send({ type: 'due', program: 'web' });
    expect(play.state('web').state).toBe('WAITING');
    const { log } = play.request('resume', 'web');
    expect(log.filter(({ effect }) => effect === 'spawn')).toHaveLength(1);
  });

  test.each([
    ['stop', ['thaw web', 'signal web 15 tree wake']],
    ['restart', ['thaw web', 'signal web 15 tree wake']],
    ['start', ['thaw web']],
  ] as const)('%s by request resumes it first', (verb, expected) => {
    const said = paused()
      .request(verb, 'web')
      .said()
      .filter((effect) => !effect.startsWith('note') && !effect.startsWith('arm'));
    expect(said).toEqual(expected);
  });

  test('KILL reaches it before it goes on; other signals wait in the kernel', () => {
    const signalled = (signal: number): readonly string[] =>
      paused()
        .send({ type: 'requested', verb: 'signal', programs: ['web'], cascade: false, signal })
        .said();
    expect(signalled(9).slice(0, 2)).toEqual(['signal web 9', 'thaw web']);
    expect(signalled(1)).toEqual(['signal web 1']);
  });

  test('keeps those waiting that need it ready, and lets them start when it is resumed', () => {
    const db = aPlan('db', { restart: startsAtOnce });
    const play = new Play([db, aPlan('web', { dependsOn: { db: 'ready' }, autostart: false })]).begin().spawned('db');
    play.request('pause', 'db').send({ type: 'frozen', program: 'db' }).request('start', 'web');
    expect(play.state('web').message).toBe('waits for db to be ready (db is paused)');
    expect(play.request('resume', 'db').said()).toContain('spawn web');
  });

  test('is not restarted by a change until it is resumed, and by its newest plan then', () => {
    const play = paused();
    const changed = aPlan('web', { exec: { ...aPlan('web').exec, argv: ['other'] } });
    play.update([changed]);
    expect(play.said()).toEqual([]);
    expect(play.state('web').message).toBe('paused; stops once it is resumed: restarted because its spec changed');
    expect(play.request('resume', 'web').said()).toContain('signal web 15 tree wake');
    expect(play.exited('web', 0).cleared('web').said()).toContain('spawn web');
  });

  test('is resumed and stopped when it is removed from the spec', () => {
    const play = paused().update([]);
    expect(play.said()).toEqual(expect.arrayContaining(['thaw web', 'signal web 15 tree wake']));
  });

  test('restarts with what it depends on when that is asked for with its cascade', () => {
    const web = aPlan('web', { dependsOn: { db: { condition: 'started', cascade: true } } });
    const play = new Play([aPlan('db'), web]).begin().running('db', 'web').request('pause', 'web');
    expect(play.request('restart', 'db').said()).toEqual(
      expect.arrayContaining(['thaw web', 'signal web 15 tree wake']),
    );
  });

  test.each([
    ['stopped', (play: Play) => play.request('stop', 'web').exited('web').cleared('web'), 'web is STOPPED'],
    ['stopping', (play: Play) => play.request('stop', 'web'), 'web is STOPPING'],
    ['ended', (play: Play) => play.exited('web', 0).cleared('web'), 'web is EXITED'],
  ] as const)('that is %s cannot be paused', (_how, bring, words) => {
    const keeper = aPlan('keeper');
    const play = bring(new Play([aPlan('web'), keeper]).begin().running('web', 'keeper'));
    const request: ProgramRequest = { verb: 'pause', targets: [{ program: 'web' }] };
    expect(refuseRequest(play.machine, request)).toBe(`not running: ${words}`);
    expect(play.request('pause', 'web').said()).toEqual([]);
  });

  test('cannot be reloaded while it is paused', () => {
    const play = paused({ reload: { kind: 'signal', signal: 1 } });
    const request: ProgramRequest = { verb: 'reload', targets: [{ program: 'web' }] };
    expect(refuseRequest(play.machine, request)).toBe('paused: web; resume it first');
  });
});

describe('a container', () => {
  const two = (): Play => new Play([aPlan('web'), aPlan('db', { liveness: aProbe() })]).begin().running('web', 'db');

  test('is frozen as a whole, and all its programs are paused then', () => {
    const play = two().pause();
    expect(play.said()).toEqual(['stopProbe db liveness', 'freezeAll']);
    expect(play.affected).toEqual(['web', 'db']);
    expect(isPaused(play.machine)).toBe(true);
    play.send({ type: 'allFrozen' });
    expect(play.state('web')).toMatchObject({ paused: true, ready: false });
    expect(play.state('db')).toMatchObject({ paused: true, ready: false });
    expect(play.pause().affected).toEqual([]);
  });

  test('is resumed as a whole, with the programs that were paused by themselves', () => {
    const play = two().request('pause', 'web').pause().send({ type: 'allFrozen' }).resume();
    expect(play.said()).toEqual(['thaw web', 'thawAll', 'startProbe db liveness']);
    expect(play.affected).toEqual(['web', 'db']);
    expect(play.states()).toEqual({ web: 'RUNNING', db: 'RUNNING' });
    expect(isPaused(play.machine)).toBe(false);
    expect(play.resume().affected).toEqual([]);
  });

  test('is resumed where only single programs of it are paused', () => {
    const play = two().request('pause', 'db').resume();
    expect(play.said()).toEqual(['thaw db', 'startProbe db liveness']);
    expect(play.affected).toEqual(['db']);
  });

  test('lets none of its programs go on alone', () => {
    const play = two().request('pause', 'web').pause();
    const refused = (request: ProgramRequest): string | undefined => refuseRequest(play.machine, request);
    const words = 'the container is paused: resume it first';
    for (const verb of ['start', 'stop', 'restart', 'reload', 'resume'] as const)
      expect(refused({ verb, targets: [{ program: 'web' }] })).toBe(words);
    expect(refused({ verb: 'signal', targets: [], signal: 1 })).toBeUndefined();
    expect(refused({ verb: 'resume', targets: [] })).toBeUndefined();
    expect(play.request('resume', 'web').said()).toEqual([]);
  });

  test('starts nothing meanwhile: instances that are added to it start when it is resumed', () => {
    const play = new Play(instances('web', 1)).begin().running('web:0').pause().send({ type: 'allFrozen' });
    play.update(instances('web', 2));
    expect(play.said()).toEqual([]);
    expect(play.state('web:1')).toMatchObject({ state: 'WAITING', paused: true, blocked: true });
    expect(play.resume().said()).toContain('spawn web:1');
  });

  test('keeps a program that is removed from the spec until it is resumed', () => {
    const play = two()
      .pause()
      .send({ type: 'allFrozen' })
      .update([aPlan('db', { liveness: aProbe() })]);
    expect(play.said()).toEqual([]);
    expect(play.resume().said()).toContain('signal web 15 tree wake');
  });

  test('gives a program that was being stopped its whole grace again', () => {
    const play = two().request('stop', 'web').pause();
    expect(play.said()).toContain('disarm web grace');
    expect(play.timer('web', 'grace').said()).toEqual([]);
    expect(play.resume().said()).toContain('arm web grace 10000');
  });

  test('is resumed by its stop', () => {
    const play = two().pause().send({ type: 'allFrozen' }).stop();
    expect(play.said()).toContain('thawAll');
    expect(play.said()).toContain('signal web 15 tree wake');
    expect(play.said().indexOf('thawAll')).toBeLessThan(play.said().indexOf('signal web 15 tree wake'));
    expect(isPaused(play.machine)).toBe(false);
  });

  test('is resumed by its end, when an essential program was killed from outside', () => {
    const essential = aPlan('web', { essential: true, restart: aRestart({ policy: 'never' }) });
    const play = new Play([essential, aPlan('db')]).begin().running('web', 'db').pause();
    play.exited('web', 137, { signal: 9 });
    expect(play.said()).toEqual(expect.arrayContaining(['thawAll', 'signal db 15 tree wake']));
  });

  test('is not paused before it runs, nor while it stops', () => {
    expect(new Play([aPlan('web')]).pause().said()).toEqual([]);
    const play = two().stop();
    expect(play.pause().said()).toEqual([]);
    expect(refuseRequest(play.machine, { verb: 'pause', targets: [] })).toBe('the container is being stopped');
  });

  test('of a plain command is paused without a note: podd tells of it', () => {
    const play = new Play([plainPlan()]).begin().spawned('main').pause().send({ type: 'allFrozen' });
    expect(play.log.filter(({ effect }) => effect === 'note')).toEqual([]);
    expect(play.state('main')).toMatchObject({ paused: true, ready: false });
  });
});
