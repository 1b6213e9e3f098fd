/** What an apply does to a ConfigMap or Secret; its values, if it is a Secret, are never told. Pure. */
import { type FieldProblem, fieldProblem, forbidden, invalid } from '../manifest/field-problem.ts';
import { mergeStringData } from '../manifest/object-content.ts';
import type { DataManifest } from '../model/object-manifest.ts';
import type { ApplyResult, FieldChange } from '../protocol/api.ts';
import { sameJson } from '../util/same-json.ts';
import { diffValues, formatPath, maskChange, type ValueChange } from './diff-values.ts';
import { formatProblem, type JudgedData } from './judge-manifests.ts';

export interface PlannedData {
  /** as it is kept */
  readonly manifest: DataManifest;
  readonly result: ApplyResult;
}

/** As podd keeps it: with its namespace, a Secret's texts in base64. */
export function storedForm(manifest: DataManifest): DataManifest {
  const { name, namespace, labels, annotations } = manifest.metadata;
  const metadata = {
    ...{ name, namespace: namespace || 'default' },
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return manifest.kind === 'Secret' ? mergeStringData({ ...manifest, metadata }) : { ...manifest, metadata };
}

/** `existing`: the object of that name as it is kept. */
export function planData(existing: DataManifest | undefined, { manifest, warnings }: JudgedData): PlannedData {
  const stored = storedForm(manifest);
  const { kind, metadata } = stored;
  const changes = existing === undefined ? [] : changesOf(existing, stored);
  const outcome = existing === undefined ? 'created' : changes.length === 0 ? 'unchanged' : 'configured';
  const result: ApplyResult = {
    ...{ kind, namespace: metadata.namespace ?? '', name: metadata.name, outcome, cost: 'nothing', changes },
    ...{ programs: [], warnings: warnings.map(formatProblem) },
  };
  return { manifest: stored, result };
}

/** What Kubernetes refuses to change (ValidateConfigMapUpdate, ValidateSecretUpdate). */
export function checkDataUpdate(existing: DataManifest, wanted: DataManifest): readonly FieldProblem[] {
  const from = contentsOf(existing);
  const to = contentsOf(storedForm(wanted));
  const hint = `podctl delete ${existing.kind.toLowerCase()} ${existing.metadata.name} removes it, apply then makes it anew`;
  const problems: FieldProblem[] = [];
  if (from.type !== to.type) problems.push(fieldProblem(['type'], invalid(to.type, 'field is immutable'), { hint }));
  if (existing.immutable !== true) return problems;
  const locked = forbidden('field is immutable when `immutable` is set');
  if (wanted.immutable !== true) problems.push(fieldProblem(['immutable'], locked, { hint }));
  for (const field of ['data', 'binaryData'] as const) {
    if (!sameJson(from[field], to[field])) problems.push(fieldProblem([field], locked, { hint, at: 'key' }));
  }
  return problems;
}

function contentsOf(manifest: DataManifest) {
  const { data = {} } = manifest;
  return manifest.kind === 'ConfigMap'
    ? { data, binaryData: manifest.binaryData ?? {}, type: undefined }
    : { data, binaryData: {}, type: manifest.type };
}

const changesOf = (existing: DataManifest, wanted: DataManifest): readonly FieldChange[] =>
  diffValues(documentOf(existing), documentOf(wanted)).map((change) => tell(change, wanted));

function documentOf(manifest: DataManifest): unknown {
  const { labels = {}, annotations = {} } = manifest.metadata;
  const { data, binaryData, type } = contentsOf(manifest);
  return { metadata: { labels, annotations }, type, immutable: manifest.immutable === true, data, binaryData };
}

function tell({ path, from, to }: ValueChange, { kind }: DataManifest): FieldChange {
  const [top] = path;
  const isContent = top === 'data' || top === 'binaryData';
  const shown = isContent && kind === 'Secret' ? maskChange({ from, to }) : { from, to };
  const why = isContent ? 'pods that use it follow, each with its own changes' : 'nothing that runs depends on it';
  return { field: formatPath(path), ...shown, cost: 'nothing', why };
}
