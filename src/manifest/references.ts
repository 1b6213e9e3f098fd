/** What a pod's manifest refers to outside of itself (see model/materials.ts). Pure. */
import type { ContentKind } from '../model/object-manifest.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import type { FieldPath } from './field-problem.ts';
import { allContainers } from './listed-containers.ts';
import { isEnvList } from './rules-env.ts';
import type { ContainerInput, PodInput, ProcessInput } from './schema.ts';
import { claimReferences, contentReferences, volumeReferences } from './volume-references.ts';

/** A ConfigMap or Secret of the pod's namespace. */
export interface ObjectReference {
  readonly kind: ContentKind;
  readonly name: string;
  /** absent: all keys */
  readonly key?: string;
  /** before the names of variables that its keys become */
  readonly prefix?: string;
  readonly optional: boolean;
  /** for files of a volume, not for variables */
  readonly isVolume?: true;
  readonly path: FieldPath;
}

/** A file on this machine. */
export interface FileReference {
  readonly file: string;
  readonly optional: boolean;
  readonly path: FieldPath;
}

/** What is mounted from this machine with `restartOn: change` or `reloadOn: change`. */
export interface ContentReference {
  /** absolute */
  readonly hostPath: string;
  readonly subPath?: string;
  readonly path: FieldPath;
}

export interface ClaimReference {
  readonly name: string;
  readonly path: FieldPath;
}

export interface References {
  readonly objects: readonly ObjectReference[];
  readonly envFiles: readonly FileReference[];
  /** PersistentVolumeClaims of the pod's namespace, mounted or not */
  readonly claims: readonly ClaimReference[];
  /** paths of this machine whose content counts */
  readonly contents: readonly ContentReference[];
}

/** Of a manifest that was validated. */
export function referencesOf(manifest: PodManifest): References {
  const spec = manifest.spec as unknown as PodInput['spec'];
  const sources = allContainers(spec).flatMap(({ container, path }) => {
    const programs = (container.processes ?? []).map((process, at): Placed => [process, [...path, 'processes', at]]);
    return [[container, path] as const, ...programs];
  });
  return {
    objects: [
      ...sources.flatMap(([source, path]) => [...envFromReferences(source, path), ...keyReferences(source, path)]),
      ...volumeReferences(spec),
    ],
    envFiles: sources.flatMap(([source, path]) => fileReferences(source, path)),
    claims: claimReferences(spec),
    contents: contentReferences(spec),
  };
}

/** Objects of this kind are what pods take contents from: of all others none can be a pod's. */
export const isReferredTo = (kind: string): boolean =>
  kind === 'ConfigMap' || kind === 'Secret' || kind === 'PersistentVolumeClaim';

/** The same object may be referred to several times. */
export function refersTo({ objects, claims }: References, kind: string, name: string): boolean {
  if (kind === 'PersistentVolumeClaim') return claims.some((claim) => claim.name === name);
  return objects.some((reference) => reference.kind === kind && reference.name === name);
}

type EnvSource = Pick<ContainerInput, 'envFrom' | 'envFile'> & { readonly env?: ProcessInput['env'] };
type Placed = readonly [EnvSource, FieldPath];

function envFromReferences({ envFrom = [] }: EnvSource, path: FieldPath): readonly ObjectReference[] {
  return envFrom.map((source, index) => {
    const { configMapRef, secretRef, prefix } = source;
    const ref = configMapRef ?? secretRef;
    return {
      kind: configMapRef === undefined ? 'Secret' : 'ConfigMap',
      name: ref?.name ?? '',
      ...(prefix === undefined ? {} : { prefix }),
      optional: ref?.optional ?? false,
      path: [...path, 'envFrom', index],
    };
  });
}

function keyReferences({ env }: EnvSource, path: FieldPath): readonly ObjectReference[] {
  if (!isEnvList(env)) return [];
  return env.flatMap(({ valueFrom }, index) => {
    const ref = valueFrom === undefined ? undefined : keyReference(valueFrom);
    return ref === undefined ? [] : [{ ...ref, path: [...path, 'env', index, 'valueFrom'] }];
  });
}

type ValueFrom = NonNullable<NonNullable<ContainerInput['env']>[number]['valueFrom']>;

/** Undefined for sources that this version does not honour. */
export function keyReference({ configMapKeyRef, secretKeyRef }: ValueFrom): Omit<ObjectReference, 'path'> | undefined {
  const ref = configMapKeyRef ?? secretKeyRef;
  if (ref === undefined) return undefined;
  const { name = '', key = '', optional = false } = ref;
  return { kind: configMapKeyRef === undefined ? 'Secret' : 'ConfigMap', name, key, optional };
}

function fileReferences({ envFile = [] }: EnvSource, path: FieldPath): readonly FileReference[] {
  return envFile.map((file, index) => {
    const at = [...path, 'envFile', index];
    if (typeof file === 'string') return { file, optional: false, path: at };
    return { file: file.path, optional: file.optional ?? false, path: [...at, 'path'] };
  });
}
