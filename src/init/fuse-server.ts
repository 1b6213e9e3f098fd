/** A directory of read-only files whose texts are made when they are read: PID 1's end of a FUSE file system. */
import { constants } from 'node:os';
import { receiveRequest, sendReply } from '../linux/fuse.ts';
import {
  fileHandleOf,
  isForPageCache,
  nameOf,
  nodeOf,
  opcode,
  opcodeOf,
  openFlagsOf,
  readOffsetOf,
  readSizeOf,
  replyHeaderBytes,
  requestBufferBytes,
  rootNode,
  writeAttrOut,
  writeDirEntry,
  writeEntry,
  writeHeader,
  writeInitOut,
  writeOpenOut,
  writeStatfsOut,
} from './procview/fuse-messages.ts';
import { ReadSnapshots } from './procview/read-snapshots.ts';

/** A text is made at most this often, however many read it. */
const freshMs = 5;
/**
 * After about so many bytes of garbage the young generation is collected: it stays a few hundred KB, where a container that
 * looks at itself every second would fill its 4 MiB twice over (zygote.ts).
 */
const collectAfterBytes = 512 << 10;
/** Measured: what a text and a request leave behind. */
const garbagePerText = 24 << 10;
const garbagePerRequest = 1 << 10;
/** Then other events have their turn. */
const requestsAtOnce = 64;
const O_ACCMODE = 3;
const { EACCES, EIO, ENOENT, ENOSYS, EOPNOTSUPP } = constants.errno;

/** Made in the zygote; a child copies what of them it uses. */
const requestBuffer = Buffer.allocUnsafeSlow(requestBufferBytes);
const smallReply = Buffer.allocUnsafeSlow(4096 + replyHeaderBytes);

export class FuseServer {
  readonly #names: readonly string[];
  readonly #fresh: { readonly atMs: number; readonly bytes: Buffer }[] = [];
  readonly #snapshots = new ReadSnapshots();
  readonly #seconds = Math.floor(Date.now() / 1000);
  reply = smallReply;
  #texts: ReadonlyMap<string, () => string> = new Map();
  #lastHandle = 0;
  #garbage = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** By name, what the files say from now on. One without a text cannot be read. */
  show(texts: ReadonlyMap<string, () => string>): void {
    this.#texts = texts;
  }

  /** of files; they are the nodes after the root's */
  get count(): number {
    return this.#names.length;
  }

  /** Answers what waits on the nonblocking fd. False: the file system is gone and nothing comes any more. Never throws. */
  serve(fd: number): boolean {
    for (let i = 0; i < requestsAtOnce; i++) {
      const length = receiveRequest(fd, requestBuffer);
      if (length === 'none') return true;
      if (length === 'gone') return false;
      const replyLength = this.answer(requestBuffer, length);
      if (replyLength > 0) sendReply(fd, this.reply, replyLength);
      this.#collect();
    }
    return true;
  }

  #collect(): void {
    this.#garbage += garbagePerRequest;
    if (this.#garbage < collectAfterBytes) return;
    this.#garbage = 0;
    globalThis.gc?.({ type: 'minor' });
  }

  /** Length of the reply in `reply`, which holds until the next call; 0 where none is due. */
  answer(request: Buffer, length: number): number {
    this.reply = smallReply;
    switch (opcodeOf(request)) {
      case opcode.forget:
      case opcode.batchForget:
        return 0;
      case opcode.open:
        return this.#open(request);
      case opcode.read:
        return this.#read(request);
      case opcode.release:
        this.#snapshots.drop(fileHandleOf(request));
        return done(request, 0);
      case opcode.releasedir:
      case opcode.destroy:
        return done(request, 0);
      default:
        return this.#answerRarely(request, length);
    }
  }

  /** What is asked when it is mounted, and by those who look around. */
  #answerRarely(request: Buffer, length: number): number {
    switch (opcodeOf(request)) {
      case opcode.init:
        return done(request, writeInitOut(smallReply, replyHeaderBytes));
      case opcode.lookup: {
        const index = this.#names.indexOf(nameOf(request, length));
        if (index < 0) return failed(request, ENOENT);
        return done(request, writeEntry(smallReply, replyHeaderBytes, nodeNumber(index), this.#seconds));
      }
      case opcode.getattr:
        if (nodeOf(request) > nodeNumber(this.#names.length - 1)) return failed(request, ENOENT);
        return done(request, writeAttrOut(smallReply, replyHeaderBytes, nodeOf(request), this.#seconds));
      case opcode.readdirplus:
        return this.#list(request);
      case opcode.statfs:
        return done(request, writeStatfsOut(smallReply, replyHeaderBytes));
      default:
        // the kernel takes it that we never will, and mostly does not ask again
        return failed(request, ENOSYS);
    }
  }

  #open(request: Buffer): number {
    if ((openFlagsOf(request) & O_ACCMODE) !== 0) return failed(request, EACCES);
    this.#lastHandle = (this.#lastHandle + 1) >>> 0;
    return done(request, writeOpenOut(smallReply, replyHeaderBytes, this.#lastHandle));
  }

  #read(request: Buffer): number {
    // a cached page would be old at the next look; who asked for one takes read(2) then
    if (isForPageCache(request)) return failed(request, EOPNOTSUPP);
    const offset = readOffsetOf(request);
    try {
      const text = this.#snapshots.at(fileHandleOf(request), offset, () => this.#textOf(nodeOf(request)));
      const end = Math.min(text.length, offset + readSizeOf(request));
      const length = replyHeaderBytes + Math.max(0, end - offset);
      if (length > smallReply.length) this.reply = Buffer.allocUnsafeSlow(length);
      text.copy(this.reply, replyHeaderBytes, Math.min(offset, end), end);
      return writeHeader(this.reply, request, length);
    } catch {
      return failed(request, EIO);
    }
  }

  #textOf(node: number): Buffer {
    const now = performance.now();
    const known = this.#fresh[node];
    if (known !== undefined && now - known.atMs < freshMs) return known.bytes;
    const make = this.#texts.get(this.#names[node - nodeNumber(0)] ?? '');
    if (make === undefined) throw new Error(`bug: node ${node} has no text`);
    const text = make();
    this.#garbage += garbagePerText;
    const bytes = Buffer.allocUnsafeSlow(text.length);
    bytes.write(text, 'latin1');
    this.#fresh[node] = { atMs: now, bytes };
    return bytes;
  }

  #list(request: Buffer): number {
    const end = Math.min(replyHeaderBytes + readSizeOf(request), smallReply.length);
    let at = replyHeaderBytes;
    for (let index = readOffsetOf(request); index < this.#names.length; index++) {
      const entry = {
        node: nodeNumber(index),
        name: this.#names[index] ?? '',
        next: index + 1,
        seconds: this.#seconds,
      };
      const length = writeDirEntry(smallReply, at, end, entry);
      if (length === 0) break;
      at += length;
    }
    return done(request, at - replyHeaderBytes);
  }
}

const nodeNumber = (index: number): number => rootNode + 1 + index;

/** The header before a body of this length that is written already. */
const done = (request: Buffer, bodyLength: number): number =>
  writeHeader(smallReply, request, replyHeaderBytes + bodyLength);

const failed = (request: Buffer, errno: number): number => writeHeader(smallReply, request, replyHeaderBytes, -errno);
