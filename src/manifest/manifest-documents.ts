/** Manifest text to its documents as trees with positions, their variables expanded and their paths absolute; nothing is judged yet. */
import { dirname } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { withAbsolutePaths } from './absolute-paths.ts';
import { diagnosticAt } from './diagnose.ts';
import type { VariableUse, VariableValues } from './expand-template.ts';
import { hasVariables, interpolate } from './interpolate.ts';
import { maxDocumentBytes, maxDocuments, maxPieces } from './limits.ts';
import { createSourceText } from './source-text.ts';
import { splitDocuments, splitObjects, type TextPiece } from './split-documents.ts';
import { readYamlDocuments, type YamlDocument } from './yaml-document.ts';
import type { Origin, YamlEntry, YamlNode } from './yaml-node.ts';
import type { YamlProblem } from './yaml-read-node.ts';

export interface ParseOptions {
  /** absolute directory that relative paths start from; default: the file's, when that is absolute */
  readonly directory?: string;
  /** what variables of podctl.dev/v1 documents are worth; default none; `verbatim`: they stay as they are written */
  readonly variables?: VariableValues | 'verbatim';
}

export interface ManifestDocument {
  readonly origin: Origin;
  /** absent when it could not be read */
  readonly root?: YamlNode;
  /** what is wrong with its YAML and its variables */
  readonly problems: readonly Diagnostic[];
  readonly variables: readonly VariableUse[];
  /** its variables stand as they are written */
  readonly isVerbatim?: true;
  /** to be said when the document is wrong: it may have been meant to change one of an earlier file */
  readonly stranger?: Diagnostic;
}

/** The documents of one file's text that are not empty. Lazy, so that no more than one of them need be in memory. Never throws. */
export function* manifestDocuments(
  text: string,
  file: string,
  options: ParseOptions = {},
): Generator<ManifestDocument, void> {
  let count = 0;
  for (const { piece, document } of objectsOf(documentsOf(text, file))) {
    const isEmpty = document.root === undefined && document.problems.length === 0;
    if (isEmpty && piece.number <= maxPieces && count < maxDocuments) continue;
    if (++count > maxDocuments || piece.number > maxPieces) return yield tooMany(piece.origin, document);
    yield prepare(piece, document, options);
  }
}

function* documentsOf(text: string, file: string): Generator<PieceDocument, void> {
  let number = 0;
  // a file that was put behind another keeps its byte order mark
  for (const part of splitDocuments(text.replace(/^\ufeff/gm, ''))) {
    for (const object of splitObjects(part)) {
      const piece = readPiece(object, file, ++number);
      for (const document of piece.documents) yield { piece, document };
    }
  }
}

interface PieceDocument {
  readonly piece: Piece;
  readonly document: YamlDocument;
}

/** What stands under `items` of a List (v1 List, PodList, DeploymentList …) as if each were a document of its own. */
function* objectsOf(documents: Iterable<PieceDocument>): Generator<PieceDocument, void> {
  for (const { piece, document } of documents) {
    const items = document.root === undefined ? undefined : itemsOf(document.root);
    if (items === undefined) {
      yield { piece, document };
      continue;
    }
    // what is wrong with the YAML is told once
    if (document.problems.length > 0) yield { piece, document: { problems: document.problems } };
    yield* objectsOf(items.map((root) => ({ piece, document: { root, problems: [] } })));
  }
}

/** Null is an empty list. An item of a PodList is a Pod, though it may not say so. */
function itemsOf(root: YamlNode): readonly YamlNode[] | undefined {
  if (root.kind !== 'map') return undefined;
  const kind = root.entries.get('kind');
  const items = root.entries.get('items')?.node;
  const name = kind?.node.kind === 'scalar' ? kind.node.value : undefined;
  if (kind === undefined || typeof name !== 'string' || !name.endsWith('List')) return undefined;
  if (items?.kind === 'scalar' && items.value === null) return [];
  if (items?.kind !== 'list' || name === 'List') return items?.kind === 'list' ? items.items : undefined;
  const itemKind: YamlEntry = {
    key: kind.key,
    node: { kind: 'scalar', span: kind.node.span, value: name.slice(0, -'List'.length) },
  };
  return items.items.map((item) => withHead(item, root.entries.get('apiVersion'), itemKind));
}

function withHead(item: YamlNode, apiVersion: YamlEntry | undefined, kind: YamlEntry): YamlNode {
  if (item.kind !== 'map' || item.entries.has('apiVersion') || item.entries.has('kind')) return item;
  const entries = new Map(item.entries);
  if (apiVersion !== undefined) entries.set('apiVersion', apiVersion);
  return { ...item, entries: entries.set('kind', kind) };
}

interface Piece {
  /** from 1 */
  readonly number: number;
  readonly text: string;
  readonly origin: Origin;
  readonly documents: readonly YamlDocument[];
}

/** of a text that is no manifest, so much is looked at for showing the line */
const maxShown = 1000;

function readPiece({ text, firstLine }: TextPiece, file: string, number: number): Piece {
  const obstacle = findObstacle(text);
  const shown = obstacle === undefined ? text : text.slice(0, obstacle.span.end + maxShown);
  const documents = obstacle === undefined ? readYamlDocuments(text) : [{ problems: [obstacle] }];
  const source = createSourceText(shown, firstLine);
  return { number, text, origin: { file, source, isSecret: secretPattern.test(text) }, documents };
}

/** Also of a Secret that cannot be read as YAML. */
const secretPattern = /(^|[{,-])[ \t]*["']?kind["']?\s*:\s*["']?Secret\b/m;

function tooMany(origin: Origin, document: YamlDocument): ManifestDocument {
  const problem = { field: '', message: `more than ${maxDocuments} documents`, hint: 'split the file' };
  const span = document.root?.span ?? { start: 0, end: 1 };
  return { origin, problems: [diagnosticAt(origin, 'error', span, problem)], variables: [] };
}

function prepare({ text, origin }: Piece, document: YamlDocument, options: ParseOptions): ManifestDocument {
  const flaws = document.problems.map((flaw) => tellFlaw(origin, flaw));
  const { root } = document;
  if (root === undefined) return { origin, problems: flaws, variables: [] };
  const { variables: values = new Map() } = options;
  const verbatim = values === 'verbatim' ? { isVerbatim: true as const } : {};
  if (!hasVariables(root)) return { origin, root, problems: flaws, variables: [], ...verbatim };
  const expanded = values === 'verbatim' ? { root, problems: [], variables: [] } : interpolate(root, values, text);
  const problems = expanded.problems.map(({ span, ...words }) => diagnosticAt(origin, 'error', span, words));
  const directory = options.directory ?? (origin.file.startsWith('/') ? dirname(origin.file) : undefined);
  return {
    origin,
    root: directory === undefined ? expanded.root : withAbsolutePaths(expanded.root, directory),
    problems: [...flaws, ...problems],
    variables: expanded.variables,
    ...verbatim,
  };
}

function tellFlaw(origin: Origin, { first, ...flaw }: YamlProblem): Diagnostic {
  const { line, column } = first === undefined ? {} : origin.source.positionAt(first.start);
  const place = line === undefined ? '' : `, first at line ${line}, column ${column}`;
  return diagnosticAt(origin, 'error', flaw.span, { field: '', ...flaw, message: `${flaw.message}${place}` });
}

/** What keeps a piece from being looked at as YAML at all. */
function findObstacle(text: string): YamlProblem | undefined {
  const size = utf8Length(text);
  if (size > maxDocumentBytes) {
    return {
      span: { start: 0, end: 1 },
      message: `the document has ${size} bytes, more than the ${maxDocumentBytes} (3 MiB) allowed`,
    };
  }
  const control = findForbiddenCharacter(text);
  if (control === undefined) return undefined;
  const { index } = control;
  return { span: { start: index, end: index + 1 }, message: control.message, hint: 'a manifest is plain UTF-8 text' };
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
