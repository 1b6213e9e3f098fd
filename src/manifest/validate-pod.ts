/** Judges one pod given as a plain value: types first, then rules on whatever parts have the right type, so that all problems come at once. */
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import { err, ok, type Result } from '../util/result.ts';
import { checkHead, openDocument, type Written } from './check-head.ts';
import { withoutPaths } from './clean-value.ts';
import { createProblemList, type FieldProblem } from './field-problem.ts';
import { warnNotHonoured } from './honour.ts';
import { normalisePod } from './normalise.ts';
import { checkPod } from './rules-pod.ts';
import { type LoosePod, podPodctl, podV1 } from './schema.ts';
import { findSchemaProblems } from './schema-problems.ts';

export interface ValidPod {
  /** as written, without nulls */
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
}

export interface PodVerdict {
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
  /** present when there is no error */
  readonly pod?: ValidPod;
}

/** Verdict on a pod that came without positions, as through the API. Relative rootfs paths are errors. Never throws. */
export function validatePod(
  value: unknown,
): Result<ValidPod & { readonly warnings: readonly FieldProblem[] }, readonly FieldProblem[]> {
  const verdict = inspectPod(value);
  return verdict.pod === undefined ? err(verdict.errors) : ok({ ...verdict.pod, warnings: verdict.warnings });
}

/** The same with warnings beside errors. */
export function inspectPod(value: unknown): PodVerdict {
  const opened = openDocument(value);
  if (!opened.ok) return { errors: [opened.error], warnings: [] };
  const headErrors = checkHead(opened.value, ['Pod']);
  const { kind } = opened.value;
  if (kind !== 'Pod' && kind !== undefined) return { errors: headErrors, warnings: [] };
  return inspectOpenedPod(opened.value, headErrors);
}

/** Judges an opened document of kind Pod (or of none) whose head was checked. */
export function inspectOpenedPod(written: Written, headErrors: readonly FieldProblem[]): PodVerdict {
  const isOurs = String(written.apiVersion).startsWith('podctl');
  const schema = isOurs ? podPodctl : podV1;
  const judged: Readonly<Record<string, unknown>> = {
    ...written,
    apiVersion: isOurs ? 'podctl.dev/v1' : 'v1',
    kind: 'Pod',
  };
  const typeErrors = findSchemaProblems(schema, judged).filter((problem) => !namesGenerated(judged, problem));
  const loose = withoutPaths(
    judged,
    typeErrors.map((problem) => problem.path),
  ) as LoosePod;
  const found = createProblemList();
  checkPod(loose, found);
  warnNotHonoured(loose, found);
  const errors = [...headErrors, ...typeErrors, ...found.errors];
  if (errors.length > 0) return { errors, warnings: found.warnings };
  const manifest = written as unknown as PodManifest;
  return { errors, warnings: found.warnings, pod: { manifest, spec: normalisePod(manifest) } };
}

/** A missing name beside generateName has its own, better message. */
function namesGenerated(value: Readonly<Record<string, unknown>>, problem: FieldProblem): boolean {
  const metadata = value.metadata;
  const generated =
    typeof metadata === 'object' && metadata !== null && 'generateName' in metadata && !('name' in metadata);
  return generated && problem.field === 'metadata.name';
}
