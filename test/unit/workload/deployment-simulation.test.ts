import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { OwnedPod } from '../../../src/model/workload.ts';
import type { DeploymentSpec } from '../../../src/model/workload-spec.ts';
import { boundsOf } from '../../../src/workload/deployment-sets.ts';
import { isActive } from '../../../src/workload/pod-availability.ts';
import { aDeployment, aTemplate } from './builders.ts';
import { WorkloadWorld } from './workload-world.ts';

/** What happens besides the controllers' own steps; `which` chooses among what there is. */
const happenings = {
  plan: (world, which) => world.run(uidOf(world, which)),
  // podd is killed before it has done all of a plan
  'killed plan': (world, which) => world.run(uidOf(world, which), which % 3),
  ready: (world, which) => withPod(world, which, (pod) => pod.isReady || world.setReady(pod, true)),
  'not ready': (world, which) => withPod(world, which, (pod) => world.setReady(pod, false)),
  failed: (world, which) => withPod(world, which, (pod) => world.fail(pod)),
  gone: (world) => {
    for (const pod of world.pods) if (pod.isDeleting) world.finishDeletion(pod);
  },
  template: (world, which) => world.change({ template: aTemplate(String(1 + (which % 4))) }),
  scale: (world, which) => world.change({ replicas: which % 7 }),
  pause: (world, which) => world.change({ paused: which % 2 === 0 }),
  refusal: (world, which) => {
    world.refusal = which % 2 === 0 ? 'no room' : undefined;
  },
} as const satisfies Readonly<Record<string, (world: WorkloadWorld, which: number) => unknown>>;

interface Happening {
  readonly happens: keyof typeof happenings;
  readonly which: number;
}

function uidOf({ sets, deployment }: WorkloadWorld, which: number): string {
  const uids = [...sets.map(({ uid }) => uid), deployment.uid];
  return uids[which % uids.length] ?? '';
}

function withPod({ active }: WorkloadWorld, which: number, change: (pod: OwnedPod) => unknown): void {
  const pod = active[which % Math.max(active.length, 1)];
  if (pod !== undefined) change(pod);
}

function happen(world: WorkloadWorld, { happens, which }: Happening): void {
  world.nowMs += which;
  happenings[happens](world, which);
}

const strategies = fc.oneof(
  fc.constant<DeploymentSpec['strategy']>({ type: 'Recreate' }),
  fc.record({
    type: fc.constant('RollingUpdate' as const),
    maxSurge: fc.constantFrom<number | string>(0, 1, 2, '25%', '100%'),
    maxUnavailable: fc.constantFrom<number | string>(0, 1, 3, '25%', '50%'),
  }),
);

const often = ['plan', 'plan', 'plan', 'plan', 'killed plan', 'ready', 'ready', 'gone', 'gone'] as const;
const scripts = (some: readonly Happening['happens'][]) =>
  fc.array(fc.record({ happens: fc.constantFrom(...often, ...some), which: fc.nat(1000) }), { maxLength: 120 });

function begin(replicas: number, strategy: DeploymentSpec['strategy'], minReadySeconds: number): WorkloadWorld {
  const world = new WorkloadWorld(aDeployment({ replicas, strategy, minReadySeconds }));
  world.converge();
  return world;
}

describe('a Deployment and its ReplicaSets', () => {
  it('never have too many pods or too few available ones while their template changes, and converge', () => {
    const minReady = fc.constantFrom(0, 0, 5);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        strategies,
        minReady,
        scripts(['template']),
        (replicas, strategy, minReadySeconds, script) => {
          const world = begin(replicas, strategy, minReadySeconds);
          const { surge, unavailable } = boundsOf(world.deployment);
          for (const happening of script) {
            happen(world, happening);
            requireBounds(world, replicas + surge, strategy.type === 'Recreate' ? 0 : replicas - unavailable);
          }
          requireConverged(world);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('never delete an available pod that is needed, whatever happens to the others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        strategies,
        scripts(['template', 'not ready', 'failed']),
        (replicas, strategy, script) => {
          if (strategy.type === 'Recreate') return;
          const world = begin(replicas, strategy, 0);
          const least = replicas - boundsOf(world.deployment).unavailable;
          for (const happening of script) {
            const before = world.available;
            happen(world, happening);
            const deleted = before.filter(({ uid }) => world.pods.some((pod) => pod.uid === uid && pod.isDeleting));
            if (deleted.length > 0 && world.available.length < least)
              throw new Error('an available pod went too early');
          }
          requireConverged(world);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('converge after changes of size, pauses, refusals and failures in any order', () => {
    const anything = scripts(['template', 'scale', 'pause', 'refusal', 'not ready', 'failed']);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), strategies, anything, (replicas, strategy, script) => {
        const world = begin(replicas, strategy, 0);
        for (const happening of script) happen(world, happening);
        requireConverged(world);
      }),
      { numRuns: 150 },
    );
  });
});

function requireBounds({ active, available }: WorkloadWorld, most: number, least: number): void {
  if (active.length > most) throw new Error(`${active.length} pods where ${most} may be`);
  if (available.length < least) throw new Error(`${available.length} available pods where ${least} have to be`);
}

/** Left alone, all pods are of the template as it is, and the status says so. */
function requireConverged(world: WorkloadWorld): void {
  world.refusal = undefined;
  world.change({ paused: false });
  world.nowMs += 600_000;
  world.converge();
  const { replicas, template } = world.deployment.spec;
  const pods = world.pods.filter(isActive);
  const current = pods.filter(({ annotations }) => annotations.version === template.metadata?.annotations?.version);
  const { status } = world.deployment;
  const told = [status.replicas ?? 0, status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
  if (pods.length !== replicas || current.length !== replicas || told.some((count) => count !== replicas))
    throw new Error(`not converged: ${JSON.stringify({ replicas, pods: pods.length, current: current.length, told })}`);
  if (!world.condition('Progressing')?.includes('NewReplicaSetAvailable'))
    throw new Error(`complete, but ${world.condition('Progressing')}`);
}
