/** Manifest text to pods: every problem of every document at once, each with its place in the source. Pure. */
import type { Diagnostic, Position } from '../model/diagnostic.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import { diagnosticAt, placeInText } from './diagnose.ts';
import type { FieldProblem } from './field-problem.ts';
import { type ManifestDocument, manifestDocuments, type ParseOptions } from './manifest-documents.ts';
import type { TemplateVariable } from './template.ts';
import { inspectPod, type ValidPod } from './validate-pod.ts';
import { type Origin, placeOf, plainValue, type YamlNode } from './yaml-node.ts';

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
  /** that the documents use */
  readonly variables: readonly TemplateVariable[];
}

/** parseManifest without the look for pods given twice, which must go over all files. */
export function parseDocuments(text: string, file: string, options: ParseOptions = {}): DocumentsOutcome {
  const pods: LocatedPod[] = [];
  const diagnostics: Diagnostic[] = [];
  const variables: TemplateVariable[] = [];
  let documents = 0;
  for (const document of manifestDocuments(text, file, options)) {
    documents++;
    const { pod, diagnostics: found } = inspectDocument(document);
    if (pod !== undefined) pods.push(pod);
    diagnostics.push(...found);
    variables.push(...document.variables);
  }
  return { pods, diagnostics, documents, variables };
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

/** A pod comes out only when nothing was wrong, with the YAML or with the pod. */
export function inspectDocument({ origin, root, problems }: ManifestDocument): {
  readonly pod?: LocatedPod;
  readonly diagnostics: readonly Diagnostic[];
} {
  if (root === undefined) return { diagnostics: problems };
  const verdict = inspectPod(plainValue(root));
  const found = [
    ...verdict.errors.flatMap((problem) => fieldDiagnostic(origin, root, 'error', problem)),
    ...verdict.warnings.flatMap((problem) => fieldDiagnostic(origin, root, 'warning', problem)),
  ];
  const diagnostics = [...problems, ...found].sort(byPosition);
  if (verdict.pod === undefined || problems.length > 0) return { diagnostics };
  return { pod: locatedPod(origin, root, verdict.pod), diagnostics };
}

function locatedPod(origin: Origin, root: YamlNode, pod: ValidPod): LocatedPod {
  const { span } = placeOf(root, ['metadata', 'name'], false);
  return { ...pod, ...placeInText(origin, span) };
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.position.line - b.position.line || a.position.column - b.position.column;
}

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
  const hint = problem.quotable && scalar?.plain !== undefined ? `quote it: "${scalar.plain}"` : problem.hint;
  return [diagnosticAt(origin, severity, span, { field: problem.field, message: problem.message, hint })];
}
