/**
 * The FUSE protocol as far as a directory of read-only files takes it (include/uapi/linux/fuse.h, 7.31), little-endian.
 * Numbers of nodes and open files stay below 2³²: their lower halves say all. Pure.
 */

export const opcode = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  open: 14,
  read: 15,
  statfs: 17,
  release: 18,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  destroy: 38,
  batchForget: 42,
  readdirplus: 44,
} as const;

export const rootNode = 1;
/** fuse_in_header */
export const requestHeaderBytes = 40;
/** fuse_out_header */
export const replyHeaderBytes = 16;

export const opcodeOf = (request: Buffer): number => request.readUInt32LE(4);
export const nodeOf = (request: Buffer): number => request.readUInt32LE(16);
/** fuse_open_in: flags of open(2) */
export const openFlagsOf = (request: Buffer): number => request.readUInt32LE(requestHeaderBytes);
/** of fuse_read_in and fuse_release_in */
export const fileHandleOf = (request: Buffer): number => request.readUInt32LE(requestHeaderBytes);
export const readOffsetOf = (request: Buffer): number => Number(request.readBigUInt64LE(requestHeaderBytes + 8));
export const readSizeOf = (request: Buffer): number => request.readUInt32LE(requestHeaderBytes + 16);
const FUSE_READ_LOCKOWNER = 2;
/** Whether the page cache asks, for sendfile(2), splice(2) or a mapping: read(2) past it names its lock owner (fs/fuse/file.c). */
export const isForPageCache = (request: Buffer): boolean =>
  (request.readUInt32LE(requestHeaderBytes + 20) & FUSE_READ_LOCKOWNER) === 0;
/** FUSE_LOOKUP: the rest is a name with a NUL at its end */
export const nameOf = (request: Buffer, length: number): string =>
  request.toString('latin1', requestHeaderBytes, length - 1);

/** A reply's header: which request it answers, `error` being 0 or a negative errno. */
export function writeHeader(reply: Buffer, request: Buffer, length: number, error = 0): number {
  reply.writeUInt32LE(length, 0);
  reply.writeInt32LE(error, 4);
  request.copy(reply, 8, 8, 16);
  return length;
}

/** What the kernel has been told holds for good: it asks once. */
const validSeconds = 1_000_000_000;
const S_IFDIR_0555 = 0o40555;
const S_IFREG_0444 = 0o100444;

/**
 * Said to be the size of each, as lxcfs and sysfs say 4096. Without one sendfile(2) and splice(2) end at once from Linux 6.5 on
 * and `cat` of busybox prints nothing (mm/filemap.c, filemap_splice_read); with one they ask, and are told to read instead.
 * GNU's wc and tail read texts as long as this from the beginning where st_blksize is as large and BUFSIZ is 8192.
 */
const saidBytes = 8192;

/** fuse_attr, 88 bytes: a file of root's that anyone may read. One with less blocks than bytes would pass for sparse. */
function writeAttributes(to: Buffer, at: number, node: number, seconds: number): void {
  to.fill(0, at, at + 88);
  to.writeUInt32LE(node, at);
  if (node !== rootNode) {
    to.writeUInt32LE(saidBytes, at + 8);
    to.writeUInt32LE(saidBytes / 512, at + 16);
  }
  for (const time of [24, 32, 40]) to.writeUIntLE(seconds, at + time, 6);
  to.writeUInt32LE(node === rootNode ? S_IFDIR_0555 : S_IFREG_0444, at + 60);
  to.writeUInt32LE(1, at + 64);
  to.writeUInt32LE(saidBytes, at + 80);
}

/** fuse_entry_out; returns its length. */
export function writeEntry(to: Buffer, at: number, node: number, seconds: number): number {
  to.fill(0, at, at + 40);
  to.writeUInt32LE(node, at);
  to.writeUInt32LE(validSeconds, at + 16);
  to.writeUInt32LE(validSeconds, at + 24);
  writeAttributes(to, at + 40, node, seconds);
  return 128;
}

/** fuse_attr_out */
export function writeAttrOut(to: Buffer, at: number, node: number, seconds: number): number {
  to.fill(0, at, at + 16);
  to.writeUInt32LE(validSeconds, at);
  writeAttributes(to, at + 16, node, seconds);
  return 104;
}

/** FOPEN_DIRECT_IO: every read comes to us, whatever the file's size is said to be. */
const FOPEN_DIRECT_IO = 1;

/** fuse_open_out */
export function writeOpenOut(to: Buffer, at: number, handle: number): number {
  to.fill(0, at, at + 16);
  to.writeUInt32LE(handle, at);
  to.writeUInt32LE(FOPEN_DIRECT_IO, at + 8);
  return 16;
}

const FUSE_DO_READDIRPLUS = 1 << 13;
/** the least that the kernel accepts; nobody can write */
const maxWrite = 4096;
/** A request fits: FUSE_MIN_READ_BUFFER. */
export const requestBufferBytes = 8192;

/** fuse_init_out */
export function writeInitOut(to: Buffer, at: number): number {
  to.fill(0, at, at + 64);
  to.writeUInt32LE(7, at);
  to.writeUInt32LE(31, at + 4);
  to.writeUInt32LE(FUSE_DO_READDIRPLUS, at + 12);
  to.writeUInt32LE(maxWrite, at + 20);
  to.writeUInt32LE(1, at + 24);
  return 64;
}

/** fuse_statfs_out: no blocks, as procfs */
export function writeStatfsOut(to: Buffer, at: number): number {
  to.fill(0, at, at + 80);
  to.writeUInt32LE(4096, at + 40);
  to.writeUInt32LE(255, at + 44);
  to.writeUInt32LE(4096, at + 48);
  return 80;
}

const DT_REG = 8;

/** One fuse_direntplus, `next` being where the one after it begins. Returns its length, or 0 when it does not fit below `end`. */
export function writeDirEntry(
  to: Buffer,
  at: number,
  end: number,
  entry: { readonly node: number; readonly name: string; readonly next: number; readonly seconds: number },
): number {
  const { node, name, next, seconds } = entry;
  const length = 128 + 8 * Math.ceil((24 + name.length) / 8);
  if (at + length > end) return 0;
  to.fill(0, at, at + length);
  writeEntry(to, at, node, seconds);
  to.writeUInt32LE(node, at + 128);
  to.writeUInt32LE(next, at + 136);
  to.writeUInt32LE(name.length, at + 144);
  to.writeUInt32LE(DT_REG, at + 148);
  to.write(name, at + 152, 'latin1');
  return length;
}
