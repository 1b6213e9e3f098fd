/** Judges one object of any kind that `apply` takes. */
import { isDataKind } from '../model/object-kinds.ts';
import type { DataManifest, ObjectManifest } from '../model/object-manifest.ts';
import { err, ok, type Result } from '../util/result.ts';
import { checkHead, openDocument } from './check-head.ts';
import type { FieldProblem } from './field-problem.ts';
import { inspectData } from './validate-data.ts';
import { inspectOpenedPod, type ValidPod } from './validate-pod.ts';

export interface ObjectVerdict {
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
  /** one of them is present when there is no error */
  readonly pod?: ValidPod;
  readonly data?: DataManifest;
}

/** The verdict with all problems at once. Never throws. */
export function inspectObject(value: unknown): ObjectVerdict {
  const opened = openDocument(value);
  if (!opened.ok) return { errors: [opened.error], warnings: [] };
  const { kind } = opened.value;
  const headErrors = checkHead(opened.value);
  if (kind === 'Pod' || kind === undefined) return inspectOpenedPod(opened.value, headErrors);
  if (!isDataKind(kind)) return { errors: headErrors, warnings: [] };
  const { manifest, ...found } = inspectData(opened.value, kind, headErrors);
  return { ...found, ...(manifest === undefined ? {} : { data: manifest }) };
}

export interface ValidObject {
  readonly manifest: ObjectManifest;
  readonly warnings: readonly FieldProblem[];
}

/** Verdict on an object that came without positions, as through the API: relative paths are errors. Never throws. */
export function validateObject(value: unknown): Result<ValidObject, readonly FieldProblem[]> {
  const { errors, warnings, pod, data } = inspectObject(value);
  const manifest = pod?.manifest ?? data;
  return manifest === undefined ? err(errors) : ok({ manifest, warnings });
}
