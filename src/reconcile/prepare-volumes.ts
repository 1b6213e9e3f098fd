/** The volumes of a container on this machine. */
import { contentOf } from '../manifest/object-content.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { ObjectVolume } from '../model/volume-spec.ts';
import { applyVolumes } from '../volume/apply-volumes.ts';
import { planVolumes, type VolumeOp } from '../volume/plan-volumes.ts';
import type { Engine } from './engine.ts';
import type { Pod } from './pod.ts';

/** Before a start. Rejects with a PodError that names the volume and what is wrong with it. */
export function prepareVolumes(engine: Engine, pod: Pod, container: ContainerSpec): Promise<void> {
  return perform(engine, pod, planVolumes(container, pod.uid, engine.deps.paths));
}

/** ConfigMaps and Secrets once more, while the container runs. */
export function refreshVolumes(engine: Engine, pod: Pod, container: ContainerSpec): Promise<void> {
  const ops = planVolumes(container, pod.uid, engine.deps.paths);
  return perform(
    engine,
    pod,
    ops.filter(({ op }) => op === 'object'),
  );
}

function perform({ findData, deps }: Engine, pod: Pod, ops: readonly VolumeOp[]): Promise<void> {
  return applyVolumes(ops, {
    contentOf: ({ kind, name }: ObjectVolume) => {
      const object = findData({
        kind: kind === 'secret' ? 'Secret' : 'ConfigMap',
        namespace: pod.spec.namespace,
        name,
      });
      return object === undefined ? undefined : contentOf(object);
    },
    now: deps.clock.now,
  });
}
