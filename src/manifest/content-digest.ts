/** The digest of many files. Pure: the hash is the caller's. */
import type { Hash } from '../model/materials.ts';
import type { MountContent } from '../model/volume-spec.ts';

export interface TreeEntry {
  /** relative; empty: the one file that is mounted */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'directory' | 'special';
  /** permission bits */
  readonly mode: number;
  /** of a file's content, of a link's target */
  readonly digest: string;
}

/** Beyond this it is not told which files changed: a record of a pod stays small. */
const maxNamed = 100;
/** Enough to tell two versions of one file apart; what counts is the digest of all. */
const shortDigest = 12;

/** The same for the same entries, in whatever order. */
export function digestOfEntries(entries: readonly TreeEntry[], hash: Hash): Pick<MountContent, 'digest' | 'files'> {
  const lines = entries.map((entry) => ({
    entry,
    line: JSON.stringify([entry.path, entry.kind, entry.mode, entry.digest]),
  }));
  const digest = hash(
    lines
      .map(({ line }) => line)
      .sort()
      .join('\n'),
  );
  const named = lines.filter(({ entry }) => entry.path !== '' && entry.path !== '.' && entry.kind !== 'directory');
  if (named.length > maxNamed || entries.some(({ path }) => path === '')) return { digest };
  return {
    digest,
    files: Object.fromEntries(named.map(({ entry, line }) => [entry.path, hash(line).slice(0, shortDigest)])),
  };
}
