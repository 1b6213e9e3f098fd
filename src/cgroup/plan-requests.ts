/** What a pod's containers ask for together, by when they are there at the same time (KEP-753, "Resources calculation"). Pure. */
import type { ContainerSpec } from '../model/pod-spec.ts';

type Staged = Pick<ContainerSpec, 'role'>;

/** The largest sum that is there at one time: of mains and sidecars, or of an init container with the sidecars before it. */
export function mostAtOnce<C extends Staged>(containers: readonly C[], sum: (there: readonly C[]) => number): number {
  return Math.max(...moments(containers).map(sum));
}

/** Of CPU or memory. */
export const requestedAtOnce = (
  containers: readonly Pick<ContainerSpec, 'role' | 'resources'>[],
  name: 'cpuRequestMillis' | 'memoryRequestBytes',
): number => mostAtOnce(containers, (there) => there.reduce((sum, { resources }) => sum + (resources[name] ?? 0), 0));

function moments<C extends Staged>(containers: readonly C[]): readonly (readonly C[])[] {
  const inits = containers.flatMap((container, index) => {
    const before = containers.slice(0, index).filter(({ role }) => role === 'sidecar');
    return container.role === 'init' ? [[...before, container]] : [];
  });
  return [containers.filter(({ role }) => role !== 'init'), ...inits];
}
