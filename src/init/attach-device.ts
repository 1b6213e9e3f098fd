/** Device nodes of the machine: cloned by path before the pivot, attached to their place after it. */
import { closeSync, fstatSync } from 'node:fs';
import { cloneMount } from '../linux/mounts.ts';
import type { RootOp } from '../model/launch-plan.ts';
import { attachAt } from './attach-volume.ts';

/** Throws when the machine has no such node, or something else of that name. */
export function cloneDevice(path: string): number {
  const fd = cloneNode(path);
  const stat = fstatSync(fd);
  if (stat.isBlockDevice() || stat.isCharacterDevice()) return fd;
  closeSync(fd);
  throw new Error(`device ${path}: what the machine has there is no device node`);
}

function cloneNode(path: string): number {
  try {
    return cloneMount(path, false);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(`device ${path}: ${isMissing ? 'the machine has none' : (error as Error).message}`);
  }
}

/** The mount point is made where there is none. */
export function attachDevice({ path }: RootOp & { readonly op: 'device' }, source: number | undefined): void {
  if (source === undefined) throw new Error(`bug: device ${path} was not cloned`);
  try {
    attachAt(path, source, 'device');
  } catch (error) {
    throw new Error(`device ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
