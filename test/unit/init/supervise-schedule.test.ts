import { describe, expect, test } from 'vitest';
import { historyOf, phaseOf } from '../../../src/init/supervise.ts';
import { aPlan, aRestart, Play } from './a-machine.ts';

const next = '2026-01-01T00:05:00.000Z';
const never = aRestart({ policy: 'never' });
const cron = (concurrency: 'forbid' | 'replace' = 'forbid') =>
  new Play([aPlan('job', { restart: never, schedule: { everyMs: 300_000, concurrency } })]).begin();
const planned = (play: Play, at: string | undefined = next) => play.send({ type: 'planned', program: 'job', next: at });
const due = (play: Play) => play.send({ type: 'due', program: 'job' });
const last = (play: Play) => historyOf(play.machine, 'job').at(-1);

describe('a scheduled program', () => {
  test('waits until it is due, runs, rests, and is planned anew each time', () => {
    const play = cron();
    expect(play.said()).toEqual(['plan job']);
    planned(play);
    expect(play.state('job')).toMatchObject({
      state: 'WAITING',
      scheduled: true,
      message: `next at ${next}`,
      nextStartAt: next,
    });
    expect(due(play).said()).toEqual(['plan job', 'spawn job']);
    planned(play, '2026-01-01T00:10:00.000Z').running('job').exited('job', 0);
    expect(play.state('job')).toMatchObject({ state: 'EXITED', nextStartAt: '2026-01-01T00:10:00.000Z' });
    expect(phaseOf(play.machine)).toBe('running');
    expect(due(play).said()).toEqual(['disarm job grace', 'clear job', 'plan job']);
    expect(play.cleared('job').said()).toEqual(['spawn job']);
  });

  test('that is due while it runs is skipped with concurrency forbid', () => {
    const play = due(planned(cron())).running('job');
    expect(due(play).said()).toEqual(['plan job']);
    expect(play.state('job').state).toBe('RUNNING');
    expect(last(play)).toMatchObject({ what: 'skip this time', cause: 'due while it still ran' });
  });

  test('that is due while it runs is stopped and started with concurrency replace', () => {
    const play = due(planned(cron('replace'))).running('job');
    expect(due(play).said()).toEqual(['plan job', 'signal job 15 tree wake', 'arm job grace 10000']);
    expect(play.exited('job', 143).cleared('job').said()).toContain('spawn job');
  });

  test('waits for its dependencies when it is due', () => {
    const play = new Play([
      aPlan('db', { autostart: false }),
      aPlan('job', { restart: never, schedule: { everyMs: 1, concurrency: 'forbid' }, dependsOn: { db: 'ready' } }),
    ]).begin();
    due(planned(play));
    expect(play.state('job').message).toBe('waits for db to be ready (db is STOPPED)');
    expect(due(play).said()).toEqual(['plan job']);
    expect(play.request('start', 'db').running('db').said()).toEqual(['spawn job']);
  });

  test('runs at once when it is started by request, beside its schedule', () => {
    const play = planned(cron()).request('start', 'job');
    expect(play.said()).toEqual(['spawn job']);
    expect(play.state('job').nextStartAt).toBe(next);
  });

  test('loses its schedule when it is stopped, and has it again when it is started', () => {
    const play = planned(cron()).request('stop', 'job');
    expect(play.said()).toContain('unplan job');
    expect(play.state('job')).not.toHaveProperty('nextStartAt');
    expect(due(planned(play)).effects).toEqual([]);
    expect(play.request('start', 'job').said()).toEqual(['plan job', 'spawn job']);
  });

  test('that failed to start runs again when it is due', () => {
    const play = due(planned(cron())).spawnFailed('job');
    expect(play.state('job').state).toBe('FATAL');
    expect(due(play).said()).toEqual(['plan job', 'spawn job']);
  });

  test('that is never due again lets its container end', () => {
    const play = due(planned(cron())).running('job').exited('job', 0);
    expect(planned(play, undefined).said()).toEqual([]);
    const again = due(planned(cron()));
    again.send({ type: 'planned', program: 'job', next: undefined }).running('job').exited('job', 0);
    expect(phaseOf(again.machine)).toBe('ending');
  });

  test('that is never due rests', () => {
    const play = cron().send({ type: 'planned', program: 'job', next: undefined });
    expect(play.state('job')).toMatchObject({ state: 'STOPPED', message: 'its schedule is never due' });
    expect(phaseOf(play.machine)).toBe('running');
  });

  test('is not due any more while the container stops', () => {
    const play = planned(cron()).stop();
    expect(play.said()).toContain('unplan job');
    expect(due(play).effects).toEqual([]);
  });
});
