/** Manifests from files, directories and standard input. What cannot be read is a diagnostic like any other. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Diagnostic } from '../model/diagnostic.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { maxInputBytes } from './limits.ts';
import { findDuplicatePods, type LocatedPod, type ParseOutcome, parseDocuments } from './parse.ts';

export interface ReadOptions {
  /** also look in the directories of a directory; default false */
  readonly recursive?: boolean;
  /** where `-` reads from; default process.stdin */
  readonly stdin?: Readable;
  /** where relative paths, and rootfs paths of standard input, start from; default the working directory */
  readonly cwd?: string;
}

export interface ReadOutcome extends ParseOutcome {
  /** the files read, as the diagnostics name them */
  readonly files: readonly string[];
}

const extensions = new Set(['.yaml', '.yml', '.json']);

/** Reads and parses all paths (`-`: standard input; a directory: its *.yaml, *.yml and *.json in order of name). Rejects never. */
export async function readManifests(paths: readonly string[], options: ReadOptions = {}): Promise<ReadOutcome> {
  const session: Session = {
    options,
    cwd: options.cwd ?? process.cwd(),
    seen: new Set(),
    pods: [],
    diagnostics: [],
    files: [],
  };
  for (const path of new Set(paths)) await readPath(session, path);
  const { pods, files } = session;
  return { pods, files, diagnostics: [...session.diagnostics, ...findDuplicatePods(pods)] };
}

interface Session {
  readonly options: ReadOptions;
  readonly cwd: string;
  /** real paths read before: a file named twice is one file */
  readonly seen: Set<string>;
  readonly pods: LocatedPod[];
  readonly diagnostics: Diagnostic[];
  readonly files: string[];
}

async function readPath(session: Session, path: string): Promise<void> {
  if (path === '-') return readStdin(session);
  if (path.includes('\0')) return complain(session, path, 'the path contains a NUL character');
  try {
    const status = await stat(resolve(session.cwd, path));
    if (status.isDirectory()) await readDirectory(session, path);
    else await readFile(session, path, 'named');
  } catch (error) {
    complainOf(session, path, error);
  }
}

async function readDirectory(session: Session, path: string): Promise<void> {
  const found = await listManifests(resolve(session.cwd, path), session.options.recursive ?? false);
  if (found.length === 0) complain(session, path, 'the directory has no *.yaml, *.yml or *.json');
  for (const name of found) {
    const file = join(path, name);
    await readFile(session, file, 'found').catch((error: unknown) => complainOf(session, file, error));
  }
}

/** Names relative to the directory, in byte order so that every machine reads in one order. Links to directories are not followed. */
async function listManifests(directory: string, recursive: boolean, inner = ''): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(directory, inner), { withFileTypes: true })) {
    const name = join(inner, entry.name);
    if (entry.isDirectory()) names.push(...(recursive ? await listManifests(directory, recursive, name) : []));
    else if (extensions.has(extname(entry.name).toLowerCase())) names.push(name);
  }
  return names.sort((a, b) => (a < b ? -1 : 1));
}

async function readFile(session: Session, path: string, how: 'named' | 'found'): Promise<void> {
  const absolute = resolve(session.cwd, path);
  const real = await realpath(absolute).catch(() => absolute);
  if (session.seen.has(real)) return;
  session.seen.add(real);
  // Without O_NONBLOCK the open of a fifo waits for a writer, perhaps for ever.
  const handle = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = await readHandle(session, path, handle);
    if (bytes !== undefined) parseBytes(session, path, bytes, dirname(absolute), how);
  } finally {
    await handle.close();
  }
}

/** The size is asked before anything is read: a file of many gigabytes costs nothing. */
async function readHandle(session: Session, path: string, handle: FileHandle): Promise<Uint8Array | undefined> {
  const status = await handle.stat();
  const isPipe = status.isFIFO() && /^\/(dev|proc\/(self|\d+))\/fd\//.test(path);
  if (!status.isFile() && !isPipe)
    return void complain(session, path, `is ${describeKind(status)}, not a file`, 'use - to read standard input');
  if (status.size > maxInputBytes)
    return void complain(session, path, tooLarge(status.size), 'is this really a manifest?');
  const bytes = await collect(handle.createReadStream({ autoClose: false }));
  if (bytes === undefined) complain(session, path, tooLarge());
  return bytes;
}

async function readStdin(session: Session): Promise<void> {
  try {
    const bytes = await collect(session.options.stdin ?? process.stdin);
    if (bytes === undefined) complain(session, '-', tooLarge());
    else parseBytes(session, '-', bytes, session.cwd, 'named');
  } catch (error) {
    complainOf(session, '-', error);
  }
}

/** All bytes of a stream; undefined, and no more is read, once they pass the limit. */
async function collect(stream: Readable): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    size += bytes.length;
    if (size > maxInputBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function parseBytes(
  session: Session,
  file: string,
  bytes: Uint8Array,
  directory: string,
  how: 'named' | 'found',
): void {
  session.files.push(file);
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) {
    session.diagnostics.push({ severity: 'error', file, field: '', ...decoded.error });
    return;
  }
  const outcome = parseDocuments(decoded.value, file, { directory });
  session.pods.push(...outcome.pods);
  session.diagnostics.push(...outcome.diagnostics);
  if (outcome.documents === 0)
    complain(session, file, 'holds no manifest', undefined, how === 'named' ? 'error' : 'warning');
}

function tooLarge(size?: number): string {
  const what = size === undefined ? 'is' : `has ${size} bytes,`;
  return `${what} larger than the ${maxInputBytes / 1024 / 1024} MiB allowed for a manifest file`;
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

function complainOf(session: Session, file: string, error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException;
  complain(session, file, `cannot be read: ${(code === undefined ? undefined : errnoWords[code]) ?? message}`);
}

function complain(
  session: Session,
  file: string,
  message: string,
  hint?: string,
  severity: Diagnostic['severity'] = 'error',
): void {
  const position = { line: 1, column: 1 };
  session.diagnostics.push({ severity, file, position, field: '', message, ...(hint === undefined ? {} : { hint }) });
}
