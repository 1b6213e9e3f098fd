/** The mounts of a container with what they show. Pure. */
import { posix } from 'node:path';
import type { Materials } from '../model/materials.ts';
import type {
  HostPathType,
  KeyPath,
  MountContent,
  MountSpec,
  ObjectVolume,
  VolumeSource,
} from '../model/volume-spec.ts';
import { digestOfEntries } from './content-digest.ts';
import { findObject, keyMissing, objectMissing } from './normalise-env.ts';
import { contentOf } from './object-content.ts';
import { entriesOf, objectFiles } from './object-files.ts';
import type { ContainerInput, PodInput } from './schema.ts';
import { contentKey, onChangeField } from './volume-references.ts';

type Volume = NonNullable<PodInput['spec']['volumes']>[number];
type Mount = NonNullable<ContainerInput['volumeMounts']>[number];

/** What volumes find, and the namespace they look in. */
export interface MountMaterials extends Pick<Materials, 'configMaps' | 'secrets' | 'digests' | 'hash'> {
  readonly namespace: string;
}

export interface NormalisedMounts {
  readonly mounts: readonly MountSpec[];
  /** in the kubelet's words, what is needed and not there */
  readonly missing: readonly string[];
}

/** Mounts of volumes that this version does not serve are left out: a warning said so (honour.ts). */
export function normaliseMounts(
  mounts: ContainerInput['volumeMounts'],
  volumes: PodInput['spec']['volumes'],
  materials: MountMaterials,
): NormalisedMounts {
  const served = (mounts ?? []).flatMap((mount) => {
    const volume = volumes?.find(({ name }) => name === mount.name);
    const source = volume === undefined ? undefined : volumeSource(volume);
    return source === undefined || mount.subPathExpr ? [] : [normaliseMount(mount, source, materials)];
  });
  return {
    mounts: served.map(({ mount }) => mount),
    missing: [...new Set(served.flatMap(({ missing }) => missing))],
  };
}

/** Undefined for a source of other versions. A volume without any is an emptyDir (Kubernetes SetDefaults_Volume). */
function volumeSource(volume: Volume): VolumeSource | undefined {
  const { hostPath, configMap, secret } = volume;
  if (hostPath !== undefined) {
    return { kind: 'hostPath', path: hostPath.path ?? '', type: (hostPath.type ?? '') as HostPathType };
  }
  if (configMap !== undefined) return { kind: 'configMap', name: configMap.name ?? '', ...objectVolume(configMap) };
  if (secret !== undefined) return { kind: 'secret', name: secret.secretName ?? '', ...objectVolume(secret) };
  const isEmptyDir = volume.emptyDir !== undefined || Object.keys(volume).length === 1;
  return isEmptyDir ? { kind: 'emptyDir' } : undefined;
}

/** Kubernetes' defaults: 0644, all keys, needed. */
function objectVolume({
  items,
  defaultMode = 0o644,
  optional = false,
}: Pick<NonNullable<Volume['configMap']>, 'items' | 'defaultMode' | 'optional'>): Omit<ObjectVolume, 'kind' | 'name'> {
  return { ...(items === undefined ? {} : { items: items.map(keyPath) }), defaultMode, optional };
}

function keyPath({
  key = '',
  path = '',
  mode,
}: NonNullable<NonNullable<Volume['configMap']>['items']>[number]): KeyPath {
  return { key, path: posix.normalize(path).replace(/\/$/, ''), ...(mode === undefined ? {} : { mode }) };
}

interface ServedMount {
  readonly mount: MountSpec;
  readonly missing: readonly string[];
}

function normaliseMount(written: Mount, source: VolumeSource, materials: MountMaterials): ServedMount {
  const { name, mountPath, readOnly, subPath } = written;
  const inside = subPath ? posix.normalize(subPath).replace(/\/$/, '') : '.';
  const onChange = onChangeField(written);
  const mount: MountSpec = {
    volume: name,
    source,
    mountPath: absoluteMountPath(mountPath),
    readOnly: readOnly ?? false,
    ...(inside === '.' ? {} : { subPath: inside }),
    ...(onChange === undefined ? {} : { onChange: onChange === 'restartOn' ? 'restart' : 'reload' }),
  };
  const { content, missing } = findContent(mount, materials);
  return { mount: content === undefined ? mount : { ...mount, content }, missing };
}

/** As the kubelet takes it: a relative path starts from the root. */
export const absoluteMountPath = (mountPath: string): string => posix.resolve('/', mountPath);

interface FoundContent {
  readonly content?: MountContent;
  readonly missing: readonly string[];
}

function findContent({ source, subPath, onChange }: MountSpec, materials: MountMaterials): FoundContent {
  switch (source.kind) {
    case 'emptyDir':
      return { missing: [] };
    case 'hostPath': {
      const place = { hostPath: source.path, ...(subPath === undefined ? {} : { subPath }) };
      const content = onChange === undefined ? undefined : materials.digests.get(contentKey(place));
      return { missing: [], ...(content === undefined || typeof content === 'string' ? {} : { content }) };
    }
    default:
      return objectContent(source, subPath, materials);
  }
}

function objectContent(source: ObjectVolume, subPath: string | undefined, materials: MountMaterials): FoundContent {
  const { name, optional } = source;
  const kind = source.kind === 'secret' ? 'Secret' : 'ConfigMap';
  const object = findObject(kind, name, materials);
  if (object === undefined && !optional) return { missing: [objectMissing(kind, name)] };
  const found = objectFiles(source, object === undefined ? new Map() : contentOf(object));
  if (found.missing.length > 0) {
    return { missing: found.missing.map((key) => keyMissing({ kind, name, key }, materials.namespace)) };
  }
  const { hash } = materials;
  return hash === undefined
    ? { missing: [] }
    : { missing: [], content: digestOfEntries(entriesOf(found, subPath, hash), hash) };
}
