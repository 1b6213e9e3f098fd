/** PID 1 of a pod with users of its own is nobody out here: what it moves, freezes and kills its programs by is given to it. */
import { chownSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CgroupPlacement } from '../model/launch-plan.ts';

/** By layout: files of the container's `app`, and of each leaf. None that limits anything. */
const givenFiles = {
  v1: { app: ['freezer.state'], leaf: ['tasks', 'cgroup.procs', 'freezer.state'] },
  v2: {
    app: ['cgroup.freeze', 'cgroup.kill'],
    leaf: ['cgroup.procs', 'cgroup.threads', 'cgroup.freeze', 'cgroup.kill'],
  },
} as const;

/** `leaves`: all, or those that are new. What a hierarchy does not have is left out. */
export function giveLeaves(
  { layout, app, leaves }: Pick<CgroupPlacement, 'layout' | 'app' | 'leaves'>,
  id: number,
): void {
  const { app: ofApp, leaf: ofLeaf } = layout === 'v2' ? givenFiles.v2 : givenFiles.v1;
  for (const path of app) give(path, ofApp, id);
  for (const path of Object.values(leaves).flat()) give(path, ofLeaf, id);
  // moving takes the right to do so in what is above both places, cgroup-v2.rst "Delegation Containment"
  if (layout !== 'v1') for (const path of app) give(dirname(path), ['cgroup.procs'], id);
}

function give(directory: string, names: readonly string[], id: number): void {
  for (const name of names) {
    try {
      chownSync(join(directory, name), id, id);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
