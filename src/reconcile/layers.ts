/** The writable layers of containers with a rootfs: `<layers>/<uid>/<container>/{upper,work}`, fresh for each start. */
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../volume/remove-tree.ts';

const trashPrefix = '.trash-';

/** Empty upper and work directories; what an earlier run left is thrown away. */
export function makeLayer(upper: string, work: string, layer: string, id: string): void {
  throwAway(layer, id);
  for (const path of [upper, work]) mkdirSync(path, { recursive: true, mode: 0o755 });
}

/** Out of the way at once by a rename; the slow removal goes on by itself (a killed podd leaves it to `emptyTrash`). */
export function throwAway(layer: string, id: string): void {
  const trash = join(layer, '..', `${trashPrefix}${id}`);
  try {
    renameSync(layer, trash);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  void removeTree(trash).catch(() => undefined);
}

/** Removes what a killed podd had thrown away but not yet removed. */
export async function emptyTrash(podLayers: string): Promise<void> {
  const trash = listDirectory(podLayers).filter((name) => name.startsWith(trashPrefix));
  await Promise.all(trash.map((name) => removeTree(join(podLayers, name))));
}

/** Names in a directory; none when it is not there. */
export function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
