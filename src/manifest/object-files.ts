/** The files that a ConfigMap or Secret becomes in a volume. Pure. */
import type { Hash } from '../model/materials.ts';
import type { KeyPath, ObjectVolume } from '../model/volume-spec.ts';
import type { TreeEntry } from './content-digest.ts';

export interface ObjectFile {
  /** relative, without `..`, not beginning with `..` */
  readonly path: string;
  /** permission bits */
  readonly mode: number;
  readonly content: Uint8Array;
}

export interface ObjectFiles {
  readonly files: readonly ObjectFile[];
  /** keys that are asked for and are not there */
  readonly missing: readonly string[];
}

/** All keys, or the items that are asked for; of two for one path the later. */
export function objectFiles(
  { items, defaultMode, optional }: Pick<ObjectVolume, 'items' | 'defaultMode' | 'optional'>,
  content: ReadonlyMap<string, Uint8Array>,
): ObjectFiles {
  const wanted: readonly KeyPath[] = items ?? [...content.keys()].map((key) => ({ key, path: key }));
  const files = new Map<string, ObjectFile>();
  const missing: string[] = [];
  for (const { key, path, mode = defaultMode } of wanted) {
    const bytes = content.get(key);
    if (bytes !== undefined) files.set(path, { path, mode, content: bytes });
    else if (!optional) missing.push(key);
  }
  return { files: [...files.values()], missing };
}

/** As digestOfEntries takes them; of a subPath those below it, or the file itself. */
export function entriesOf(files: readonly ObjectFile[], subPath: string | undefined, hash: Hash): readonly TreeEntry[] {
  return files.flatMap(({ path, mode, content }) => {
    const inside = pathIn(path, subPath);
    return inside === undefined ? [] : [{ path: inside, kind: 'file', mode, digest: hash(content) } as const];
  });
}

function pathIn(path: string, subPath: string | undefined): string | undefined {
  if (subPath === undefined) return path;
  if (path === subPath) return '';
  return path.startsWith(`${subPath}/`) ? path.slice(subPath.length + 1) : undefined;
}
