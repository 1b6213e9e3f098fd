/** Judges one pod given as a plain value: types first, then rules on whatever parts have the right type, so that all problems come at once. */
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import { closestWord } from '../util/closest-word.ts';
import { err, ok, type Result } from '../util/result.ts';
import { dropNulls, isDeeperThan, withoutPaths } from './clean-value.ts';
import { createProblemList, type FieldProblem, fieldProblem, invalid, required, unsupported } from './field-problem.ts';
import { warnNotHonoured } from './honour.ts';
import { maxDepth } from './limits.ts';
import { normalisePod } from './normalise.ts';
import { checkPod } from './rules-pod.ts';
import { type LoosePod, podPodctl, podV1 } from './schema.ts';
import { findSchemaProblems } from './schema-problems.ts';

export const apiVersions = ['v1', 'podctl.dev/v1'] as const;

/** Kinds people may well have in a file beside pods; for these the message says "not yet" instead of guessing at a typo. */
const otherKinds = new Set(
  (
    'List PodList Deployment ReplicaSet ReplicationController StatefulSet DaemonSet Job CronJob Service ConfigMap Secret Namespace Ingress ' +
    'PersistentVolume PersistentVolumeClaim ServiceAccount Role RoleBinding ClusterRole ClusterRoleBinding NetworkPolicy StorageClass ' +
    'HorizontalPodAutoscaler PodDisruptionBudget LimitRange ResourceQuota PodTemplate Endpoints Event Node'
  ).split(' '),
);

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
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return {
      errors: [fieldProblem([], 'a pod must be a map', { hint: 'begin with apiVersion: v1 and kind: Pod' })],
      warnings: [],
    };
  }
  if (isDeeperThan(value, maxDepth))
    return { errors: [fieldProblem([], `is nested deeper than ${maxDepth} levels`)], warnings: [] };
  const written = dropNulls(value) as Readonly<Record<string, unknown>>;
  const headErrors = checkHead(written);
  if (written.kind !== 'Pod' && written.kind !== undefined) return { errors: headErrors, warnings: [] };
  return inspectBody(written, headErrors);
}

function checkHead(value: Readonly<Record<string, unknown>>): FieldProblem[] {
  const { apiVersion, kind } = value;
  const errors: FieldProblem[] = [];
  const known = (apiVersions as readonly unknown[]).includes(apiVersion);
  if (!known && (kind === 'Pod' || kind === undefined)) errors.push(apiVersionProblem(apiVersion));
  if (kind !== 'Pod') errors.push(kindProblem(kind));
  return errors;
}

function apiVersionProblem(apiVersion: unknown): FieldProblem {
  if (apiVersion === undefined) return fieldProblem(['apiVersion'], required(), { hint: 'apiVersion: v1' });
  if (typeof apiVersion !== 'string') return fieldProblem(['apiVersion'], invalid(apiVersion, 'must be a string'));
  const near = closestWord(apiVersion, apiVersions);
  const hint = near === undefined ? undefined : `did you mean "${near}"?`;
  return fieldProblem(['apiVersion'], unsupported(apiVersion, apiVersions), { hint });
}

function kindProblem(kind: unknown): FieldProblem {
  if (kind === undefined) return fieldProblem(['kind'], required(), { hint: 'kind: Pod' });
  if (typeof kind === 'string' && otherKinds.has(kind)) {
    return fieldProblem(['kind'], `kind ${kind} is not supported by this version yet`, {
      hint: 'this version runs kind: Pod',
    });
  }
  const near = typeof kind === 'string' ? closestWord(kind, ['Pod']) : undefined;
  return fieldProblem(['kind'], unsupported(kind, ['Pod']), {
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}

function inspectBody(written: Readonly<Record<string, unknown>>, headErrors: readonly FieldProblem[]): PodVerdict {
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
