/** Watches what lies outside of a tree and decides what is in it: the way to its root, and the ends of its symlinks. */
import { SysError } from '../linux/sys-error.ts';
import { sameJson } from '../util/same-json.ts';
import { type Resolution, resolvePlaces } from './resolve-places.ts';
import type { DirectoryUser, EntryEvent, WatchTable } from './watch-table.ts';

type OnChange = (path: string, event: EntryEvent) => void;

/** places that change faster than they can be watched are looked at again by the next event */
const triesAtMost = 5;

export class Anchors implements DirectoryUser {
  readonly #table: WatchTable;
  readonly #onChange: OnChange;
  readonly #resolutions = new Map<string, Resolution>();
  /** directory → entry → paths that depend on it; entry '' is the directory itself */
  readonly #dependants = new Map<string, Map<string, Set<string>>>();
  readonly onOverflow: () => void;

  constructor(table: WatchTable, onChange: OnChange, onOverflow: () => void) {
    this.#table = table;
    this.#onChange = onChange;
    this.onOverflow = onOverflow;
  }

  /** From here on every change of what the path leads to is told. Throws SysError ENOSPC. */
  follow(path: string): void {
    for (let tries = 0; tries < triesAtMost; tries++) {
      const resolution = resolvePlaces(path);
      const known = this.#resolutions.get(path);
      // watched first, looked at afterwards: it holds when both looks agree
      const isSettled = this.#watch(path, resolution);
      if (known !== undefined && !sameJson(known, resolution)) this.#release(path, known, resolution);
      this.#resolutions.set(path, resolution);
      if (isSettled && sameJson(resolution, resolvePlaces(path))) return;
    }
  }

  /** Watch one entry of a directory for the sake of a path. */
  watchEntry(path: string, directory: string, name: string): void {
    const resolution = this.#resolutions.get(path) ?? { places: [], ancestors: [] };
    const place = { directory, name };
    this.#watch(path, { places: [place], ancestors: [] });
    this.#resolutions.set(path, { ...resolution, places: [...resolution.places, place] });
  }

  unfollow(path: string): void {
    const known = this.#resolutions.get(path);
    if (known === undefined) return;
    this.#resolutions.delete(path);
    this.#release(path, known, { places: [], ancestors: [] });
  }

  onEntry(directory: string, name: string, event: EntryEvent): void {
    const dependants = this.#dependants.get(directory);
    const paths = name === '' ? [...(dependants?.values() ?? [])].flatMap((set) => [...set]) : dependants?.get(name);
    for (const path of new Set(paths)) this.#onChange(path, event);
  }

  #watch(path: string, { places, ancestors }: Resolution): boolean {
    for (const { directory, name } of places) this.#depend(path, directory, name);
    for (const directory of ancestors) this.#depend(path, directory, '');
    const added = places.map(({ directory }) => this.#add(directory, 'entries'));
    for (const directory of ancestors) this.#add(directory, 'itself');
    return added.every(Boolean);
  }

  #depend(path: string, directory: string, name: string): void {
    const entries = this.#dependants.get(directory) ?? new Map<string, Set<string>>();
    this.#dependants.set(directory, entries.set(name, (entries.get(name) ?? new Set<string>()).add(path)));
  }

  #add(directory: string, interest: 'entries' | 'itself'): boolean {
    try {
      this.#table.add(this, directory, interest);
      return true;
    } catch (error) {
      if (!(error instanceof SysError) || error.code === 'ENOSPC') throw error;
      // a directory that may not be read cannot be watched: the rest of the way still is
      return error.code === 'EACCES';
    }
  }

  /** Drops what `kept` does not need any more. */
  #release(path: string, known: Resolution, kept: Resolution): void {
    const isKept = (directory: string, name: string): boolean =>
      name === ''
        ? kept.ancestors.includes(directory)
        : kept.places.some((place) => place.directory === directory && place.name === name);
    const parts = [...known.places, ...known.ancestors.map((directory) => ({ directory, name: '' }))];
    for (const { directory, name } of parts) if (!isKept(directory, name)) this.#undepend(path, directory, name);
  }

  #undepend(path: string, directory: string, name: string): void {
    const entries = this.#dependants.get(directory);
    const paths = entries?.get(name);
    if (paths?.delete(path) !== true || paths.size > 0) return;
    entries?.delete(name);
    if (entries?.size !== 0) return;
    this.#dependants.delete(directory);
    this.#table.remove(this, directory);
  }
}
