/** Reads what is mounted from this machine with `restartOn: change` or `reloadOn: change`. Only reads: dry runs use it too. */
import type { ContentReference, References } from '../manifest/references.ts';
import { contentKey } from '../manifest/volume-references.ts';
import type { FileMaterials } from '../model/materials.ts';
import { readContent } from '../volume/read-content.ts';

/** Every content that these refer to and `known` does not hold, beside what that holds; one after the other, they share a disk. Never rejects. */
export async function readContents(references: readonly References[], known: FileMaterials): Promise<FileMaterials> {
  const digests = new Map(known.digests);
  for (const [key, { hostPath, subPath }] of unreadContents(references, known)) {
    digests.set(key, await readContent({ path: hostPath, ...(subPath === undefined ? {} : { subPath }) }));
  }
  return { ...known, digests };
}

/** Whether these refer to no content that `known` does not hold. */
export const areContentsRead = (references: readonly References[], known: FileMaterials): boolean =>
  unreadContents(references, known).size === 0;

function unreadContents(
  references: readonly References[],
  known: FileMaterials,
): ReadonlyMap<string, ContentReference> {
  const places = references.flatMap(({ contents }) => contents.map((place) => [contentKey(place), place] as const));
  return new Map(places.filter(([key]) => !known.digests.has(key)));
}
