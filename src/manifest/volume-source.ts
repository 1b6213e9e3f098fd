/** What is in a volume: a source of the manifest with its defaults. Pure. */
import type { FilesVolume, KeyPath, ObjectVolume, VolumeSource } from '../model/volume-spec.ts';
import { parseQuantity, quantityUnits } from '../util/quantity.ts';
import { fieldFiles, type KnownOfPod, normalPath } from './normalise-fields.ts';
import type { PodInput } from './schema.ts';

export type Volume = NonNullable<PodInput['spec']['volumes']>[number];
export type ProjectedSource = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

/** Kubernetes' default of every volume of files. */
const defaultFileMode = 0o644;

/** Undefined for a source that this machine cannot serve. A volume without any is an emptyDir (Kubernetes SetDefaults_Volume). */
export function volumeSource(volume: Volume, pod: KnownOfPod): VolumeSource | undefined {
  const { hostPath, persistentVolumeClaim, ephemeral } = volume;
  if (hostPath !== undefined) return hostPathSource(hostPath, pod);
  if (persistentVolumeClaim !== undefined) return { kind: 'claim', name: persistentVolumeClaim.claimName ?? '' };
  // its claim would come and go with the pod: it is a directory that does so
  if (ephemeral !== undefined) return { kind: 'emptyDir' };
  const isEmptyDir = volume.emptyDir !== undefined || Object.keys(volume).length === 1;
  return isEmptyDir ? emptyDirSource(volume.emptyDir) : filesSource(volume, pod);
}

/** In a manifest of ours a path with nothing there is a mistake that is told; Kubernetes' runtimes make a directory. */
function hostPathSource(
  { path = '', type = '' }: NonNullable<Volume['hostPath']>,
  { isOurs }: KnownOfPod,
): VolumeSource {
  return {
    ...{ kind: 'hostPath' as const, path, type },
    ...(type === '' && !isOurs ? { isMade: true } : {}),
  };
}

/** As Kubernetes' controller of ephemeral volumes names the claim that it makes for a pod. */
export const ephemeralClaimName = (pod: string, volume: string): string => `${pod}-${volume}`;

/** Huge pages are not served. */
function emptyDirSource({
  medium = '',
  sizeLimit,
  mode,
}: NonNullable<Volume['emptyDir']> = {}): VolumeSource | undefined {
  if (medium !== '' && medium !== 'Memory') return undefined;
  const limit = parseQuantity(String(sizeLimit ?? ''));
  return {
    kind: 'emptyDir',
    ...(medium === 'Memory' ? { medium } : {}),
    ...(limit === undefined || limit <= 0 ? {} : { sizeLimit: quantityUnits(limit) }),
    ...(mode === undefined ? {} : { mode }),
  };
}

function filesSource({ configMap, secret, downwardAPI, projected }: Volume, pod: KnownOfPod): FilesVolume | undefined {
  if (configMap !== undefined) {
    return { ...objectPart('configMap', configMap.name, configMap), defaultMode: modeOf(configMap) };
  }
  if (secret !== undefined) return { ...objectPart('secret', secret.secretName, secret), defaultMode: modeOf(secret) };
  if (downwardAPI !== undefined) {
    const files = fieldFiles(downwardAPI.items ?? [], pod);
    return { kind: 'projected', sources: [{ kind: 'fields', files }], defaultMode: modeOf(downwardAPI) };
  }
  if (projected === undefined) return undefined;
  const sources = (projected.sources ?? []).flatMap((source) => projectedPart(source, pod) ?? []);
  return { kind: 'projected', sources, defaultMode: modeOf(projected) };
}

const modeOf = ({ defaultMode = defaultFileMode }: { readonly defaultMode?: number | undefined }): number =>
  defaultMode;

type Part = Extract<VolumeSource, { readonly kind: 'projected' }>['sources'][number];

/** Tokens and certificates are a cluster's: a warning said so (honour.ts). */
function projectedPart({ configMap, secret, downwardAPI }: ProjectedSource, pod: KnownOfPod): Part | undefined {
  if (configMap !== undefined) {
    const part = objectPart('configMap', configMap.name, configMap);
    return isClusterRoot(configMap) ? { ...part, optional: true } : part;
  }
  if (secret !== undefined) return objectPart('secret', secret.name, secret);
  if (downwardAPI === undefined) return undefined;
  return { kind: 'fields', files: fieldFiles(downwardAPI.items ?? [], pod) };
}

/** The certificate of the API server, which a cluster puts into every namespace and, with a token, into every pod. */
export const isClusterRoot = ({ name }: { readonly name?: string | undefined }): boolean => name === 'kube-root-ca.crt';

type ObjectInput = Pick<NonNullable<Volume['configMap']>, 'items' | 'optional'>;

/** Kubernetes' defaults: all keys, needed. */
function objectPart<K extends ObjectVolume['kind']>(
  kind: K,
  name: string | undefined,
  { items, optional = false }: ObjectInput,
): Omit<ObjectVolume, 'defaultMode'> & { readonly kind: K } {
  return { kind, name: name ?? '', ...(items === undefined ? {} : { items: items.map(keyPath) }), optional };
}

function keyPath({ key = '', path = '', mode }: NonNullable<ObjectInput['items']>[number]): KeyPath {
  return { key, path: normalPath(path), ...(mode === undefined ? {} : { mode }) };
}
