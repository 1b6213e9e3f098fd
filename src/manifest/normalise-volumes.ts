/** The mounts of a container with what they show. Pure. */
import { posix } from 'node:path';
import type { Materials } from '../model/materials.ts';
import type { ContentKind } from '../model/object-manifest.ts';
import type { FilesVolume, MountContent, MountSpec, VolumeSource } from '../model/volume-spec.ts';
import { digestOfEntries } from './content-digest.ts';
import { expandVariables } from './expand-variables.ts';
import { findObject, objectMissing } from './normalise-env.ts';
import { type KnownOfPod, normalPath } from './normalise-fields.ts';
import { contentOf } from './object-content.ts';
import { entriesOf } from './object-files.ts';
import type { ContainerInput } from './schema.ts';
import { type MissingContent, volumeFiles } from './volume-files.ts';
import { contentKey, onChangeField, setUpFailed } from './volume-references.ts';
import { type Volume, volumeSource } from './volume-source.ts';

type Mount = NonNullable<ContainerInput['volumeMounts']>[number];

/** What volumes find, and the namespace they look in. */
export interface MountMaterials extends Pick<Materials, 'configMaps' | 'secrets' | 'digests' | 'hash'> {
  readonly namespace: string;
}

/** What surrounds the mounts of a container. */
export interface MountSurroundings {
  readonly volumes: readonly Volume[];
  readonly pod: KnownOfPod;
  /** the container's, for subPathExpr; late values stay marks */
  readonly env: ReadonlyMap<string, string>;
  readonly materials: MountMaterials;
}

export interface NormalisedMounts {
  readonly mounts: readonly MountSpec[];
  /** in the kubelet's words, what is needed and not there */
  readonly missing: readonly string[];
}

/** Mounts of volumes that this machine does not serve are left out: a warning said so (honour.ts). */
export function normaliseMounts(
  mounts: ContainerInput['volumeMounts'],
  surroundings: MountSurroundings,
): NormalisedMounts {
  const served = (mounts ?? []).flatMap((mount) => {
    const volume = surroundings.volumes.find(({ name }) => name === mount.name);
    const source = volume === undefined ? undefined : volumeSource(volume, surroundings.pod);
    return volume === undefined || source === undefined ? [] : [normaliseMount(mount, volume, source, surroundings)];
  });
  return {
    mounts: served.map(({ mount }) => mount),
    missing: [...new Set(served.flatMap(({ missing }) => missing))],
  };
}

interface ServedMount {
  readonly mount: MountSpec;
  readonly missing: readonly string[];
}

function normaliseMount(
  written: Mount,
  { persistentVolumeClaim }: Volume,
  source: VolumeSource,
  { env, materials }: MountSurroundings,
): ServedMount {
  const { name, mountPath, readOnly, recursiveReadOnly, mountPropagation = 'None' } = written;
  const { subPath, missing } = subPathOf(written, env);
  const onChange = onChangeField(written);
  const isReadOnly = readOnly === true || persistentVolumeClaim?.readOnly === true;
  const mount: MountSpec = {
    volume: name,
    source,
    mountPath: absoluteMountPath(mountPath),
    readOnly: isReadOnly,
    ...(isReadOnly && recursiveReadOnly === 'Disabled' ? { readOnlyBelow: false } : {}),
    ...(mountPropagation === 'None' || mountPropagation === '' ? {} : { propagation: mountPropagation }),
    ...(subPath === '.' ? {} : { subPath }),
    ...(onChange === undefined ? {} : { onChange: onChange === 'restartOn' ? 'restart' : 'reload' }),
  };
  const found = findContent(mount, materials);
  return {
    mount: found.content === undefined ? mount : { ...mount, content: found.content },
    missing: [...missing, ...found.missing],
  };
}

/** As the kubelet takes it: a relative path starts from the root. */
export const absoluteMountPath = (mountPath: string): string => posix.resolve('/', mountPath);

/** A variable that is not there keeps the container waiting (kubelet ExpandContainerVolumeMounts). */
function subPathOf(
  { subPath, subPathExpr }: Mount,
  env: ReadonlyMap<string, string>,
): { readonly subPath: string; readonly missing: readonly string[] } {
  if (!subPathExpr) return { subPath: subPath ? normalPath(subPath) : '.', missing: [] };
  const missing: string[] = [];
  const get = (name: string): string | undefined => {
    if (!env.has(name)) missing.push(`missing value for "${name}"`);
    return env.get(name);
  };
  const expanded = expandVariables(subPathExpr, { get });
  const isOut = expanded.startsWith('/') || expanded.split('/').includes('..');
  if (isOut) missing.push(`subPath ${JSON.stringify(expanded)} of ${subPathExpr} leads out of the volume`);
  return { subPath: isOut ? '.' : normalPath(expanded), missing };
}

interface FoundContent {
  readonly content?: MountContent;
  readonly missing: readonly string[];
}

function findContent({ source, volume, subPath, onChange }: MountSpec, materials: MountMaterials): FoundContent {
  switch (source.kind) {
    case 'emptyDir':
    case 'claim':
      return { missing: [] };
    case 'hostPath': {
      const place = { hostPath: source.path, ...(subPath === undefined ? {} : { subPath }) };
      const content = onChange === undefined ? undefined : materials.digests.get(contentKey(place));
      return { missing: [], ...(content === undefined || typeof content === 'string' ? {} : { content }) };
    }
    default:
      return filesContent(source, { subPath, volume }, materials);
  }
}

function filesContent(
  source: FilesVolume,
  { volume, subPath }: Pick<MountSpec, 'volume'> & { readonly subPath: string | undefined },
  materials: MountMaterials,
): FoundContent {
  const found = volumeFiles(source, (kind: ContentKind, name) => {
    const object = findObject(kind, name, materials);
    return object === undefined ? undefined : contentOf(object);
  });
  if (found.missing.length > 0) return { missing: found.missing.map((what) => volumeMissing(volume, what)) };
  const { hash } = materials;
  return hash === undefined
    ? { missing: [] }
    : { missing: [], content: digestOfEntries(entriesOf(found.files, subPath, hash), hash) };
}

/** As the kubelet says why it cannot mount a volume. */
const volumeMissing = (volume: string, what: MissingContent): string =>
  `${setUpFailed} for volume "${volume}" : ${missingContent(what)}`;

/** The same without the volume. */
export function missingContent({ kind, name, key }: MissingContent): string {
  if (key === undefined) return objectMissing(kind, name);
  const of =
    kind === 'ConfigMap' ? 'configmap references non-existent config key' : 'references non-existent secret key';
  return `${of}: ${key}`;
}
