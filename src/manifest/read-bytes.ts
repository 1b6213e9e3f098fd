/** Bytes of files that a person names: bounded, and nothing waits for ever. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { err, ok, type Result } from '../util/result.ts';
import { maxInputBytes } from './limits.ts';

/** Why there are no bytes. */
export interface ReadFlaw {
  readonly message: string;
  readonly hint?: string;
}

/** There is no such file. */
export const isMissing = ({ message }: ReadFlaw): boolean => message === missing;
const missing = 'cannot be read: no such file or directory';

/** `absolute` is opened, `path` is what the user called it. Rejects never. */
export async function readFileBytes(absolute: string, path: string): Promise<Result<Uint8Array, ReadFlaw>> {
  try {
    // Without O_NONBLOCK the open of a fifo waits for a writer, perhaps for ever.
    const handle = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await readHandle(handle, path);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return err(flawOf(error));
  }
}

/** The size is asked before anything is read: a file of many gigabytes costs nothing. */
async function readHandle(handle: FileHandle, path: string): Promise<Result<Uint8Array, ReadFlaw>> {
  const status = await handle.stat();
  const isPipe = status.isFIFO() && /^\/(dev|proc\/(self|\d+))\/fd\//.test(path);
  if (!status.isFile() && !isPipe) {
    const hint = status.isDirectory() ? {} : { hint: 'use - to read standard input' };
    return err({ message: `is ${describeKind(status)}, not a file`, ...hint });
  }
  if (status.size > maxInputBytes) return err({ message: tooLarge(status.size), hint: 'is this really such a file?' });
  return await readStreamBytes(handle.createReadStream({ autoClose: false }));
}

/** All bytes of a stream; no more is read once they pass the limit. Rejects never. */
export async function readStreamBytes(stream: Readable): Promise<Result<Uint8Array, ReadFlaw>> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      size += bytes.length;
      if (size > maxInputBytes) return err({ message: tooLarge() });
      chunks.push(bytes);
    }
    return ok(Buffer.concat(chunks));
  } catch (error) {
    return err(flawOf(error));
  }
}

function tooLarge(size?: number): string {
  const what = size === undefined ? 'is' : `has ${size} bytes,`;
  return `${what} larger than the ${maxInputBytes / 1024 / 1024} MiB allowed for a manifest or env file`;
}

function describeKind(status: Stats): string {
  if (status.isFIFO()) return 'a fifo';
  if (status.isSocket()) return 'a socket';
  if (status.isDirectory()) return 'a directory';
  return status.isCharacterDevice() ? 'a character device' : 'a block device';
}

const errnoWords: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ELOOP: 'too many symbolic links',
  ENOTDIR: 'a part of the path is not a directory',
  ENXIO: 'is a socket, not a file',
  ENAMETOOLONG: 'the name is too long',
};

/** What the system refused, in words. */
export function flawOf(error: unknown): ReadFlaw {
  const { code, message } = error as NodeJS.ErrnoException;
  return { message: `cannot be read: ${(code === undefined ? undefined : errnoWords[code]) ?? message}` };
}
