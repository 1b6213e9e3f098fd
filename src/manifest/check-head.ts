/** What every kind of object has in common: it is a map that names its apiVersion and kind. */
import { dataKinds, isDataKind, isWorkloadKind, kindNames } from '../model/object-kinds.ts';
import type { ObjectKind } from '../model/object-manifest.ts';
import { closestWord } from '../util/closest-word.ts';
import { err, ok, type Result } from '../util/result.ts';
import { dropNulls, isDeeperThan } from './clean-value.ts';
import { type FieldProblem, fieldProblem, invalid, required, unsupported } from './field-problem.ts';
import { maxDepth } from './limits.ts';

const objectKinds: readonly ObjectKind[] = ['Pod', ...dataKinds];

const podVersions = ['v1', 'podctl.dev/v1'] as const;

/** Kinds of Kubernetes that are not known here, with what to use. */
const olderKinds: Readonly<Record<string, string>> = {
  ReplicationController: 'kind: Deployment does what it did',
  PodTemplate: 'kind: Deployment has a template of its own',
  ScheduledJob: 'kind: CronJob is what it became, with apiVersion: batch/v1',
  List: 'a List has its objects under items:',
};

export type Written = Readonly<Record<string, unknown>>;

/** The document without nulls, or the one reason why it is not looked at. */
export function openDocument(value: unknown): Result<Written, FieldProblem> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return err(fieldProblem([], 'an object must be a map', { hint: 'begin with apiVersion: v1 and kind: Pod' }));
  }
  if (isDeeperThan(value, maxDepth)) return err(fieldProblem([], `is nested deeper than ${maxDepth} levels`));
  return ok(dropNulls(value) as Written);
}

/** What is wrong with apiVersion and kind. A document without a kind is judged as a pod. */
export function checkHead({ apiVersion, kind }: Written, kinds: readonly ObjectKind[] = objectKinds): FieldProblem[] {
  const isKnown = (kinds as readonly unknown[]).includes(kind);
  if (!isKnown && kind !== undefined) return [kindProblem(kind, kinds)];
  const versions = versionsOf(kind);
  return [
    ...((versions as readonly unknown[]).includes(apiVersion) ? [] : [apiVersionProblem(apiVersion, versions)]),
    ...(isKnown ? [] : [fieldProblem(['kind'], required(), { hint: 'kind: Pod' })]),
  ];
}

/** Whatever has a pod or its template in it may have podctl's own fields there. */
function versionsOf(kind: unknown): readonly string[] {
  if (!isDataKind(kind)) return podVersions;
  const { apiVersion } = kindNames[kind];
  return isWorkloadKind(kind) ? [apiVersion, 'podctl.dev/v1'] : [apiVersion];
}

function apiVersionProblem(apiVersion: unknown, versions: readonly string[]): FieldProblem {
  if (apiVersion === undefined) return fieldProblem(['apiVersion'], required(), { hint: `apiVersion: ${versions[0]}` });
  if (typeof apiVersion !== 'string') return fieldProblem(['apiVersion'], invalid(apiVersion, 'must be a string'));
  const near = closestWord(apiVersion, versions);
  const hint = near === undefined ? versionHint(apiVersion, versions) : `did you mean "${near}"?`;
  return fieldProblem(['apiVersion'], unsupported(apiVersion, versions), { hint });
}

/** versions that Kubernetes no longer serves, of kinds that are known here */
const goneVersions =
  /^(extensions\/v1beta1|apps\/v1beta[12]|batch\/(v1beta1|v2alpha1)|(networking\.k8s\.io|policy)\/v1beta1|v1beta[123])$/;

/** Groups with a dot may be an operator's: its kinds are others. */
function versionHint(apiVersion: string, [instead = '']: readonly string[]): string | undefined {
  if (goneVersions.test(apiVersion)) return `Kubernetes has no ${apiVersion} any more: write apiVersion: ${instead}`;
  return apiVersion.includes('.') ? undefined : `write apiVersion: ${instead}`;
}

function kindProblem(kind: unknown, kinds: readonly ObjectKind[]): FieldProblem {
  const instead = typeof kind === 'string' && Object.hasOwn(olderKinds, kind) ? olderKinds[kind] : undefined;
  if (instead !== undefined) return fieldProblem(['kind'], `kind ${kind} is not supported`, { hint: instead });
  const near = typeof kind === 'string' ? closestWord(kind, kinds) : undefined;
  return fieldProblem(['kind'], unsupported(kind, kinds), {
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}
