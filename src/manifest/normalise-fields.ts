/** What a pod knows of itself, as files of a volume (Kubernetes DownwardAPIVolumeFile). Pure. */
import { posix } from 'node:path';
import { lateLookup } from '../launch/late-facts.ts';
import { lateResource, lateValue } from '../model/late-value.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import type { FieldFile } from '../model/volume-spec.ts';
import type { PodInput } from './schema.ts';

type Volume = NonNullable<PodInput['spec']['volumes']>[number];
export type FieldItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

/** Of the pod whose volumes are made. */
export interface KnownOfPod {
  /** podctl.dev/v1 */
  readonly isOurs: boolean;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** by container */
  readonly resources: Readonly<Record<string, ResourceSpec>>;
}

/**
 * What the manifest says stands in the text, so that a change of it changes what the volume shows; what only a pod or the machine knows
 * (its uid, what may be used where nothing limits it) is a late value.
 */
export const fieldFiles = (items: readonly FieldItem[], pod: KnownOfPod): readonly FieldFile[] =>
  items.map((item) => ({
    path: normalPath(item.path ?? ''),
    text: textOf(item, pod),
    ...(item.mode === undefined ? {} : { mode: item.mode }),
  }));

/** Without `.`, empty parts and a slash at its end. */
export const normalPath = (path: string): string => posix.normalize(path).replace(/\/$/, '');

function textOf({ fieldRef, resourceFieldRef }: FieldItem, pod: KnownOfPod): string {
  if (resourceFieldRef === undefined) return fieldText(fieldRef?.fieldPath ?? '', pod);
  const { containerName = '', resource = '', divisor } = resourceFieldRef;
  const unit = String(divisor || '0');
  const isMachines = resource.startsWith('limits.') && limitOf(pod.resources[containerName], resource) === undefined;
  return isMachines
    ? lateResource(containerName, resource, unit)
    : (lookUp(pod)(`resource ${containerName} ${resource} ${unit}`) ?? '');
}

const fieldText = (field: string, pod: KnownOfPod): string =>
  field === 'metadata.uid' ? lateValue(field) : (lookUp(pod)(field) ?? '');

/** Undefined where the machine is the limit. */
function limitOf(own: ResourceSpec | undefined, resource: string): number | undefined {
  if (resource === 'limits.cpu') return own?.cpuLimitMillis;
  if (resource === 'limits.memory') return own?.memoryLimitBytes;
  return resource === 'limits.ephemeral-storage' ? undefined : 0;
}

/** Nothing of what is not known here is asked for. */
const lookUp = (pod: KnownOfPod): ReturnType<typeof lateLookup> =>
  lateLookup({
    ...pod,
    uid: '',
    serviceAccountName: '',
    nodeName: '',
    podIPs: [],
    hostIPs: [],
    node: { cpuMillis: 0, memoryBytes: 0, storageBytes: 0 },
  });
