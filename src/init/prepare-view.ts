/**
 * What of the container's view takes other processes' turns is done while the child waits for its plan: the file system is
 * mounted, and each of its files becomes a detached mount that only has to be attached later (serve-view.ts).
 */
import { closeSync } from 'node:fs';
import { cloneServed, mountFuse, openFuse } from '../linux/fuse.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import { makeOwnMounts } from './enter-namespaces.ts';
import { FuseServer } from './fuse-server.ts';
import { type ViewPath, viewPaths } from './view-files.ts';

export interface PreparedView {
  /** /dev/fuse */
  readonly fd: number;
  readonly server: FuseServer;
  readonly trees: ReadonlyMap<ViewPath, number>;
  readonly device: readonly [major: number, minor: number];
}

/** Every procfs has it. Nobody else sees this mount namespace, and the mount is gone from it again at once. */
const mountPoint = '/proc/fs';

/** In a mount namespace of its own from then on. Returns what refused where the kernel does. */
export function prepareView(layout: CgroupPlacement['layout']): PreparedView | Error {
  makeOwnMounts();
  try {
    const fd = openMounted();
    const paths = viewPaths(layout);
    const names = paths.map(servedName);
    const server = new FuseServer(names);
    const { trees, device } = cloneServed(fd, mountPoint, names, () => server.serve(fd));
    return { fd, server, device, trees: new Map(paths.map((path, i) => [path, trees[i] ?? -1])) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function openMounted(): number {
  const fd = openFuse();
  try {
    mountFuse(fd, mountPoint);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The directory is flat. */
export const servedName = (path: ViewPath): string => path.slice(1).replaceAll('/', '.');
