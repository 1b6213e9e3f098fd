/** The files of a volume that is made from objects, or from what a pod knows of itself. Pure. */
import type { ContentKind } from '../model/object-manifest.ts';
import type { FieldFile, FilesVolume, ObjectVolume } from '../model/volume-spec.ts';
import { type ObjectFile, objectFiles } from './object-files.ts';

/** The bytes by key of an object of the pod's namespace; undefined: there is none. */
export type FindContent = (kind: ContentKind, name: string) => ReadonlyMap<string, Uint8Array> | undefined;

/** An object that is needed and not there, or a key of it. */
export interface MissingContent {
  readonly kind: ContentKind;
  readonly name: string;
  readonly key?: string;
}

export interface VolumeFiles {
  readonly files: readonly ObjectFile[];
  readonly missing: readonly MissingContent[];
}

/** Late values stay marks. Of two files for one path the later source's counts, as the kubelet has it. */
export function volumeFiles(source: FilesVolume, find: FindContent): VolumeFiles {
  if (source.kind !== 'projected') return filesOf(source, find);
  const { defaultMode } = source;
  const parts = source.sources.map((part) =>
    part.kind === 'fields'
      ? { files: part.files.map((file) => fieldFile(file, defaultMode)), missing: [] }
      : filesOf({ ...part, defaultMode }, find),
  );
  const files = new Map(parts.flatMap((part) => part.files.map((file) => [file.path, file] as const)));
  return { files: [...files.values()], missing: parts.flatMap(({ missing }) => missing) };
}

/** Whether what it shows must stay in memory. */
export const holdsSecrets = (source: FilesVolume): boolean =>
  source.kind === 'secret' || (source.kind === 'projected' && source.sources.some(({ kind }) => kind === 'secret'));

/** An optional object that is not there has no files. */
function filesOf(source: ObjectVolume, find: FindContent): VolumeFiles {
  const kind = source.kind === 'secret' ? 'Secret' : 'ConfigMap';
  const { name } = source;
  const content = find(kind, name);
  if (content === undefined && !source.optional) return { files: [], missing: [{ kind, name }] };
  const { files, missing } = objectFiles(source, content ?? new Map());
  return { files, missing: missing.map((key) => ({ kind, name, key })) };
}

const fieldFile = ({ path, text, mode }: FieldFile, defaultMode: number): ObjectFile => ({
  path,
  mode: mode ?? defaultMode,
  content: new TextEncoder().encode(text),
});
