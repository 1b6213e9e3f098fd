import { describe, expect, it } from 'vitest';
import type { CronJobObject, CronJobSpec, JobObject, JobStatus } from '../../../src/model/job-spec.ts';
import type { WorkloadCondition } from '../../../src/model/workload-spec.ts';
import { planCronJob } from '../../../src/workload/plan-cron-job.ts';
import { noonMs } from './builders.ts';
import { aCronJob, aJob, wordsOf } from './job-builders.ts';
import { settle } from './settle.ts';

const minuteMs = 60_000;
/** Minutes since the epoch, at noon */
const noon = noonMs / minuteMs;
const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', uid: 'cron-uid', controller: true };

function job(name: string, over: Partial<JobObject> = {}): JobObject {
  return aJob({}, { name, uid: `uid-${name}`, owner, ...over });
}

const over = (type: 'Complete' | 'Failed', startMs = noonMs): JobStatus => {
  const condition: WorkloadCondition = {
    ...{ type, status: 'True', reason: '', message: '' },
    lastTransitionTime: new Date(startMs).toISOString(),
  };
  return {
    conditions: [condition],
    startTime: new Date(startMs).toISOString(),
    ...(type === 'Complete' ? { completionTime: new Date(startMs).toISOString() } : {}),
  };
};

const plan = (cron: CronJobObject, jobs: readonly JobObject[], nowMs = noonMs) =>
  settle(cron, (now) => planCronJob(now, { pods: [], objects: jobs as readonly unknown[] as never }, nowMs));

/** Looked at last just before noon: noon itself is due. */
const before = { status: { lastScheduleTime: '2026-01-01T11:55:00Z' } };
const create = (minute: number): readonly string[] => [`create Job tick-${minute}`, 'event SuccessfulCreate'];

describe('planCronJob', () => {
  it.each<[string, Partial<CronJobSpec>, readonly JobObject[], readonly string[]]>([
    ['makes a Job of the time that has come', {}, [], create(noon)],
    ['makes none for a time that has one already', {}, [job(`tick-${noon}`)], []],
    ['makes none while it is suspended', { suspend: true }, [], []],
    ['lets Jobs overlap', {}, [job('tick-1')], create(noon)],
    [
      'with Forbid makes none beside another',
      { concurrencyPolicy: 'Forbid' },
      [job('tick-1')],
      ['event JobAlreadyActive'],
    ],
    [
      'with Forbid does not mind what is over',
      { concurrencyPolicy: 'Forbid' },
      [job('tick-1', { status: over('Complete') })],
      create(noon),
    ],
    [
      'does not mind what somebody made by hand',
      { concurrencyPolicy: 'Forbid' },
      [job('try', { annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' } })],
      create(noon),
    ],
    [
      'with Replace takes the place of another',
      { concurrencyPolicy: 'Replace' },
      [job('tick-1')],
      ['delete Job tick-1', 'event SuccessfulDelete', ...create(noon)],
    ],
    [
      'leaves Jobs of others alone',
      { concurrencyPolicy: 'Replace' },
      [job('x', { owner: { ...owner, uid: 'y' } })],
      create(noon),
    ],
    [
      'keeps three Jobs that succeeded and one that failed, the newest ones',
      {},
      [
        ...[1, 2, 3, 4, 5].map((at) => job(`s${at}`, { status: over('Complete', noonMs + at) })),
        ...[1, 2, 3].map((at) => job(`f${at}`, { status: over('Failed', noonMs + at) })),
      ],
      ['s1', 's2', 'f1', 'f2'].flatMap((name) => [`delete Job ${name}`, 'event SuccessfulDelete']),
    ],
    [
      'keeps none where none is to be kept',
      { successfulJobsHistoryLimit: 0 },
      [job('s', { status: over('Complete') }), job('r')],
      ['delete Job s', 'event SuccessfulDelete'],
    ],
    ['knows nicknames', { schedule: '@daily' }, [], []],
    ['follows its time zone', { schedule: '0 21 * * *', timeZone: 'Asia/Tokyo' }, [], create(noon)],
  ])('%s', (_, spec, jobs, expected) => {
    expect(wordsOf(plan(aCronJob(spec, before), jobs).actions)).toEqual(expected);
  });

  it('is woken by the next time, in its zone, and not at all while it is suspended', () => {
    const { actions, wakeAtMs } = plan(aCronJob({}, before), [], noonMs - 1);
    expect([actions, wakeAtMs]).toEqual([[], noonMs]);
    expect(plan(aCronJob({}, before), [], noonMs + 1).wakeAtMs).toBe(noonMs + 5 * minuteMs);
    const tokyo = aCronJob({ schedule: '30 21 * * *', timeZone: 'Asia/Tokyo' }, before);
    expect(plan(tokyo, []).wakeAtMs).toBe(noonMs + 30 * minuteMs);
    expect(plan(aCronJob({ suspend: true }, before), []).wakeAtMs).toBeUndefined();
  });

  it('counts @every from its creation', () => {
    const cron = aCronJob({ schedule: '@every 40m' }, { createdMs: noonMs - 60 * minuteMs });
    expect(wordsOf(plan(cron, []).actions)).toEqual(create(noon - 20));
    expect(plan(cron, []).wakeAtMs).toBe(noonMs + 20 * minuteMs);
  });

  it('begins with its creation: what was before does not count', () => {
    expect(plan(aCronJob({}, { createdMs: noonMs }), []).actions).toEqual([]);
    expect(wordsOf(plan(aCronJob({}, { createdMs: noonMs - 1 }), []).actions)).toEqual(create(noon));
  });

  it('makes up for the last one of several times that passed, and says when they were many', () => {
    const later = (minutes: number) => wordsOf(plan(aCronJob({}, before), [], noonMs + minutes * minuteMs).actions);
    expect(later(23)).toEqual(create(noon + 20));
    expect(later(495)).toEqual(create(noon + 495));
    expect(later(500)).toEqual(['event TooManyMissedTimes', ...create(noon + 500)]);
    const short = aCronJob({ startingDeadlineSeconds: 600 }, before);
    expect(wordsOf(plan(short, [], noonMs + 500 * minuteMs).actions)).toEqual(create(noon + 500));
  });

  it('lets a time go that is later than startingDeadlineSeconds, and says so once', () => {
    const cron = aCronJob({ startingDeadlineSeconds: 60 }, before);
    expect(wordsOf(plan(cron, [], noonMs + minuteMs).actions)).toEqual(create(noon));
    const { actions, status } = plan(cron, [], noonMs + minuteMs + 1);
    expect(actions).toEqual([
      {
        ...{ action: 'event', type: 'Warning', reason: 'MissSchedule' },
        message: 'Missed scheduled time to start a job: 2026-01-01T12:00:00Z',
      },
    ]);
    expect(plan({ ...cron, status }, [], noonMs + minuteMs + 2).actions).toEqual([]);
  });

  it('with Forbid says so once, and starts what was due when the other is over', () => {
    const cron = aCronJob({ concurrencyPolicy: 'Forbid' }, before);
    const { status } = plan(cron, [job('tick-1')]);
    expect(plan({ ...cron, status }, [job('tick-1')], noonMs + minuteMs).actions).toEqual([]);
    const freed = plan({ ...cron, status }, [job('tick-1', { status: over('Complete') })], noonMs + minuteMs);
    expect(wordsOf(freed.actions)).toEqual(['event SawCompletedJob']);
    const next = plan(
      { ...cron, status: freed.status },
      [job('tick-1', { status: over('Complete') })],
      noonMs + minuteMs,
    );
    expect(wordsOf(next.actions)).toEqual(create(noon));
  });

  it('takes a clock that was set back a little as late, and one that was far ahead as wrong', () => {
    const at = (lastScheduleTime: string) => plan(aCronJob({}, { status: { lastScheduleTime } }), [], noonMs);
    expect(at('2026-01-01T12:30:00Z').actions).toEqual([]);
    expect(at('2029-01-01T12:00:00Z').actions).toEqual([]);
    const healed = aCronJob({}, { status: { lastScheduleTime: '2029-01-01T12:00:00Z' } });
    expect(plan(healed, []).wakeAtMs).toBe(noonMs + 5 * minuteMs);
  });

  it('tells which Jobs run, and when one succeeded last', () => {
    const jobs = [job('a'), job('b', { status: over('Complete', noonMs - 5 * minuteMs) })];
    const cron = aCronJob({}, { status: { lastScheduleTime: '2026-01-01T12:00:00Z' } });
    expect(plan(cron, jobs).status).toEqual({
      active: [{ apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: 'a', uid: 'uid-a' }],
      ...{ lastScheduleTime: '2026-01-01T12:00:00Z', lastSuccessfulTime: '2026-01-01T11:55:00.000Z' },
    });
  });

  it('says what became of Jobs that ran, but not of those that it replaced', () => {
    const cron = aCronJob({}, { status: { lastScheduleTime: '2026-01-01T12:00:00Z' } });
    const { status } = plan(cron, [job('a'), job('b')]);
    const { actions } = plan({ ...cron, status }, [job('a', { status: over('Failed') })]);
    expect(actions.map((action) => action.action === 'event' && action.message)).toEqual([
      'Saw completed job: a, condition: Failed',
      'Active job went missing: b',
    ]);
    const replacing = aCronJob({ concurrencyPolicy: 'Replace' }, { status: { ...status, ...before.status } });
    const replaced = plan(replacing, [job('a'), job('b')]).status;
    expect(replaced.active).toBeUndefined();
  });

  it('makes Jobs of its template, which say for when they are', () => {
    expect(plan(aCronJob({}, before), []).actions[0]).toEqual({
      action: 'createObject',
      manifest: {
        ...{ apiVersion: 'batch/v1', kind: 'Job', spec: aCronJob().spec.jobTemplate.spec },
        metadata: {
          ...{ name: `tick-${noon}`, namespace: 'default', labels: { app: 'tick' } },
          annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T12:00:00Z' },
          ownerReferences: [{ ...owner, blockOwnerDeletion: true }],
        },
      },
    });
  });

  it('does nothing while it is being deleted, nor by what is no schedule', () => {
    expect(plan(aCronJob({}, { ...before, isDeleting: true }), []).actions).toEqual([]);
    expect(plan(aCronJob({ schedule: 'never' }, before), [])).toMatchObject({ actions: [] });
  });
});
