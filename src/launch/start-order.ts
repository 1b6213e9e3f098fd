/** Which containers have to run before which, because of shared namespaces. Pure. */
import { podInitName } from '../model/action.ts';
import type { ContainerSpec, NamespaceKind, PodSpec } from '../model/pod-spec.ts';
import { joinedContainers, needsPodInit } from '../reconcile/order.ts';

/** Not held by the zygote: the first container that says `pod` makes them, the others join it. */
const madeByFirst: readonly NamespaceKind[] = ['mnt', 'cgroup'];

/**
 * Names in waves: all of one wave can start at once when the waves before it run. `_pod` stands first when the pod shares
 * a pid namespace. A ring of `container:` references, which validation refuses, is a bug.
 */
export function startOrder(pod: PodSpec): string[][] {
  const waves: string[][] = needsPodInit(pod) ? [[podInitName]] : [];
  const started = new Set(waves.flat());
  let left = [...pod.containers];
  while (left.length > 0) {
    const wave = left.filter((container) => needs(pod, container).every((name) => started.has(name)));
    if (wave.length === 0) throw new Error(`bug: ${left.map(({ name }) => name).join(', ')} wait for each other`);
    for (const { name } of wave) started.add(name);
    waves.push(wave.map(({ name }) => name));
    left = left.filter(({ name }) => !started.has(name));
  }
  return waves;
}

function needs(pod: PodSpec, container: ContainerSpec): string[] {
  const makers = madeByFirst.flatMap((kind) => {
    if (container.namespaces[kind] !== 'pod') return [];
    const first = pod.containers.find(({ namespaces }) => namespaces[kind] === 'pod');
    return first === undefined || first.name === container.name ? [] : [first.name];
  });
  return [...joinedContainers(container), ...makers];
}
