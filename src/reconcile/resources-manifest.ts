/** A pod's manifest with other resources of the pod, a container or a program. Pure. */
import { mergeResources } from '../manifest/merge-resources.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ResourcesRequest } from '../protocol/api.ts';
import { changeContainer, changeProcess, containerOf, type Fields, requireProcess } from './edit-manifest.ts';

/** All else stays as written. Throws PodError NotFound, which names what there is, or Invalid for a program of a plain container. */
export function resourcesManifest(manifest: PodManifest, spec: PodSpec, request: ResourcesRequest): PodManifest {
  const { container, program, resources } = request;
  const change = (item: Fields): Fields => withResources(item, resources);
  if (container === undefined) return { ...manifest, spec: withResources(manifest.spec, resources) };
  const found = containerOf(spec, container);
  if (program === undefined) return changeContainer(manifest, container, change);
  requireProcess(spec, found, program, 'limit');
  return changeProcess(manifest, container, program, change);
}

function withResources({ resources, ...others }: Fields, patch: Fields): Fields {
  const merged = mergeResources(resources as Fields | undefined, patch);
  return merged === undefined ? others : { ...others, resources: merged };
}
