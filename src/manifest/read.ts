/** Manifests from files, directories and standard input. What cannot be read is a diagnostic like any other. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Result } from '../util/result.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { findDuplicates, type LocatedData, type LocatedPod, parseDocuments } from './parse.ts';
import { flawOf, type ReadFlaw, readFileBytes, readStreamBytes } from './read-bytes.ts';
import { type VariableSet, variableReader } from './read-variables.ts';
import type { TemplateVariable } from './template.ts';

export interface ReadOptions {
  /** also look in the directories of a directory; default false */
  readonly recursive?: boolean;
  /** where `-` reads from; default process.stdin */
  readonly stdin?: Readable;
  /** where relative paths, and paths in standard input, start from; default the working directory */
  readonly cwd?: string;
  /** what variables of podctl.dev/v1 documents are worth, before any file; default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** files of `NAME=value` lines read instead of the `.env` beside each manifest; the later wins */
  readonly envFiles?: readonly string[];
}

export interface ReadOutcome {
  readonly pods: readonly LocatedPod[];
  /** ConfigMaps and Secrets */
  readonly data: readonly LocatedData[];
  readonly diagnostics: readonly Diagnostic[];
  /** the manifests read, as the diagnostics name them */
  readonly files: readonly string[];
  /** absolute paths of all files and directories that the outcome comes from, also of those that are not there (yet) */
  readonly inputs: readonly string[];
}

const extensions = new Set(['.yaml', '.yml', '.json']);

/** Reads and parses all paths (`-`: standard input; a directory: its *.yaml, *.yml and *.json in order of name). Rejects never. */
export async function readManifests(paths: readonly string[], options: ReadOptions = {}): Promise<ReadOutcome> {
  const cwd = options.cwd ?? process.cwd();
  const session: Session = {
    ...{ options, cwd, seen: new Set(), pods: [], data: [], diagnostics: [], files: [], inputs: new Set() },
    variables: variableReader({ ...options, cwd }),
  };
  for (const flaw of await session.variables.flaws()) session.diagnostics.push(flaw);
  for (const path of new Set(paths)) await readPath(session, path);
  const { pods, data, files } = session;
  const inputs = [...session.inputs, ...session.variables.inputs()];
  return { pods, data, files, inputs, diagnostics: [...session.diagnostics, ...findDuplicates([...pods, ...data])] };
}

interface Session {
  readonly options: ReadOptions;
  readonly cwd: string;
  /** real paths read before: a file named twice is one file */
  readonly seen: Set<string>;
  readonly pods: LocatedPod[];
  readonly data: LocatedData[];
  readonly diagnostics: Diagnostic[];
  readonly files: string[];
  readonly inputs: Set<string>;
  readonly variables: ReturnType<typeof variableReader>;
}

async function readPath(session: Session, path: string): Promise<void> {
  if (path === '-') {
    const bytes = await readStreamBytes(session.options.stdin ?? process.stdin);
    return await parseBytes(session, { file: '-', directory: session.cwd, isNamed: true }, bytes);
  }
  if (path.includes('\0')) return complain(session, path, { message: 'the path contains a NUL character' });
  const absolute = resolve(session.cwd, path);
  session.inputs.add(absolute);
  try {
    if ((await stat(absolute)).isDirectory()) await readDirectory(session, path);
    else await readFile(session, path, true);
  } catch (error) {
    complain(session, path, flawOf(error));
  }
}

async function readDirectory(session: Session, path: string): Promise<void> {
  const found = await listManifests(resolve(session.cwd, path), session.options.recursive ?? false);
  if (found.length === 0) complain(session, path, { message: 'the directory has no *.yaml, *.yml or *.json' });
  for (const name of found) await readFile(session, join(path, name), false);
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

async function readFile(session: Session, path: string, isNamed: boolean): Promise<void> {
  const absolute = resolve(session.cwd, path);
  const real = await realpath(absolute).catch(() => absolute);
  if (session.seen.has(real)) return;
  session.seen.add(real);
  session.inputs.add(absolute);
  const bytes = await readFileBytes(absolute, path);
  await parseBytes(session, { file: path, directory: dirname(absolute), isNamed }, bytes);
}

interface Source {
  readonly file: string;
  readonly directory: string;
  /** by the user, and not found in a directory */
  readonly isNamed: boolean;
}

async function parseBytes(
  session: Session,
  { file, directory, isNamed }: Source,
  bytes: Result<Uint8Array, ReadFlaw>,
): Promise<void> {
  if (!bytes.ok) return complain(session, file, bytes.error);
  session.files.push(file);
  const decoded = decodeUtf8(bytes.value);
  if (!decoded.ok) {
    session.diagnostics.push({ severity: 'error', file, field: '', ...decoded.error });
    return;
  }
  const text = decoded.value;
  const variables = await session.variables.forText(text, file, directory);
  const outcome = parseDocuments(text, file, { directory, variables: variables.values });
  session.pods.push(...outcome.pods);
  session.data.push(...outcome.data);
  session.diagnostics.push(...outcome.diagnostics, ...missedFile(variables, outcome.variables));
  if (outcome.documents === 0) complain(session, file, { message: 'holds no manifest' }, isNamed ? 'error' : 'warning');
}

/** A `.env` that could not be read is of interest when something might stand in it. */
function missedFile({ flaw, values }: VariableSet, used: readonly TemplateVariable[]): Diagnostic[] {
  return flaw !== undefined && used.some(({ name }) => !values.has(name)) ? [flaw] : [];
}

function complain(session: Session, file: string, flaw: ReadFlaw, severity: Diagnostic['severity'] = 'error'): void {
  session.diagnostics.push({ severity, file, position: { line: 1, column: 1 }, field: '', ...flaw });
}
