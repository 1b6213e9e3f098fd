/** Volumes in the new root. Their places may lead through what containers write: the place is held by a handle, judged, and used. */
import { closeSync, fstatSync, lstatSync, readlinkSync } from 'node:fs';
import { openPath } from '../linux/at.ts';
import { attachMountTo } from '../linux/mounts.ts';
import type { RootOp } from '../model/launch-plan.ts';
import { mountPathComplaint } from '../model/mount-path.ts';
import { makeDirectory, makeFile } from './root-files.ts';

/** The mount point, directory or file as the source is, is made where there is none. */
export function attachVolume({ path, volume }: RootOp & { readonly op: 'volume' }, source: number | undefined): void {
  if (source === undefined) throw new Error(`bug: volume ${volume} was not cloned`);
  try {
    attachAt(path, source, 'volume');
  } catch (error) {
    throw new Error(`mount volume ${volume} on ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** `noun`: what the source is, for the message of a place that cannot be its. */
export function attachAt(path: string, source: number, noun: string): void {
  const isDirectory = fstatSync(source).isDirectory();
  const place = openPlace(path, isDirectory);
  try {
    // no symlink is left in what the kernel names it; /proc is the new one, and no volume covers it
    const complaint = mountPathComplaint(readlinkSync(`/proc/self/fd/${place}`));
    if (complaint !== undefined) throw new Error(complaint);
    if (fstatSync(place).isDirectory() !== isDirectory) throw new Error(mismatch(isDirectory, noun));
    attachMountTo(source, place);
  } finally {
    closeSync(place);
  }
}

function openPlace(path: string, isDirectory: boolean): number {
  try {
    return openPath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw new Error('a symlink that leads nowhere is there');
  if (isDirectory) makeDirectory(path, 0o755);
  else makeFile(path, 0o644, '');
  return openPath(path);
}

const mismatch = (isDirectory: boolean, noun: string): string =>
  isDirectory ? `the ${noun} is a directory, what is there is a file` : `the ${noun} is a file, a directory is there`;
