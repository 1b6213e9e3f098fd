/** What keeps the kubelet from mounting a pod's volumes. Pure. */
import { isVolumeMissing } from '../manifest/volume-references.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { hasBegun, type PodView } from './pod-view.ts';

/** In its words: ConfigMaps, Secrets and keys of them that volumes need and that are not there. */
export const missingVolumes = ({ containers }: PodSpec): readonly string[] => [
  ...new Set(containers.flatMap(({ missing = [] }) => missing.filter(isVolumeMissing))),
];

/** It mounts all of them before it starts the first container; what was mounted once stays. */
export const waitsForVolumes = (spec: PodSpec, view: PodView): boolean =>
  missingVolumes(spec).length > 0 && !hasBegun(view);
