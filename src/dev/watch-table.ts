/** The inotify watches of a session, shared by all that need a directory. One watch per directory, none per file. */

import {
  addInotifyWatch,
  inotifyBits as bits,
  closeInotify,
  type InotifyEvent,
  openInotify,
  readInotify,
  removeInotifyWatch,
} from '../linux/inotify.ts';
import { type FdWatch, readable, watchFd } from '../linux/poll.ts';

/** Who is told; the name is empty when the directory itself went away. */
export interface DirectoryUser {
  readonly onEntry: (directory: string, name: string, event: EntryEvent) => void;
  /** the kernel's queue was full: anything may have changed */
  readonly onOverflow: () => void;
}

export interface EntryEvent {
  /** rises by one with each event of the session */
  readonly number: number;
  /** a file was written, or a new one has its name (perhaps with the inode number of the old one); renaming shows in the number */
  readonly mayHaveContents: boolean;
  /** an entry came or went */
  readonly isStructural: boolean;
  /** a directory came to be here */
  readonly isNewDirectory: boolean;
}

/** `entries`: all that happens in it; `itself`: only when it is moved or removed. */
type Interest = 'entries' | 'itself';

const arrivals = bits.create | bits.movedTo;
const departures = bits.delete | bits.movedFrom;
const itself = bits.deleteSelf | bits.moveSelf | bits.unmount;
const masks: Readonly<Record<Interest, number>> = {
  itself,
  entries: itself | bits.modify | bits.attrib | arrivals | departures,
};
const flags = bits.onlyDirectory | bits.excludeUnlinked | bits.maskAdd;

interface Watched {
  readonly watch: number;
  readonly users: Map<DirectoryUser, number>;
}

export class WatchTable {
  readonly #fd = openInotify();
  readonly #buffer = Buffer.allocUnsafe(64 * 1024);
  readonly #poll: FdWatch;
  readonly #paths = new Map<string, Watched>();
  /** several paths may lead to one directory */
  readonly #pathsOf = new Map<number, Set<string>>();
  #eventsSeen = 0;

  /** Throws SysError EMFILE when this user has too many inotify instances. `onReadable` is called outside of any promise. */
  constructor(onReadable: () => void) {
    this.#poll = watchFd(this.#fd, readable, onReadable);
  }

  /** Watches what is at the path now; throws SysError ENOENT, ENOTDIR, EACCES, ENOSPC. */
  add(user: DirectoryUser, directory: string, interest: Interest): void {
    const known = this.#paths.get(directory);
    const users = known?.users ?? new Map<DirectoryUser, number>();
    // always asked: another directory may have come to this path
    const watch = addInotifyWatch(this.#fd, directory, masks[interest] | flags);
    if (known !== undefined && known.watch !== watch) this.#leave(known.watch, directory);
    this.#pathsOf.set(watch, (this.#pathsOf.get(watch) ?? new Set()).add(directory));
    this.#paths.set(directory, { watch, users: users.set(user, (users.get(user) ?? 0) | masks[interest]) });
  }

  remove(user: DirectoryUser, directory: string): void {
    const watched = this.#paths.get(directory);
    if (watched?.users.delete(user) !== true || watched.users.size > 0) return;
    this.#paths.delete(directory);
    this.#leave(watched.watch, directory);
  }

  removeUser(user: DirectoryUser): void {
    for (const directory of [...this.#paths.keys()]) this.remove(user, directory);
  }

  /** Tells what the kernel has queued up to now. */
  drain(): void {
    for (const event of readInotify(this.#fd, this.#buffer)) this.#tell(event);
  }

  /** number of the last event that was told */
  get eventsSeen(): number {
    return this.#eventsSeen;
  }

  /** directories watched */
  get size(): number {
    return this.#paths.size;
  }

  close(): void {
    this.#poll.close();
    closeInotify(this.#fd);
  }

  #leave(watch: number, directory: string): void {
    const paths = this.#pathsOf.get(watch);
    if (paths?.delete(directory) !== true || paths.size > 0) return;
    this.#pathsOf.delete(watch);
    removeInotifyWatch(this.#fd, watch);
  }

  #tell(event: InotifyEvent): void {
    this.#eventsSeen++;
    if ((event.mask & bits.overflow) !== 0) this.#tellOverflow();
    else if ((event.mask & bits.ignored) !== 0) this.#forget(event.watch);
    else this.#tellEntry(event);
  }

  #tellEntry({ watch, mask, name }: InotifyEvent): void {
    const entry: EntryEvent = {
      number: this.#eventsSeen,
      mayHaveContents: (mask & (bits.modify | bits.create)) !== 0,
      isStructural: (mask & (arrivals | departures | itself)) !== 0,
      isNewDirectory: (mask & bits.isDirectory) !== 0 && (mask & arrivals) !== 0,
    };
    for (const directory of [...(this.#pathsOf.get(watch) ?? [])]) {
      for (const [user, wanted] of [...(this.#paths.get(directory)?.users ?? [])]) {
        if ((mask & wanted) !== 0) user.onEntry(directory, name, entry);
      }
    }
  }

  #tellOverflow(): void {
    const users = new Set([...this.#paths.values()].flatMap((watched) => [...watched.users.keys()]));
    for (const user of users) user.onOverflow();
  }

  /** The kernel ended the watch: its directory is gone. */
  #forget(watch: number): void {
    for (const directory of this.#pathsOf.get(watch) ?? []) this.#paths.delete(directory);
    this.#pathsOf.delete(watch);
  }
}
