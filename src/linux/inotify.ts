/** inotify(7): what happens to the entries of watched directories, and when the kernel lost count (IN_Q_OVERFLOW). */
import { closeSync } from 'node:fs';
import { readNow } from './descriptors.ts';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cInit = libcFunction('int inotify_init1(int flags)');
const cAddWatch = libcFunction('int inotify_add_watch(int fd, const char *path, uint mask)');
const cRemoveWatch = libcFunction('int inotify_rm_watch(int fd, int watch)');

const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;

/** Bits of sys/inotify.h. */
export const inotifyBits = {
  modify: 0x2,
  attrib: 0x4,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  deleteSelf: 0x400,
  moveSelf: 0x800,
  unmount: 0x2000,
  overflow: 0x4000,
  /** the watch is gone: removed, or its directory is */
  ignored: 0x8000,
  onlyDirectory: 0x0100_0000,
  excludeUnlinked: 0x0400_0000,
  /** keeps what another path asked of the same directory */
  maskAdd: 0x2000_0000,
  isDirectory: 0x4000_0000,
} as const;

export interface InotifyEvent {
  /** −1 with `overflow` */
  readonly watch: number;
  readonly mask: number;
  /** the entry; empty when it is about the directory itself */
  readonly name: string;
}

/** A new nonblocking instance. SysError EMFILE at fs.inotify.max_user_instances. */
export const openInotify = (): number => check('inotify_init1', cInit(IN_NONBLOCK | IN_CLOEXEC));

/** The watch of a directory, the same one for every path to it. SysError ENOSPC at fs.inotify.max_user_watches. */
export const addInotifyWatch = (fd: number, path: string, mask: number): number =>
  check('inotify_add_watch', cAddWatch(fd, path, mask), path);

/** No failure when the kernel removed it already. */
export const removeInotifyWatch = (fd: number, watch: number): void => {
  cRemoveWatch(fd, watch);
};

export const closeInotify = (fd: number): void => closeSync(fd);

const headerBytes = 16;

/** All that is queued now; `buffer` is scratch space of at least 4 KiB. */
export function* readInotify(fd: number, buffer: Buffer): Generator<InotifyEvent> {
  for (;;) {
    const length = readNow(fd, buffer);
    if (length === 'empty' || length === 0) return;
    for (let at = 0; at < length; ) {
      const nameBytes = buffer.readUInt32LE(at + 12);
      const from = at + headerBytes;
      const end = buffer.indexOf(0, from);
      const name = nameBytes === 0 ? '' : buffer.toString('utf8', from, Math.min(end, from + nameBytes));
      yield { watch: buffer.readInt32LE(at), mask: buffer.readUInt32LE(at + 4), name };
      at = from + nameBytes;
    }
  }
}
