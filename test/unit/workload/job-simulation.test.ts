import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completionIndexKey, type JobSpec, type JobStatus } from '../../../src/model/job-spec.ts';
import type { OwnedPod } from '../../../src/model/workload.ts';
import { parseIndexes } from '../../../src/workload/index-set.ts';
import { finishedCondition, planJob } from '../../../src/workload/plan-job.ts';
import { aJob } from './job-builders.ts';
import { OwnerWorld } from './owner-world.ts';

type World = OwnerWorld<JobSpec, JobStatus>;

/** What happens besides the controller's own steps; `which` chooses among what there is. */
const happenings = {
  plan: (world) => world.run(),
  // podd is killed before it has done all of a plan
  'killed plan': (world, which) => world.run(which % 3),
  succeeds: (world, which) => withPod(world, which, (pod) => endPod(world, pod, 'Succeeded')),
  fails: (world, which) => withPod(world, which, (pod) => endPod(world, pod, 'Failed')),
  'is deleted': (world, which) => withPod(world, which, (pod) => world.changePod(pod, { isDeleting: true })),
  // somebody cleans up, which the controller sees before the pod is gone
  'is cleaned up': (world, which) => {
    world.settle();
    const over = world.pods.filter(({ phase }) => phase === 'Succeeded' || phase === 'Failed');
    const pod = over[which % Math.max(over.length, 1)];
    if (pod !== undefined) world.removePod(pod);
  },
  gone: (world) => {
    world.settle();
    world.finishDeletions();
  },
  suspension: (world, which) => world.change({ suspend: which % 2 === 0 }),
  parallelism: (world, which) => world.change({ parallelism: which % 4 }),
  'time passes': (world, which) => {
    world.nowMs += which * 1000;
  },
  'the clock is set back': (world, which) => {
    world.nowMs -= which * 1000;
  },
} as const satisfies Readonly<Record<string, (world: World, which: number) => unknown>>;

interface Happening {
  readonly happens: keyof typeof happenings;
  readonly which: number;
}

function withPod({ active }: World, which: number, change: (pod: OwnedPod) => unknown): void {
  const pod = active[which % Math.max(active.length, 1)];
  if (pod !== undefined) change(pod);
}

const endPod = (world: World, pod: OwnedPod, phase: 'Succeeded' | 'Failed'): void =>
  world.changePod(pod, { phase, finishedMs: world.nowMs, exitCodes: { app: phase === 'Failed' ? 1 : 0 } });

const script = fc.array(
  fc.record({
    happens: fc.constantFrom<Happening['happens']>(
      ...([
        'plan',
        'plan',
        'plan',
        'plan',
        'killed plan',
        'killed plan',
        'succeeds',
        'succeeds',
        'fails',
        'gone',
      ] as const),
      ...(Object.keys(happenings) as Happening['happens'][]),
    ),
    which: fc.nat(1000),
  }),
  { maxLength: 100 },
);

const specs = fc.record({
  completions: fc.integer({ min: 0, max: 6 }),
  parallelism: fc.integer({ min: 0, max: 4 }),
  completionMode: fc.constantFrom<JobSpec['completionMode']>('Indexed', 'NonIndexed'),
  podReplacementPolicy: fc.constantFrom<JobSpec['podReplacementPolicy']>('Failed', 'TerminatingOrFailed'),
  limits: fc.constantFrom<Partial<JobSpec>>(
    { backoffLimit: 3 },
    { backoffLimit: 100 },
    { backoffLimit: 100, activeDeadlineSeconds: 5_000 },
    { completionMode: 'Indexed', backoffLimitPerIndex: 1 },
    { completionMode: 'Indexed', backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
    { completionMode: 'Indexed', backoffLimit: 100, successPolicy: { rules: [{ succeededCount: 2 }] } },
  ),
});

/** What has become of a Job while it is looked at from outside. */
class Witness {
  readonly #world: World;
  readonly #succeeded = new Set<string>();
  #seen = 0;

  constructor(world: World) {
    this.#world = world;
  }

  look(before: World['object']['status']): void {
    const { pods, object, created, active } = this.#world;
    for (const { uid, phase, isDeleting } of pods) if (phase === 'Succeeded' && !isDeleting) this.#succeeded.add(uid);
    const fresh = created.slice(this.#seen);
    this.#seen = created.length;
    if (fresh.length > 0 && active.length > object.spec.parallelism)
      throw new Error(`${active.length} pods where ${object.spec.parallelism} may run`);
    const completed = parseIndexes(before.completedIndexes, 100);
    const again = fresh.find(({ annotations }) => completed.has(Number(annotations[completionIndexKey] ?? Number.NaN)));
    if (again !== undefined) throw new Error(`${again.name} runs again`);
    if (fresh.length > 0 && finishedCondition(before) !== undefined) throw new Error('a pod of a Job that is over');
    this.#requireTruth();
  }

  #requireTruth(): void {
    const { status, spec } = this.#world.object;
    const succeeded = status.succeeded ?? 0;
    if (spec.completionMode === 'NonIndexed' && succeeded > this.#succeeded.size)
      throw new Error(`${succeeded} are said to have succeeded, ${this.#succeeded.size} have`);
    if (finishedCondition(status)?.reason === 'CompletionsReached' && succeeded < (spec.completions ?? 0))
      throw new Error(`complete with ${succeeded} of ${spec.completions}`);
  }
}

/** Left alone, with pods that succeed, it ends. */
function requireEnd(world: World): void {
  world.change({ suspend: false, parallelism: 2 });
  for (let round = 0; round < 100; round++) {
    world.settle();
    if (finishedCondition(world.object.status) !== undefined) return;
    world.finishDeletions();
    for (const pod of world.active) endPod(world, pod, 'Succeeded');
    if (world.active.length === 0 && world.wakeAtMs !== undefined) world.nowMs = Math.max(world.nowMs, world.wakeAtMs);
  }
  throw new Error(`not over: ${JSON.stringify(world.object.status)}`);
}

describe('a Job', () => {
  it('never has too many pods, runs no completed index again, tells no success that was none, and ends', () => {
    fc.assert(
      fc.property(specs, script, ({ limits, ...spec }, happenedThen) => {
        const world: World = new OwnerWorld(aJob({ ...spec, ...limits }), planJob);
        const witness = new Witness(world);
        for (const { happens, which } of happenedThen) {
          const before = world.object.status;
          happenings[happens](world, which);
          witness.look(before);
        }
        requireEnd(world);
      }),
      { numRuns: 300 },
    );
  });

  it('fails with exactly so many failures as it may have, over kills of podd', () => {
    const kills = fc.array(fc.nat(2), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), kills, (backoffLimit, cuts) => {
        const world: World = new OwnerWorld(aJob({ backoffLimit }), planJob);
        let failures = 0;
        for (let round = 0; finishedCondition(world.object.status) === undefined && round < 60; round++) {
          world.run(cuts[round % cuts.length]);
          world.settle();
          world.nowMs = Math.max(world.nowMs, world.wakeAtMs ?? 0);
          for (const pod of world.active) {
            endPod(world, pod, 'Failed');
            failures += 1;
          }
        }
        expect(failures).toBe(backoffLimit + 1);
        expect(world.object.status).toMatchObject({ failed: backoffLimit + 1 });
      }),
      { numRuns: 50 },
    );
  });
});
