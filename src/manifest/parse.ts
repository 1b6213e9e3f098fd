/** Manifest text to pods: every problem of every document at once, each with its place in the source. Pure. */
import { dirname, resolve } from 'node:path';
import type { Diagnostic, Position } from '../model/diagnostic.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import { withAbsoluteDevPaths } from './absolute-dev-paths.ts';
import type { FieldProblem } from './field-problem.ts';
import { maxDocumentBytes, maxDocuments, maxPieces } from './limits.ts';
import { createSourceText, type SourceText } from './source-text.ts';
import { splitDocuments, type TextPiece } from './split-documents.ts';
import { inspectPod, type ValidPod } from './validate-pod.ts';
import { readYamlDocuments, type YamlDocument } from './yaml-document.ts';
import { placeOf, plainValue, type Span, type YamlNode } from './yaml-node.ts';
import type { YamlProblem } from './yaml-read-node.ts';

export interface ParsedPod {
  /** as written; rootfs paths absolute */
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
  readonly file: string;
  /** of metadata.name */
  readonly position: Position;
}

/** `pods` holds the good ones even when others have errors; whoever applies must look for errors first. */
export interface ParseOutcome {
  readonly pods: readonly ParsedPod[];
  /** errors and warnings, by document and then by position */
  readonly diagnostics: readonly Diagnostic[];
}

export interface ParseOptions {
  /** absolute directory that relative rootfs paths start from; default: the file's, when that is absolute */
  readonly directory?: string;
}

/** Parses one file's text. `file` is what diagnostics call it. Never throws. */
export function parseManifest(text: string, file: string, options: ParseOptions = {}): ParseOutcome {
  const outcome = parseDocuments(text, file, options);
  return { pods: outcome.pods, diagnostics: [...outcome.diagnostics, ...findDuplicatePods(outcome.pods)] };
}

/** A parsed pod with what a later diagnostic about it needs. */
export interface LocatedPod extends ParsedPod {
  readonly sourceLine: string;
  readonly length: number;
}

export interface DocumentsOutcome {
  readonly pods: readonly LocatedPod[];
  readonly diagnostics: readonly Diagnostic[];
  /** documents that are not empty */
  readonly documents: number;
}

/** parseManifest without the look for pods given twice, which must go over all files. */
export function parseDocuments(text: string, file: string, options: ParseOptions = {}): DocumentsOutcome {
  const directory = options.directory ?? (file.startsWith('/') ? dirname(file) : undefined);
  const context: Context = { file, directory, pods: [], diagnostics: [], documents: 0 };
  let pieces = 0;
  for (const piece of splitDocuments(text.replace(/^\ufeff/, ''))) {
    if (++pieces > maxPieces) context.documents = maxDocuments;
    if (!parsePiece(context, piece)) break;
  }
  return context;
}

/** One error for each pod whose namespace and name were given before. */
export function findDuplicatePods(pods: readonly LocatedPod[]): Diagnostic[] {
  const first = new Map<string, LocatedPod>();
  const found: Diagnostic[] = [];
  for (const pod of pods) {
    const id = `${pod.spec.namespace}/${pod.spec.name}`;
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, pod);
    else found.push(duplicatePod(pod, earlier));
  }
  return found;
}

function duplicatePod(pod: LocatedPod, earlier: LocatedPod): Diagnostic {
  return {
    severity: 'error',
    file: pod.file,
    position: pod.position,
    field: 'metadata.name',
    message: `Duplicate value: "${pod.spec.name}": namespace ${pod.spec.namespace} already has a pod of this name at ${earlier.file}:${earlier.position.line}`,
    hint: 'rename one of them or give them different namespaces',
    sourceLine: pod.sourceLine,
    length: pod.length,
  };
}

interface Context {
  readonly file: string;
  readonly directory: string | undefined;
  readonly pods: LocatedPod[];
  readonly diagnostics: Diagnostic[];
  documents: number;
}

/** False when the limit is reached and the rest is not worth reading. */
function parsePiece(context: Context, piece: TextPiece): boolean {
  const obstacle = findObstacle(piece);
  const start = { start: 0, end: 1 };
  if (obstacle !== undefined) {
    context.documents++;
    const source = createSourceText(piece.text.slice(0, obstacle.span.end + maxShown), piece.firstLine);
    context.diagnostics.push(yamlDiagnostic({ ...context, source }, obstacle));
    return true;
  }
  const source = createSourceText(piece.text, piece.firstLine);
  for (const document of readYamlDocuments(piece.text)) {
    if (document.root === undefined && document.problems.length === 0 && context.documents < maxDocuments) continue;
    if (++context.documents > maxDocuments) {
      const span = document.root?.span ?? start;
      const problem = { span, message: `more than ${maxDocuments} documents`, hint: 'split the file' };
      context.diagnostics.push(yamlDiagnostic({ ...context, source }, problem));
      return false;
    }
    parseDocument({ ...context, source }, document);
  }
  return true;
}

/** of a text that is no manifest, so much is looked at for showing the line */
const maxShown = 1000;

interface DocumentContext extends Omit<Context, 'documents'> {
  readonly source: SourceText;
}

/** What keeps a piece from being looked at as YAML at all. */
function findObstacle(piece: TextPiece): YamlProblem | undefined {
  const size = utf8Length(piece.text);
  if (size > maxDocumentBytes) {
    return {
      span: { start: 0, end: 1 },
      message: `the document has ${size} bytes, more than the ${maxDocumentBytes} (1 MiB) allowed`,
    };
  }
  const control = findForbiddenCharacter(piece.text);
  if (control === undefined) return undefined;
  const { index } = control;
  return { span: { start: index, end: index + 1 }, message: control.message, hint: 'a manifest is plain UTF-8 text' };
}

/** A pod comes out only when nothing was wrong, with the YAML or with the pod. */
function parseDocument(context: DocumentContext, document: YamlDocument): void {
  const { root, problems } = document;
  const found = problems.map((problem) => yamlDiagnostic(context, problem));
  if (root !== undefined) {
    const verdict = inspectPod(withAbsoluteRootfs(plainValue(root), context.directory));
    found.push(...verdict.errors.map((problem) => fieldDiagnostic(context, root, 'error', problem)));
    found.push(...verdict.warnings.map((problem) => fieldDiagnostic(context, root, 'warning', problem)));
    if (verdict.pod !== undefined && problems.length === 0) context.pods.push(locatedPod(context, root, verdict.pod));
  }
  context.diagnostics.push(...found.sort(byPosition));
}

function locatedPod(context: DocumentContext, root: YamlNode, pod: ValidPod): LocatedPod {
  const { span } = placeOf(root, ['metadata', 'name'], false);
  const { source, file } = context;
  return {
    ...pod,
    file,
    position: source.positionAt(span.start),
    sourceLine: source.lineAt(span.start),
    length: source.lengthOf(span.start, span.end),
  };
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.position.line - b.position.line || a.position.column - b.position.column;
}

function fieldDiagnostic(
  context: DocumentContext,
  root: YamlNode,
  severity: Diagnostic['severity'],
  problem: FieldProblem,
): Diagnostic {
  const place = placeOf(root, problem.path, problem.at === 'key');
  const plain = place.node?.kind === 'scalar' ? place.node.plain : undefined;
  const hint = problem.quotable && plain !== undefined ? `quote it: "${plain}"` : problem.hint;
  return diagnosticAt(context, severity, place.span, { field: problem.field, message: problem.message, hint });
}

function yamlDiagnostic(context: DocumentContext, { span, message, hint }: YamlProblem): Diagnostic {
  return diagnosticAt(context, 'error', span, { field: '', message, hint });
}

function diagnosticAt(
  { source, file }: DocumentContext,
  severity: Diagnostic['severity'],
  span: Span,
  what: { readonly field: string; readonly message: string; readonly hint: string | undefined },
): Diagnostic {
  const { field, message, hint } = what;
  return {
    severity,
    file,
    position: source.positionAt(span.start),
    field,
    message,
    ...(hint === undefined ? {} : { hint }),
    sourceLine: source.lineAt(span.start),
    length: source.lengthOf(span.start, span.end),
  };
}

/** Relative rootfs paths start from the manifest's own directory, so that a manifest can be used from anywhere. */
function withAbsoluteRootfs(value: unknown, directory: string | undefined): unknown {
  const pod = value as { readonly spec?: { readonly containers?: unknown } } | null;
  const containers = pod?.spec?.containers;
  if (directory === undefined || !Array.isArray(containers)) return value;
  return {
    ...pod,
    spec: { ...pod?.spec, containers: containers.map((container) => withAbsolutePath(container, directory)) },
  };
}

function withAbsolutePath(container: unknown, directory: string): unknown {
  const { rootfs } = (container ?? {}) as { readonly rootfs?: { readonly path?: unknown } | null };
  const withDev = withAbsoluteDevPaths(container, directory);
  const path = rootfs?.path;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) return withDev;
  return { ...(withDev as object), rootfs: { ...rootfs, path: resolve(directory, path) } };
}

/** YAML's printable characters (1.1, as go-yaml checks them). Lone surrogates are what is left of bad UTF-16. */
const forbiddenPattern = /[^\t\n\r\x20-\x7e\x85\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

function findForbiddenCharacter(text: string): { readonly index: number; readonly message: string } | undefined {
  const index = text.search(forbiddenPattern);
  if (index === -1) return undefined;
  const code = text.codePointAt(index) ?? 0;
  if (code === 0) return { index, message: 'is not text: it contains a NUL character' };
  return {
    index,
    message: `is not text: it contains the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`,
  };
}

/** Bytes of the text in UTF-8; encodes only when the number of characters leaves it open. */
function utf8Length(text: string): number {
  return text.length * 3 <= maxDocumentBytes ? text.length : new TextEncoder().encode(text).length;
}
