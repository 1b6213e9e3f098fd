/** What is told of changes of ConfigMaps and Secrets, and what Kubernetes refuses to change of them. Pure. */
import { type FieldProblem, fieldProblem, forbidden, invalid } from '../manifest/field-problem.ts';
import { mergeStringData } from '../manifest/object-content.ts';
import type { ConfigMapManifest, ContentManifest, SecretManifest } from '../model/object-manifest.ts';
import { sameJson } from '../util/same-json.ts';
import type { DataMeaning } from './data-meaning.ts';
import { maskChange, type ValueChange } from './diff-values.ts';

export const configMapMeaning: DataMeaning<ConfigMapManifest> = {
  stored: (manifest) => manifest,
  document: documentOf,
  tell: (change) => ({ ...change, why: whyOf(change) }),
  checkUpdate: (existing, wanted) => lockedFields(existing, wanted),
};

/** A Secret's texts are kept in base64; values are never told. */
export const secretMeaning: DataMeaning<SecretManifest> = {
  stored: mergeStringData,
  document: (secret) => ({ type: secret.type, ...documentOf(secret) }),
  tell: (change) => ({ ...change, ...(isContent(change) ? maskChange(change) : {}), why: whyOf(change) }),
  checkUpdate: (existing, wanted) => [
    ...(existing.type === wanted.type
      ? []
      : [fieldProblem(['type'], invalid(wanted.type, 'field is immutable'), { hint: hintFor(existing) })]),
    ...lockedFields(existing, wanted),
  ],
};

function documentOf(manifest: ContentManifest) {
  const { data = {}, immutable = false } = manifest;
  return { immutable, data, binaryData: manifest.kind === 'ConfigMap' ? (manifest.binaryData ?? {}) : {} };
}

const isContent = ({ path: [top] }: ValueChange): boolean => top === 'data' || top === 'binaryData';

const whyOf = (change: ValueChange): string =>
  isContent(change) ? 'pods that use it follow, each with its own changes' : 'nothing that runs depends on it';

const hintFor = ({ kind, metadata }: ContentManifest): string =>
  `podctl delete ${kind.toLowerCase()} ${metadata.name} removes it, apply then makes it anew`;

function lockedFields(existing: ContentManifest, wanted: ContentManifest): readonly FieldProblem[] {
  if (existing.immutable !== true) return [];
  const [from, to] = [documentOf(existing), documentOf(wanted)];
  const locked = forbidden('field is immutable when `immutable` is set');
  const problem = (field: string, at?: 'key'): FieldProblem =>
    fieldProblem([field], locked, { hint: hintFor(existing), ...(at === undefined ? {} : { at }) });
  return [
    ...(wanted.immutable === true ? [] : [problem('immutable')]),
    ...(['data', 'binaryData'] as const)
      .filter((field) => !sameJson(from[field], to[field]))
      .map((field) => problem(field, 'key')),
  ];
}
