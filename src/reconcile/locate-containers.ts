/** Where a pod's containers keep their sockets and logs. */
import { containerLogDir, type InstancePaths } from '../model/instance-paths.ts';
import type { Pod } from './pod.ts';
import { isLive } from './pod-view.ts';
import type { ContainerLocation } from './reconciler.ts';

/** All containers of the spec, in its order; `runDir` only of those that live. */
export function locateContainers(pod: Pod, paths: InstancePaths): readonly ContainerLocation[] {
  return pod.spec.containers.map(({ name }) => {
    const slot = pod.containers.get(name);
    const instance = slot?.instance;
    return {
      container: name,
      ...(instance !== undefined && isLive(instance.view()) ? { runDir: instance.runDir } : {}),
      logDir: containerLogDir(paths, { ...pod.spec, uid: pod.uid }, name),
      attempt: slot?.run.attempt ?? 0,
    };
  });
}
