/** Manifests from files, directories and standard input. What cannot be read is a diagnostic like any other. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Result } from '../util/result.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import type { VariableUse } from './expand-template.ts';
import { maxMergedBytes } from './limits.ts';
import { type ManifestDocument, manifestDocuments } from './manifest-documents.ts';
import { mergeDocuments } from './merge-documents.ts';
import { type DocumentsOutcome, findDuplicates, inspectDocuments, type LocatedData, type LocatedPod } from './parse.ts';
import { flawOf, type ReadFlaw, readFileBytes, readStreamBytes } from './read-bytes.ts';
import { type VariableReader, type VariableSet, variableReader } from './read-variables.ts';
import { type SkippedObject, warnSkipped } from './skipped-kinds.ts';

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
  /** documents of later paths change those of the same kind, namespace and name of earlier ones; default false: that is an error */
  readonly merge?: boolean;
  /** for merging, of documents that name none; default "default" */
  readonly namespace?: string | undefined;
  /** false: variables stay as they are written; default true */
  readonly interpolate?: boolean;
}

export interface ReadOutcome {
  readonly pods: readonly LocatedPod[];
  /** all other objects */
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
  if (options.merge) {
    const { documents, ...outcome } = await readMergedDocuments(paths, options);
    const { pods, data, diagnostics, skipped } = inspectDocuments(documents);
    return { ...outcome, pods, data, diagnostics: [...outcome.diagnostics, ...diagnostics, ...warnSkipped(skipped)] };
  }
  const pods: LocatedPod[] = [];
  const data: LocatedData[] = [];
  const skipped: SkippedObject[] = [];
  const outcome = await readAll(paths, options, (documents, { diagnostics }) => {
    const found = inspectDocuments(documents);
    pods.push(...found.pods);
    data.push(...found.data);
    skipped.push(...found.skipped);
    diagnostics.push(...found.diagnostics);
    return found;
  });
  const told = [...warnSkipped(skipped), ...findDuplicates([...pods, ...data])];
  return { ...outcome, pods, data, diagnostics: [...outcome.diagnostics, ...told] };
}

export interface MergedDocuments extends Omit<ReadOutcome, 'pods' | 'data'> {
  readonly documents: readonly ManifestDocument[];
}

/** The documents of all paths, merged and not judged: `diagnostics` are about the files, each document has its own problems. */
export async function readMergedDocuments(
  paths: readonly string[],
  options: ReadOptions = {},
): Promise<MergedDocuments> {
  const layers = new Map(paths.map((path): [string, ManifestDocument[]] => [path, []]));
  const outcome = await readAll(paths, options, (documents, session, path) => {
    if (session.bytes > maxMergedBytes) return refuseMore(session, path);
    const kept = [...documents];
    layers.get(path)?.push(...kept);
    return { documents: kept.length, variables: kept.flatMap(({ variables }) => variables) };
  });
  return { ...outcome, documents: mergeDocuments([...layers.values()], options.namespace) };
}

function refuseMore(session: Session, path: string): ReturnType<TakeDocuments> {
  const message = `merged files may have ${maxMergedBytes / 1024 / 1024} MiB together`;
  complain(session, session.files.at(-1) ?? path, { message, hint: 'apply them without merging' });
  return { documents: 1, variables: [] };
}

/** What becomes of the documents of one file, which `path` led to. */
type TakeDocuments = (
  documents: Iterable<ManifestDocument>,
  session: Session,
  path: string,
) => Pick<DocumentsOutcome, 'documents' | 'variables'>;

async function readAll(
  paths: readonly string[],
  options: ReadOptions,
  take: TakeDocuments,
): Promise<Omit<ReadOutcome, 'pods' | 'data'>> {
  const cwd = options.cwd ?? process.cwd();
  const session: Session = {
    ...{ options, take, cwd, seen: new Set(), diagnostics: [], files: [], inputs: new Set(), bytes: 0 },
    variables: variableReader({ ...options, cwd }),
  };
  for (const flaw of await session.variables.flaws()) session.diagnostics.push(flaw);
  for (const path of new Set(paths)) await readPath(session, path);
  const { diagnostics, files } = session;
  return { diagnostics, files, inputs: [...session.inputs, ...session.variables.inputs()] };
}

interface Session {
  readonly options: ReadOptions;
  readonly take: TakeDocuments;
  readonly cwd: string;
  /** real paths read before: a file named twice is one file */
  readonly seen: Set<string>;
  readonly diagnostics: Diagnostic[];
  readonly files: string[];
  readonly inputs: Set<string>;
  readonly variables: VariableReader;
  /** of all files so far */
  bytes: number;
}

async function readPath(session: Session, path: string): Promise<void> {
  if (path === '-') {
    const bytes = await readStreamBytes(session.options.stdin ?? process.stdin);
    return await takeBytes(session, { path, file: '-', directory: session.cwd }, bytes);
  }
  if (path.includes('\0')) return complain(session, path, { message: 'the path contains a NUL character' });
  const absolute = resolve(session.cwd, path);
  session.inputs.add(absolute);
  try {
    if ((await stat(absolute)).isDirectory()) await readDirectory(session, path);
    else await readFile(session, path, path);
  } catch (error) {
    complain(session, path, flawOf(error));
  }
}

async function readDirectory(session: Session, path: string): Promise<void> {
  const found = await listManifests(resolve(session.cwd, path), session.options.recursive ?? false);
  if (found.length === 0) complain(session, path, { message: 'the directory has no *.yaml, *.yml or *.json' });
  for (const name of found) await readFile(session, path, join(path, name));
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

async function readFile(session: Session, path: string, file: string): Promise<void> {
  const absolute = resolve(session.cwd, file);
  const real = await realpath(absolute).catch(() => absolute);
  if (session.seen.has(real)) return;
  session.seen.add(real);
  session.inputs.add(absolute);
  await takeBytes(session, { path, file, directory: dirname(absolute) }, await readFileBytes(absolute, file));
}

interface Source {
  /** as it was given: the file, or a directory that it was found in */
  readonly path: string;
  /** as diagnostics name it */
  readonly file: string;
  readonly directory: string;
}

async function takeBytes(session: Session, source: Source, bytes: Result<Uint8Array, ReadFlaw>): Promise<void> {
  const { path, file, directory } = source;
  if (!bytes.ok) return complain(session, file, bytes.error);
  session.files.push(file);
  session.bytes += bytes.value.length;
  const decoded = decodeUtf8(bytes.value);
  if (!decoded.ok) {
    session.diagnostics.push({ severity: 'error', file, field: '', ...decoded.error });
    return;
  }
  const variables = await session.variables.forText(decoded.value, file, directory);
  const values = session.options.interpolate === false ? 'verbatim' : variables.values;
  const taken = session.take(manifestDocuments(decoded.value, file, { directory, variables: values }), session, path);
  session.diagnostics.push(...missedFile(variables, taken.variables));
  if (taken.documents > 0) return;
  complain(session, file, { message: 'holds no manifest' }, file === path ? 'error' : 'warning');
}

/** A `.env` that could not be read is of interest when something might stand in it. */
function missedFile({ flaw }: VariableSet, used: readonly VariableUse[]): Diagnostic[] {
  return flaw !== undefined && used.some(({ given }) => given === undefined) ? [flaw] : [];
}

function complain(session: Session, file: string, flaw: ReadFlaw, severity: Diagnostic['severity'] = 'error'): void {
  session.diagnostics.push({ severity, file, position: { line: 1, column: 1 }, field: '', ...flaw });
}
