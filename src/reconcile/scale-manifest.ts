/** A pod's manifest with another number of instances of one program. Pure. */
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ScaleRequest } from '../protocol/api.ts';
import { changeProcess, containerOf, requireProcess } from './edit-manifest.ts';

/** All else stays as written. Throws PodError NotFound, which names what there is, or Invalid for a plain container. */
export function scaleManifest(manifest: PodManifest, spec: PodSpec, request: ScaleRequest): PodManifest {
  const { container, program, instances } = request;
  requireProcess(spec, containerOf(spec, container), program, 'scale');
  return changeProcess(manifest, container, program, (process) => ({ ...process, instances }));
}
