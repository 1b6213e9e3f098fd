/** What a podd leaves no trace of when it ends without a pod. */
import { rmdirSync } from 'node:fs';
import { removeParentIfEmpty } from '../cgroup/driver.ts';
import { releaseContents } from '../volume/contents-directory.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';

/** Removes the parent cgroup and the directory of instances, when they are empty. */
export function removeEmptyPlaces({ layout, cgroupParent, paths }: ReconcilerDeps): void {
  removeParentIfEmpty(layout, cgroupParent);
  for (const remove of [() => rmdirSync(paths.instancesDir), () => releaseContents(paths)]) {
    try {
      remove();
    } catch {
      // not empty or not there: the next start looks at it
    }
  }
}
