import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { StatefulSetSpec, StatefulSetStatus } from '../../../src/model/stateful-set-spec.ts';
import type { OwnedPod } from '../../../src/model/workload.ts';
import { planStatefulSet } from '../../../src/workload/plan-stateful-set.ts';
import { isActive } from '../../../src/workload/pod-availability.ts';
import { aTemplate } from './builders.ts';
import { aStatefulSet } from './job-builders.ts';
import { OwnerWorld } from './owner-world.ts';

type World = OwnerWorld<StatefulSetSpec, StatefulSetStatus>;

/** What happens besides the controller's own steps; `which` chooses among what there is. */
const happenings = {
  plan: (world) => world.run(),
  // podd is killed before it has done all of a plan
  'killed plan': (world, which) => world.run(which % 3),
  ready: (world, which) => withPod(world, which, (pod) => becomeReady(world, pod)),
  gone: (world) => world.finishDeletions(),
  'not ready': (world, which) => withPod(world, which, (pod) => world.changePod(pod, { isReady: false })),
  failed: (world, which) => withPod(world, which, (pod) => world.changePod(pod, { isReady: false, phase: 'Failed' })),
  'is deleted': (world, which) => withPod(world, which, (pod) => world.changePod(pod, { isDeleting: true })),
  template: (world, which) => world.change({ template: aTemplate(String(which % 3)) }),
  scale: (world, which) => world.change({ replicas: which % 6 }),
  'time passes': (world, which) => {
    world.nowMs += which * 100;
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

const becomeReady = (world: World, pod: OwnedPod): void =>
  world.changePod(pod, { isReady: true, phase: 'Running', readySinceMs: world.nowMs });

const often = ['plan', 'plan', 'plan', 'plan', 'killed plan', 'killed plan', 'ready', 'ready', 'gone'] as const;
const scripts = (some: readonly Happening['happens'][]) =>
  fc.array(fc.record({ happens: fc.constantFrom(...often, ...some), which: fc.nat(1000) }), { maxLength: 100 });

const claims = [{ metadata: { name: 'data' }, spec: {} }];
const begin = (spec: object): World =>
  new OwnerWorld(aStatefulSet({ volumeClaimTemplates: claims, revisionHistoryLimit: 1, ...spec }), planStatefulSet);

const policies = fc.constantFrom('OrderedReady', 'Parallel');
const strategies = fc.constantFrom(
  { type: 'RollingUpdate' },
  { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
);
const retention = fc.constantFrom({}, { whenScaled: 'Delete' });

/** Left alone, with pods that become ready, all are there, of the template as it is, each with its claim. */
function requireConverged(world: World): void {
  for (let round = 0; round < 200; round++) {
    world.settle();
    const before = JSON.stringify(world.pods);
    world.finishDeletions();
    world.nowMs += 600_000;
    for (const pod of world.active) if (!pod.isReady) becomeReady(world, pod);
    world.settle();
    if (JSON.stringify(world.pods) === before) break;
  }
  const { replicas, template } = world.object.spec;
  const names = world.pods.filter(isActive).map(({ name }) => name);
  const wanted = Array.from({ length: replicas }, (_, ordinal) => `web-${ordinal}`);
  const stale = world.pods.filter(({ annotations }) => annotations.version !== template.metadata?.annotations?.version);
  const { status } = world.object;
  if (names.sort().join() !== wanted.join() || stale.length > 0 || status.currentRevision !== status.updateRevision)
    throw new Error(`not converged: ${JSON.stringify({ names, wanted, stale, status })}`);
  const without = wanted.filter((name) => !world.claims.some((claim) => claim.name === `data-${name}`));
  if (without.length > 0) throw new Error(`no claim for ${without}`);
  requireHistory(world);
}

/** Each template that was there has one revision, the newest is that of the template as it is, and the oldest are forgotten. */
function requireHistory({ revisions, object }: World): void {
  const [newest, ...history] = [...revisions].sort((left, right) => right.revision - left.revision);
  const numbers = new Set(revisions.map(({ revision }) => revision));
  const versions = new Set(revisions.map(({ template }) => template.metadata?.annotations?.version));
  const isWhole = numbers.size === revisions.length && versions.size === revisions.length;
  if (isWhole && newest?.name === object.status.updateRevision && history.length <= object.spec.revisionHistoryLimit)
    return;
  throw new Error(`history is ${JSON.stringify(revisions)}`);
}

describe('a StatefulSet', () => {
  it('never has a number twice or a claim too few, whatever happens, and converges', () => {
    const anything = scripts(Object.keys(happenings) as Happening['happens'][]);
    fc.assert(
      fc.property(policies, strategies, retention, anything, (podManagementPolicy, updateStrategy, policy, script) => {
        const set = { podManagementPolicy, updateStrategy, persistentVolumeClaimRetentionPolicy: policy };
        const world = begin(set);
        // A second pod or claim of a name is refused by the world itself.
        for (const { happens, which } of script) {
          happenings[happens](world, which);
          const lost = world.pods.find(({ name }) => !world.claims.some((claim) => claim.name === `data-${name}`));
          if (lost !== undefined) throw new Error(`${lost.name} has no claim`);
        }
        requireConverged(world);
      }),
      { numRuns: 300 },
    );
  });

  it('in order has no pod without those below it being ready when it is made, and takes one away at a time', () => {
    fc.assert(
      fc.property(scripts(['template', 'scale', 'time passes']), (script) => {
        const world = begin({});
        for (const { happens, which } of script) {
          const before = world.pods;
          happenings[happens](world, which);
          const fresh = world.pods.filter(({ uid }) => !before.some((pod) => pod.uid === uid));
          const gone = world.pods.filter(({ isDeleting }) => isDeleting);
          if (fresh.length > 1 || gone.length > 1) throw new Error('more than one at once');
          const [made] = fresh;
          const below = before.filter(({ name }) => made !== undefined && name < made.name);
          if (below.some(({ isReady }) => !isReady)) throw new Error(`${made?.name} came too early`);
        }
        requireConverged(world);
      }),
      { numRuns: 150 },
    );
  });
});
