/** The two lists of containers of a pod's manifest, with where each container stands. Pure. */
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { FieldPath } from './field-problem.ts';
import type { ContainerInput, LooseContainer, LooseSpec, PodInput } from './schema.ts';

export const containerLists = ['initContainers', 'containers'] as const;
export type ContainerList = (typeof containerLists)[number];

export const isContainerList = (field: string | undefined): boolean => containerLists.some((list) => list === field);

/** Where a container of this role stands. */
export const listOf = ({ role }: Pick<ContainerSpec, 'role'>): ContainerList =>
  role === undefined ? 'containers' : 'initContainers';

interface Listed<C> {
  readonly container: C;
  readonly list: ContainerList;
  readonly path: FieldPath;
}

/** Of a pod that rules judge: what was cut out is left out. Init containers come first. */
export function listedContainers(spec: LooseSpec): readonly Listed<LooseContainer>[] {
  return containerLists.flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) =>
      container === undefined ? [] : [{ container, list, path: ['spec', list, index] }],
    ),
  );
}

/** Of a valid pod. */
export function allContainers(spec: Pick<PodInput['spec'], ContainerList>): readonly Listed<ContainerInput>[] {
  return containerLists.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, list, path: ['spec', list, index] })),
  );
}

/** An init container that runs on beside the others. */
export const isSidecar = ({ list, container }: Pick<Listed<LooseContainer>, 'list' | 'container'>): boolean =>
  list === 'initContainers' && container.restartPolicy === 'Always';
