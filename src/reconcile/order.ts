/** Which containers have to run before which: who joins whose namespaces. Pure. */
import { podInitName } from '../model/action.ts';
import { type ContainerSpec, type NamespaceKind, namespaceKinds, type PodSpec } from '../model/pod-spec.ts';

/** Containers (or `_pod`) whose namespaces this one joins by `container:<name>` or `pid: pod`; each once. */
export function joinedContainers(container: ContainerSpec): readonly string[] {
  const owners = namespaceKinds.flatMap((kind) => joinedOwner(container, kind) ?? []);
  return [...new Set(owners)];
}

/** Containers that start anew because these do: they joined a namespace of one of them, or of one that follows it; in the pod's order. */
export function followersOf(restarted: readonly string[], { containers }: PodSpec): readonly string[] {
  const ended = new Set(restarted);
  let size: number;
  do {
    size = ended.size;
    for (const container of containers) {
      if (joinedContainers(container).some((owner) => ended.has(owner))) ended.add(container.name);
    }
  } while (ended.size > size);
  return containers.flatMap(({ name }) => (ended.has(name) && !restarted.includes(name) ? [name] : []));
}

/** Whose pid namespace it lives in, when not its own or the host's: it dies with that one's PID 1, pid_namespaces(7). */
export function pidOwner(container: ContainerSpec): string | undefined {
  return joinedOwner(container, 'pid');
}

/** True when the pod needs `_pod`, the PID 1 of a shared pid namespace. */
export function needsPodInit(spec: PodSpec): boolean {
  return spec.containers.some((container) => container.namespaces.pid === 'pod');
}

function joinedOwner(container: ContainerSpec, kind: NamespaceKind): string | undefined {
  const mode = container.namespaces[kind];
  if (mode.startsWith('container:')) return mode.slice('container:'.length);
  return kind === 'pid' && mode === 'pod' ? podInitName : undefined;
}
