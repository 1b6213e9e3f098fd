/**
 * One watched path: what is known of every file below it, and how to look again. The order that misses nothing: a
 * directory is watched, then read, then its entries are looked at; whatever happens later is an event.
 */
import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SysError } from '../linux/sys-error.ts';
import type { DevRule } from '../model/dev-rule.ts';
import { Anchors } from './anchors.ts';
import { type Note, type Pending, recordChange } from './coalesce.ts';
import { IgnoreFiles, ignoreFileName } from './ignore-files.ts';
import { inSlices } from './in-slices.ts';
import { type Look, lookAt, remoteFileSystem } from './look-at.ts';
import type { Matcher } from './matches.ts';
import { editionAfter, type Stamp, sameStamp } from './stamp.ts';
import { noWatches, remote, unreadable } from './watch-problem.ts';
import type { WatchProblem } from './watch-rules.ts';
import type { DirectoryUser, EntryEvent, WatchTable } from './watch-table.ts';

export interface TreeOptions {
  /** absent: the kernel gives no events at all, the tree is looked at from time to time */
  readonly table?: WatchTable;
  readonly onNote: (path: string, event?: EntryEvent) => void;
  readonly onProblem: (problem: WatchProblem) => void;
}

type Entry = Stamp | 'directory';
type Notes = ReadonlyMap<string, Note>;

export class WatchedTree implements DirectoryUser {
  readonly root: string;
  /** what was there when the last batch was told, of all that differs since */
  readonly pending: Pending = new Map();
  /** events do not tell all: look again from time to time */
  isPolled: boolean;
  readonly #options: TreeOptions;
  readonly #table: WatchTable | undefined;
  readonly #anchors: Anchors | undefined;
  readonly #ignoreFiles: IgnoreFiles;
  readonly #listings = new Map<string, Map<string, Entry>>();
  #rootEntry: Entry | undefined;
  /** where the root and each symlinked directory really lie, against cycles */
  readonly #realPaths = new Map<string, string>();
  /** new directories that are watched, so that their events keep the burst going, before they are read */
  readonly #early = new Set<string>();
  #isFirstLook = true;
  #notes: Notes = new Map();
  #changed: string[] = [];
  #formerMatcher: Matcher | undefined;

  constructor(root: string, rule: Pick<DevRule, 'include' | 'exclude'>, options: TreeOptions) {
    this.root = root;
    this.#options = options;
    this.#table = options.table;
    this.#ignoreFiles = new IgnoreFiles(root, rule);
    this.isPolled = options.table === undefined;
    if (options.table !== undefined) {
      const onChange = (path: string, event: EntryEvent): void => this.#onAnchor(path, event);
      this.#anchors = new Anchors(options.table, onChange, () => this.onOverflow());
    }
    const fileSystem = remoteFileSystem(root);
    if (fileSystem !== undefined) this.#poll(remote(root, fileSystem));
  }

  /** Watches and remembers everything; nothing of it counts as a change. */
  async open(): Promise<void> {
    this.#watching(() => {
      for (const directory of this.#ignoreFiles.above) {
        this.#anchors?.watchEntry(join(directory, ignoreFileName), directory, ignoreFileName);
        this.#ignoreFiles.reload(directory);
      }
    });
    await inSlices(this.#refresh(this.root));
    this.#isFirstLook = false;
  }

  close(): void {
    this.#table?.removeUser(this);
    if (this.#anchors !== undefined) this.#table?.removeUser(this.#anchors);
  }

  /** Looks again at what was noted, as far as it belongs to this tree: what differs from the last look. It is pending afterwards. */
  async refresh(notes: Notes): Promise<readonly string[]> {
    this.#notes = notes;
    this.#changed = [];
    const early = [...this.#early];
    const paths = [...notes.keys()].filter((path) => this.concerns(path));
    // first the ignore files: they decide what the others are
    const [ignoring, others] = partition(paths.sort(), (path) => basename(path) === ignoreFileName);
    for (const path of ignoring) await inSlices(this.#refreshIgnoring(path));
    const done = new Set<string>();
    for (const path of others) {
      if (path !== this.root && (isBelowAny(path, done, this.root) || !this.#listings.has(dirname(path)))) continue;
      await inSlices(this.#refresh(path));
      if (this.#entry(path) === 'directory') done.add(path);
    }
    this.#formerMatcher = undefined;
    for (const directory of early) {
      if (this.#early.delete(directory) && !this.#listings.has(directory)) this.#table?.remove(this, directory);
    }
    return this.#changed;
  }

  /** Looks at everything again. */
  refreshAll(): Promise<readonly string[]> {
    return this.refresh(new Map([[this.root, { atMs: 0 }]]));
  }

  concerns(path: string): boolean {
    return (
      isWithin(path, this.root) || this.#ignoreFiles.above.some((directory) => path === join(directory, ignoreFileName))
    );
  }

  /** Whether changes of a file are told, should it be there. */
  accepts(path: string): boolean {
    return isWithin(path, this.root) && !this.#isLeftOut(path, false);
  }

  /** Absolute paths of all files whose changes are told, as of the last look. */
  files(): readonly string[] {
    const isFile = (entry: Entry | undefined): boolean => entry !== undefined && entry !== 'directory';
    const below = [...this.#listings].flatMap(([directory, listing]) =>
      [...listing].flatMap(([name, entry]) => (isFile(entry) ? [join(directory, name)] : [])),
    );
    return isFile(this.#rootEntry) ? [this.root, ...below] : below;
  }

  stampOf(path: string): Stamp | undefined {
    const entry = this.#entry(path);
    return entry === 'directory' ? undefined : entry;
  }

  onEntry(directory: string, name: string, event: EntryEvent): void {
    if (name === '') return this.#options.onNote(directory, event);
    const path = join(directory, name);
    if (name !== ignoreFileName && this.#isIgnored(path, event.isNewDirectory)) return;
    this.#options.onNote(path, event);
    if (event.isNewDirectory) this.#watchEarly(path);
  }

  onOverflow(): void {
    this.#options.onNote(this.root);
  }

  #onAnchor(path: string, event: EntryEvent): void {
    this.#options.onNote(path, event);
    if (!event.isStructural || !isWithin(path, this.root)) return;
    this.#watching(() => this.#anchors?.follow(path));
    this.#watchEarly(path);
  }

  #watchEarly(directory: string): void {
    const entries = readDirectoryOr(directory);
    if (entries === undefined || this.isPolled) return;
    this.#watching(() => this.#table?.add(this, directory, 'entries'));
    this.#early.add(directory);
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && !this.#isIgnored(path, true)) this.#watchEarly(path);
    }
  }

  *#refreshIgnoring(path: string): Generator<void> {
    const directory = dirname(path);
    const former = this.#ignoreFiles.matcher;
    if (!this.#ignoreFiles.reload(directory)) return yield* this.#refreshFile(path);
    this.#formerMatcher ??= former;
    yield* this.#refresh(isWithin(directory, this.root) ? directory : this.root);
  }

  *#refreshFile(path: string): Generator<void> {
    if (this.#listings.has(dirname(path)) || path === this.root) yield* this.#refresh(path);
  }

  *#refresh(path: string): Generator<void> {
    const look = this.#look(path);
    const isLeftOut = look !== undefined && this.#isLeftOut(path, look.kind === 'directory');
    if (look?.kind === 'directory' && !isLeftOut) {
      this.#setFile(path, undefined, false);
      yield* this.#refreshDirectory(path);
    } else {
      this.#leave(path, isLeftOut);
      this.#setFile(path, look?.kind === 'file' && !isLeftOut ? look.stamp : undefined, isLeftOut);
    }
  }

  /** Symlinks to directories that are watched anyway, or lead in circles, count as files. */
  #look(path: string): Look | undefined {
    if (path === this.root) this.#watching(() => this.#anchors?.follow(path));
    const look = lookAt(path, this.#table?.eventsSeen ?? 0);
    const isLink = look?.kind === 'directory' ? look.link !== undefined : look?.stamp.target !== undefined;
    if (path !== this.root) {
      if (isLink) this.#watching(() => this.#anchors?.follow(path));
      else this.#anchors?.unfollow(path);
    }
    if (look?.kind !== 'directory' || (path !== this.root && look.link === undefined)) return look;
    if (this.#mayFollow(path) || look.link === undefined) return look;
    return { kind: 'file', stamp: look.link };
  }

  #mayFollow(path: string): boolean {
    const real = realpathOr(path);
    for (const [linked, other] of this.#realPaths) {
      if (linked !== path && isWithin(path, linked) && (isWithin(real, other) || isWithin(other, real))) return false;
    }
    this.#realPaths.set(path, real);
    return true;
  }

  *#refreshDirectory(directory: string): Generator<void> {
    this.#watching(() => this.#table?.add(this, directory, 'entries'));
    const names = this.#namesIn(directory);
    this.#setEntry(directory, 'directory');
    const listing = this.#listings.get(directory) ?? new Map<string, Entry>();
    this.#listings.set(directory, listing);
    const former = this.#ignoreFiles.matcher;
    if ((names.has(ignoreFileName) || listing.has(ignoreFileName)) && this.#ignoreFiles.reload(directory)) {
      if (!this.#isFirstLook) this.#formerMatcher ??= former;
    }
    for (const name of [...listing.keys()]) if (!names.has(name)) yield* this.#refresh(join(directory, name));
    for (const name of names) yield* this.#refresh(join(directory, name));
    yield;
  }

  #namesIn(directory: string): ReadonlySet<string> {
    try {
      return new Set(readdirSync(directory));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') this.#options.onProblem(unreadable(directory, code));
      return new Set();
    }
  }

  /** Forgets a directory that is one no more, or is not to be watched. */
  #leave(path: string, isLeftOut: boolean): void {
    const listing = this.#listings.get(path);
    this.#realPaths.delete(path);
    if (listing === undefined) return;
    for (const name of [...listing.keys()]) {
      const child = join(path, name);
      this.#leave(child, isLeftOut);
      this.#setFile(child, undefined, isLeftOut);
      this.#anchors?.unfollow(child);
    }
    this.#listings.delete(path);
    this.#ignoreFiles.drop(path);
    this.#table?.remove(this, path);
  }

  /** `isLeftOut`: the file is there, but patterns leave it out now: no change. */
  #setFile(path: string, look: Stamp | undefined, isLeftOut: boolean): void {
    const before = this.stampOf(path);
    const now =
      before === undefined || look === undefined ? look : editionAfter(before, look, this.#notes.get(path)?.writeEvent);
    this.#setEntry(path, now);
    if (isLeftOut) this.pending.delete(path);
    else if (!this.#isFirstLook && !sameStamp(before, now) && !this.#wasLeftOut(path, before)) {
      recordChange(this.pending, path, before);
      this.#changed.push(path);
    }
  }

  /** A file that changed patterns let in is no new file. */
  #wasLeftOut(path: string, before: Stamp | undefined): boolean {
    return before === undefined && path !== this.root && this.#formerMatcher?.isIgnored(path, false) === true;
  }

  #isLeftOut(path: string, isDirectory: boolean): boolean {
    if (path === this.root) return false;
    return this.#isIgnored(path, isDirectory) || (!isDirectory && !this.#ignoreFiles.matcher.isIncluded(path));
  }

  #isIgnored(path: string, isDirectory: boolean): boolean {
    return path !== this.root && this.#ignoreFiles.matcher.isIgnored(path, isDirectory);
  }

  #entry(path: string): Entry | undefined {
    return path === this.root ? this.#rootEntry : this.#listings.get(dirname(path))?.get(basename(path));
  }

  #setEntry(path: string, entry: Entry | undefined): void {
    if (path === this.root) this.#rootEntry = entry;
    else if (entry === undefined) this.#listings.get(dirname(path))?.delete(basename(path));
    else this.#listings.get(dirname(path))?.set(basename(path), entry);
  }

  /** Runs what adds watches; what the kernel refuses turns into polling, or into a problem that is told. */
  #watching(add: () => void): void {
    if (this.isPolled) return;
    try {
      add();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === 'ENOSPC') this.#poll(noWatches(this.root));
      else if (error.code === 'EACCES') this.#options.onProblem(unreadable(error.path ?? this.root, error.code));
      // ENOENT, ENOTDIR: gone meanwhile; the event of that is on its way
    }
  }

  #poll(problem: WatchProblem): void {
    this.isPolled = true;
    this.#options.onProblem(problem);
  }
}

const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);

function isBelowAny(path: string, directories: ReadonlySet<string>, root: string): boolean {
  for (let at = path; isWithin(at, root) && at !== dirname(at); at = dirname(at))
    if (directories.has(dirname(at))) return true;
  return false;
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function readDirectoryOr(path: string): Dirent[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

function realpathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
