import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type CronJobSpec, type CronJobStatus, scheduledTimeAnnotation } from '../../../src/model/job-spec.ts';
import { planCronJob } from '../../../src/workload/plan-cron-job.ts';
import { finishedCondition } from '../../../src/workload/plan-job.ts';
import { noonMs } from './builders.ts';
import { aCronJob } from './job-builders.ts';
import { OwnerWorld } from './owner-world.ts';

type World = OwnerWorld<CronJobSpec, CronJobStatus>;

/** What happens besides the controller's own steps; `which` chooses among what there is. */
const happenings = {
  plan: (world) => world.run(),
  // podd is killed before it has done all of a plan
  'killed plan': (world, which) => world.run(which % 4),
  'is woken': (world) => {
    world.nowMs = Math.max(world.nowMs, world.wakeAtMs ?? 0);
    world.settle();
  },
  // the machine sleeps, or its clock is set
  'time passes': (world, which) => {
    world.nowMs += which * 2_000;
  },
  'the clock is set back a little': (world, which) => {
    world.nowMs -= which * 1_000;
  },
  succeeds: (world, which) => endJob(world, which, 'Complete'),
  fails: (world, which) => endJob(world, which, 'Failed'),
  'is deleted': (world, which) => {
    world.settle();
    const job = world.objects[which % Math.max(world.objects.length, 1)];
    if (job !== undefined) world.removeObject(job.uid);
  },
  suspension: (world, which) => world.change({ suspend: which % 2 === 0 }),
} as const satisfies Readonly<Record<string, (world: World, which: number) => unknown>>;

const running = ({ objects }: World) => objects.filter(({ status }) => finishedCondition(status) === undefined);

function endJob(world: World, which: number, type: 'Complete' | 'Failed'): void {
  const some = running(world);
  const job = some[which % Math.max(some.length, 1)];
  const time = new Date(world.nowMs).toISOString();
  const condition = { type, status: 'True', reason: '', message: '', lastTransitionTime: time };
  if (job !== undefined)
    world.changeObject(job.uid, { conditions: [condition], startTime: time, completionTime: time });
}

const names = Object.keys(happenings) as (keyof typeof happenings)[];
const script = fc.array(
  fc.record({ happens: fc.constantFrom('plan', 'is woken', 'killed plan', ...names), which: fc.nat(1000) }),
  { maxLength: 120 },
);

/** Each time has one Job, never more; with Forbid and Replace never two run at once. */
function requireOrder(world: World): void {
  const times = world.created.map(({ annotations }) => annotations[scheduledTimeAnnotation] ?? '');
  if (new Set(times).size < times.length) throw new Error(`a time came twice: ${times.join()}`);
  const early = times.find((time) => Date.parse(time) % 300_000 !== 0);
  if (early !== undefined) throw new Error(`${early} is no time of the schedule`);
  const { concurrencyPolicy } = world.object.spec;
  if (concurrencyPolicy !== 'Allow' && running(world).length > 1) throw new Error(`${concurrencyPolicy}, but two run`);
}

/** Left alone, it makes the next Job in time and keeps no more than it is to keep. */
function requireConverged(world: World): void {
  world.change({ suspend: false });
  world.nowMs = Math.max(world.nowMs, noonMs) + 3_600_000;
  for (let round = 0; round < 20; round++) {
    world.settle();
    // What was due while one ran comes as soon as that is over.
    while (running(world).length > 0) {
      endJob(world, 0, round % 2 === 0 ? 'Complete' : 'Failed');
      world.settle();
    }
    const count = world.created.length;
    if (world.wakeAtMs === undefined || world.wakeAtMs <= world.nowMs) throw new Error('it does not wait for its time');
    world.nowMs = world.wakeAtMs;
    world.run();
    if (world.created.length !== count + 1) throw new Error('no Job at its time');
  }
  world.settle();
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = world.object.spec;
  const over = world.objects.length - running(world).length;
  if (over !== successfulJobsHistoryLimit + failedJobsHistoryLimit) throw new Error(`${over} are kept`);
}

describe('a CronJob', () => {
  it('never has two Jobs for a time nor two at once where that is forbidden, and goes on', () => {
    const policies = fc.constantFrom<CronJobSpec['concurrencyPolicy']>('Allow', 'Forbid', 'Replace');
    const deadlines = fc.constantFrom({}, { startingDeadlineSeconds: 100 });
    fc.assert(
      fc.property(policies, deadlines, script, (concurrencyPolicy, deadline, happened) => {
        const world: World = new OwnerWorld(aCronJob({ concurrencyPolicy, ...deadline }), planCronJob);
        for (const { happens, which } of happened) {
          happenings[happens](world, which);
          requireOrder(world);
        }
        requireConverged(world);
      }),
      { numRuns: 150 },
    );
  });
});
