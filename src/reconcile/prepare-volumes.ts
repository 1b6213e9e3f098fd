/** The volumes of a container on this machine. */
import { fillContainer } from '../launch/fill-late.ts';
import { contentOf } from '../manifest/object-content.ts';
import { type LateValues, noLateValues } from '../model/late-value.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { applyVolumes } from '../volume/apply-volumes.ts';
import { planVolumes, type VolumeOp } from '../volume/plan-volumes.ts';
import type { Engine } from './engine.ts';
import type { Pod } from './pod.ts';

/** Before a start. Rejects with a PodError that names the volume and what is wrong with it. */
export async function prepareVolumes(
  engine: Engine,
  pod: Pod,
  container: ContainerSpec,
  late: LateValues | undefined,
): Promise<void> {
  if (container.mounts.length === 0) return;
  const owned = ownedVolumes(pod);
  const ops = planOf(engine, pod, container, late).filter((op) => op.op !== 'own' || !owned.has(ownKey(op)));
  await perform(engine, pod, ops);
  for (const op of ops) if (op.op === 'own') owned.add(ownKey(op));
}

/** What podd writes into them once more, while the container runs. */
export function refreshVolumes(engine: Engine, pod: Pod, container: ContainerSpec, late: LateValues): Promise<void> {
  const ops = planOf(engine, pod, container, late);
  return perform(
    engine,
    pod,
    ops.filter(({ op }) => op === 'files'),
  );
}

function planOf({ deps }: Engine, pod: Pod, container: ContainerSpec, late: LateValues = noLateValues) {
  const { namespace, fsGroup, fsGroupChangePolicy } = pod.spec;
  const owner = {
    ...{ uid: pod.uid, namespace },
    ...(fsGroup === undefined ? {} : { fsGroup }),
    ...(fsGroupChangePolicy === undefined ? {} : { fsGroupChangePolicy }),
  };
  return planVolumes(fillContainer(container, late), owner, deps.paths);
}

/** A large volume is walked through once for a pod (and once more by the next podd), not at every start of a container. */
const ownedByPod = new WeakMap<Pod, Set<string>>();

function ownedVolumes(pod: Pod): Set<string> {
  const owned = ownedByPod.get(pod) ?? new Set();
  ownedByPod.set(pod, owned);
  return owned;
}

const ownKey = ({ volume, fsGroup }: VolumeOp & { readonly op: 'own' }): string => `${volume} ${fsGroup}`;

function perform({ findData, deps }: Engine, pod: Pod, ops: readonly VolumeOp[]): Promise<void> {
  const { namespace } = pod.spec;
  return applyVolumes(ops, {
    contentOf: (kind, name) => {
      const object = findData({ kind, namespace, name });
      return object === undefined ? undefined : contentOf(object);
    },
    now: deps.clock.now,
  });
}
