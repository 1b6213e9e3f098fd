/** Which directory entries decide what a path is: symlinks on the way, the end, and the first that is missing. */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

export interface Place {
  readonly directory: string;
  readonly name: string;
}

export interface Resolution {
  /** when one of these entries changes, the path means something else */
  readonly places: readonly Place[];
  /** plain directories on the way: they matter only when they themselves go away */
  readonly ancestors: readonly string[];
}

/** Linux gives up after as many (MAXSYMLINKS). */
const linksAtMost = 40;

/** Walks an absolute path as the kernel does. */
export function resolvePlaces(path: string): Resolution {
  const places: Place[] = [];
  const ancestors = new Set<string>();
  let links = 0;
  let at: Step | undefined = { directory: '/', rest: split(path) };
  while (at !== undefined) {
    const { directory, rest }: Step = at;
    const [name = '.', ...further] = rest;
    const role = roleOf(lstatOr(join(directory, name)), further.length === 0, links);
    ancestors.add(directory);
    if (role !== 'way') places.push({ directory, name });
    if (role === 'link') links++;
    at = nextStep(directory, name, further, role);
  }
  return { places, ancestors: [...ancestors] };
}

interface Step {
  readonly directory: string;
  readonly rest: readonly string[];
}

type Role = 'link' | 'way' | 'end';

function nextStep(directory: string, name: string, rest: readonly string[], role: Role): Step | undefined {
  const entry = join(directory, name);
  if (role === 'end') return undefined;
  if (role === 'way') return { directory: entry, rest };
  const target = readlinkOr(entry);
  return { directory: target.startsWith('/') ? '/' : directory, rest: [...split(target), ...rest] };
}

function roleOf(found: Stats | undefined, isLast: boolean, links: number): Role {
  if (found?.isSymbolicLink() === true && links < linksAtMost) return 'link';
  return found?.isDirectory() === true && !isLast ? 'way' : 'end';
}

const split = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

/** lstat(2); undefined when there is nothing, or no right to look. */
export function lstatOr(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Empty when it is no symlink any more. */
export function readlinkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
