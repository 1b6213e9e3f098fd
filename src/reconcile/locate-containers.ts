/** Where a pod's containers keep their sockets and logs. */
import { containerLogDir, type InstancePaths } from '../model/instance-paths.ts';
import type { ProgramSpec } from '../model/pod-spec.ts';
import { programKey, programLabel } from '../model/program-name.ts';
import type { Pod } from './pod.ts';
import { isLive } from './pod-view.ts';
import type { ContainerLocation, LocatedProgram } from './reconciler.ts';

/** All containers of the spec, in its order; `runDir` only of those that live. */
export function locateContainers(pod: Pod, paths: InstancePaths): readonly ContainerLocation[] {
  return pod.spec.containers.map((container) => {
    const slot = pod.containers.get(container.name);
    const instance = slot?.instance;
    const { isPlain, programs, namespaces } = instance?.spec() ?? container;
    return {
      container: container.name,
      ...(container.role === undefined ? {} : { isInit: true as const }),
      ...(instance !== undefined && isLive(instance.view()) ? { runDir: instance.runDir } : {}),
      logDir: containerLogDir(paths, { ...pod.spec, uid: pod.uid }, container.name),
      network: namespaces.net,
      attempt: slot?.run.attempt ?? 0,
      isPlain,
      programs: programs.flatMap(locateInstances),
    };
  });
}

function locateInstances({ name, instances, logs }: ProgramSpec): readonly LocatedProgram[] {
  return Array.from({ length: instances ?? 1 }, (_, instance) => ({
    program: name,
    instance,
    key: programKey(name, instance),
    label: programLabel(name, instance, instances !== undefined),
    logs,
  }));
}
