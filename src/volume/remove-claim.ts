/** The end of a PersistentVolumeClaim's directory. */
import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InstancePaths } from '../model/instance-paths.ts';
import { claimPath } from './paths.ts';
import { removeTree } from './remove-tree.ts';

/** No claim can be named so. */
const deletedPrefix = '.deleted-';

/**
 * Removes what a claim held that no pod uses any more; none is fine. A claim of the same name that is made meanwhile begins empty:
 * the directory is renamed at once, what a killed podd left of it goes with sweepClaims.
 */
export async function removeClaim(
  paths: Pick<InstancePaths, 'claimsDir'>,
  namespace: string,
  name: string,
): Promise<void> {
  const path = claimPath(paths, namespace, name);
  const deleted = join(dirname(path), `${deletedPrefix}${randomBytes(8).toString('hex')}`);
  try {
    renameSync(path, deleted);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await removeTree(deleted);
  removeIfEmpty(dirname(path));
}

/** Paths of claims that were being removed. */
export function deletedClaims({ claimsDir }: Pick<InstancePaths, 'claimsDir'>): readonly string[] {
  const namespaces = listNames(claimsDir).map((namespace) => join(claimsDir, namespace));
  return namespaces.flatMap((namespace) =>
    listNames(namespace).flatMap((name) => (name.startsWith(deletedPrefix) ? [join(namespace, name)] : [])),
  );
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // others of its namespace are there
  }
}
