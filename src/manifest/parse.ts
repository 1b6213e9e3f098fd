/** Manifest text to objects: every problem of every document at once, each with its place in the source. Pure. */
import type { Diagnostic, Position } from '../model/diagnostic.ts';
import { namespaceFor } from '../model/object-kinds.ts';
import type { DataManifest } from '../model/object-manifest.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import { diagnosticAt, placeInText } from './diagnose.ts';
import type { VariableUse } from './expand-template.ts';
import { duplicate, type FieldProblem, fieldProblem } from './field-problem.ts';
import { judgeRoot } from './judge-root.ts';
import { type ManifestDocument, manifestDocuments, type ParseOptions } from './manifest-documents.ts';
import { type SkippedObject, skippedKind, warnSkipped } from './skipped-kinds.ts';
import { type Origin, placeOf, type YamlNode } from './yaml-node.ts';

interface Parsed {
  readonly file: string;
  /** of metadata.name */
  readonly position: Position;
}

export interface ParsedPod extends Parsed {
  /** as written; paths of this machine absolute */
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
}

/** Any other object. */
export interface ParsedData extends Parsed {
  readonly manifest: DataManifest;
}

/** `pods` and `data` hold the good ones even when others have errors; whoever applies must look for errors first. */
export interface ParseOutcome {
  readonly pods: readonly ParsedPod[];
  /** all other objects */
  readonly data: readonly ParsedData[];
  /** errors and warnings, by document and then by position */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses one file's text. `file` is what diagnostics call it. Never throws. */
export function parseManifest(text: string, file: string, options: ParseOptions = {}): ParseOutcome {
  const { pods, data, diagnostics, skipped } = inspectDocuments(manifestDocuments(text, file, options));
  return { pods, data, diagnostics: [...diagnostics, ...warnSkipped(skipped), ...findDuplicates([...pods, ...data])] };
}

/** What a later diagnostic about a parsed object needs. */
interface Located {
  /** says it at the place of the problem's path; nothing where the variables of the value have a problem of their own */
  readonly diagnose: (severity: Diagnostic['severity'], problem: FieldProblem) => readonly Diagnostic[];
}

export type LocatedPod = ParsedPod & Located;
export type LocatedData = ParsedData & Located;

export interface DocumentsOutcome {
  readonly pods: readonly LocatedPod[];
  readonly data: readonly LocatedData[];
  readonly diagnostics: readonly Diagnostic[];
  /** what means nothing on one machine */
  readonly skipped: readonly SkippedObject[];
  /** documents that are not empty */
  readonly documents: number;
  /** that the documents use */
  readonly variables: readonly VariableUse[];
}

/** What the documents hold, and all that is wrong with them. */
export function inspectDocuments(documents: Iterable<ManifestDocument>): DocumentsOutcome {
  const pods: LocatedPod[] = [];
  const data: LocatedData[] = [];
  const diagnostics: Diagnostic[] = [];
  const variables: VariableUse[] = [];
  const skipped: SkippedObject[] = [];
  let count = 0;
  for (const document of documents) {
    count++;
    const found = inspectDocument(document);
    if (found.pod !== undefined) pods.push(found.pod);
    if (found.data !== undefined) data.push(found.data);
    if (found.skipped !== undefined) skipped.push(found.skipped);
    diagnostics.push(...found.diagnostics);
    variables.push(...document.variables);
  }
  return { pods, data, diagnostics, skipped, documents: count, variables };
}

/** One error for each object whose kind, namespace and name were given before. */
export function findDuplicates(objects: readonly (LocatedPod | LocatedData)[]): Diagnostic[] {
  const first = new Map<string, LocatedPod | LocatedData>();
  const found: Diagnostic[] = [];
  for (const object of objects) {
    const { kind, metadata } = object.manifest;
    const id = `${kind}/${namespaceFor(kind, metadata.namespace)}/${metadata.name}`;
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, object);
    else found.push(...duplicateObject(object, earlier));
  }
  return found;
}

function duplicateObject({ manifest, diagnose }: LocatedPod | LocatedData, earlier: Parsed): readonly Diagnostic[] {
  const { name, namespace } = manifest.metadata;
  const place = `${earlier.file}:${earlier.position.line}`;
  const message = `${duplicate(name)}: namespace ${namespace || 'default'} already has a ${manifest.kind === 'Pod' ? 'pod' : manifest.kind} of this name at ${place}`;
  const hint = 'rename one of them or give them different namespaces';
  return diagnose('error', fieldProblem(['metadata', 'name'], message, { hint }));
}

/** An object comes out only when nothing was wrong, with the YAML or with the object. */
function inspectDocument({ origin, root, problems, stranger }: ManifestDocument): {
  readonly pod?: LocatedPod;
  readonly data?: LocatedData;
  readonly skipped?: SkippedObject;
  readonly diagnostics: readonly Diagnostic[];
} {
  if (root === undefined) return { diagnostics: problems };
  const stray = skippedKind(root);
  if (stray !== undefined) {
    const { file, position } = placeInText(origin, placeOf(root, ['kind'], true).span);
    return { diagnostics: problems, skipped: { ...stray, file, position } };
  }
  const diagnose: Located['diagnose'] = (severity, problem) => fieldDiagnostic(origin, root, severity, problem);
  const { errors, warnings, pod, data } = judgeRoot(root).verdict;
  const found = [
    ...errors.flatMap((problem) => diagnose('error', problem)),
    ...warnings.flatMap((problem) => diagnose('warning', problem)),
  ];
  const isWrong = problems.length > 0 || errors.length > 0;
  const all = [...problems, ...found, ...(isWrong && stranger !== undefined ? [stranger] : [])];
  const diagnostics = all.sort(byPosition(origin.file));
  if (problems.length > 0) return { diagnostics };
  const { file, position } = placeInText(origin, placeOf(root, ['metadata', 'name'], false).span);
  const located = { file, position, diagnose };
  return {
    ...(pod === undefined ? {} : { pod: { ...pod, ...located } }),
    ...(data === undefined ? {} : { data: { manifest: data, ...located } }),
    diagnostics,
  };
}

/** The document's own file first, then those that were merged onto it. */
function byPosition(own: string): (a: Diagnostic, b: Diagnostic) => number {
  const files = (file: string): string => (file === own ? '' : file);
  return (a, b) =>
    compare(files(a.file), files(b.file)) ||
    compare(a.position.line, b.position.line) ||
    compare(a.position.column, b.position.column);
}

const compare = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** None where the variables of the value have a problem of their own. */
function fieldDiagnostic(
  origin: Origin,
  root: YamlNode,
  severity: Diagnostic['severity'],
  problem: FieldProblem,
): Diagnostic[] {
  const { span, node } = placeOf(root, problem.path, problem.at === 'key');
  const scalar = node?.kind === 'scalar' ? node : undefined;
  if (scalar?.unresolved) return [];
  const hint =
    problem.quotable && scalar?.plain !== undefined && !origin.isSecret ? `quote it: "${scalar.plain}"` : problem.hint;
  return [diagnosticAt(origin, severity, span, { field: problem.field, message: problem.message, hint })];
}
