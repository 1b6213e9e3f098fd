/** Rules for Deployments, ReplicaSets, DaemonSets and StatefulSets (Kubernetes apps/validation). */
import { type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { dnsLabelComplaint } from './name-rules.ts';
import { type CountOrPercent, checkAtMostAll, checkCountOrPercent, checkNotNegative, countOf } from './rules-counts.ts';
import { checkMetadata } from './rules-metadata.ts';
import { checkClaimTemplates } from './rules-places.ts';
import { checkLastingTemplate, checkOwnSelector } from './rules-template.ts';
import type { Loose } from './schema.ts';
import type {
  ControllerRevisionInput,
  DaemonSetInput,
  DeploymentInput,
  ReplicaSetInput,
  StatefulSetInput,
} from './schema-workloads.ts';

const specPath: FieldPath = ['spec'];
const templatePath: FieldPath = ['spec', 'template'];

export function checkDeployment({ metadata, spec, apiVersion }: Loose<DeploymentInput>, problems: ProblemSink): void {
  checkMetadata(metadata, problems);
  if (spec === undefined) return;
  checkOwnSelector(spec, 'Deployment', problems);
  checkLastingTemplate(spec.template, templatePath, { isOurs: isOurs(apiVersion), kind: 'ReplicaSet' }, problems);
  const { replicas, minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds } = spec;
  const numbers = { replicas, minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds };
  checkNotNegative(numbers, specPath, problems);
  // Kubernetes' default is 600 s
  const deadline = progressDeadlineSeconds ?? 600;
  if (deadline >= 0 && deadline <= (minReadySeconds ?? 0)) {
    const message = invalid(deadline, 'must be greater than minReadySeconds');
    problems.error([...specPath, 'progressDeadlineSeconds'], message);
  }
  checkStrategy(spec.strategy, problems);
}

function checkStrategy(strategy: NonNullable<Loose<DeploymentInput>['spec']>['strategy'], problems: ProblemSink): void {
  const path = ['spec', 'strategy', 'rollingUpdate'];
  const { type, rollingUpdate } = strategy ?? {};
  if (rollingUpdate === undefined) return;
  if (type === 'Recreate') {
    problems.error(path, forbidden("may not be specified when strategy `type` is 'Recreate'"), { at: 'key' });
    return;
  }
  // Kubernetes' default of both
  const { maxUnavailable = '25%', maxSurge = '25%' } = rollingUpdate;
  checkBudget(maxUnavailable, [...path, 'maxUnavailable'], problems);
  checkCountOrPercent(maxSurge, [...path, 'maxSurge'], problems);
  if (countOf(maxUnavailable) === 0 && countOf(maxSurge) === 0) {
    const message = invalid(maxUnavailable, 'may not be 0 when `maxSurge` is 0');
    problems.error([...path, 'maxUnavailable'], message, { hint: 'nothing could ever be replaced' });
  }
}

function checkBudget(value: CountOrPercent, path: FieldPath, problems: ProblemSink): void {
  checkCountOrPercent(value, path, problems);
  checkAtMostAll(value, path, problems);
}

export function checkReplicaSet(set: Loose<ReplicaSetInput>, problems: ProblemSink): void {
  const { metadata, spec, apiVersion } = set;
  checkMetadata(metadata, problems);
  if (spec === undefined) return;
  const { replicas, minReadySeconds } = spec;
  checkOwnSelector(spec, 'ReplicaSet', problems);
  if (!Object.hasOwn(spec, 'template')) problems.error(templatePath, required());
  checkLastingTemplate(spec.template, templatePath, { isOurs: isOurs(apiVersion), kind: 'ReplicaSet' }, problems);
  checkNotNegative({ replicas, minReadySeconds }, specPath, problems);
}

export function checkDaemonSet({ metadata, spec, apiVersion }: Loose<DaemonSetInput>, problems: ProblemSink): void {
  checkMetadata(metadata, problems);
  if (spec === undefined) return;
  const { minReadySeconds, revisionHistoryLimit, updateStrategy } = spec;
  checkOwnSelector(spec, 'DaemonSet', problems);
  checkLastingTemplate(spec.template, templatePath, { isOurs: isOurs(apiVersion), kind: 'DaemonSet' }, problems);
  checkNotNegative({ minReadySeconds, revisionHistoryLimit }, specPath, problems);
  const rolling = updateStrategy?.rollingUpdate;
  if (rolling === undefined || updateStrategy?.type === 'OnDelete') return;
  const path = ['spec', 'updateStrategy', 'rollingUpdate'];
  const { maxUnavailable = 1, maxSurge = 0 } = rolling;
  checkBudget(maxUnavailable, [...path, 'maxUnavailable'], problems);
  checkBudget(maxSurge, [...path, 'maxSurge'], problems);
  const counts = [countOf(maxUnavailable), countOf(maxSurge)];
  if (counts.every((count) => count !== 0)) {
    const message = invalid(maxSurge, 'may not be set when maxUnavailable is non-zero');
    problems.error([...path, 'maxSurge'], message, { hint: 'maxUnavailable is 1 unless it says otherwise' });
  }
  if (counts.every((count) => count === 0))
    problems.error([...path, 'maxUnavailable'], required('cannot be 0 when maxSurge is 0'));
}

export function checkStatefulSet(set: Loose<StatefulSetInput>, problems: ProblemSink): void {
  const { metadata, spec, apiVersion } = set;
  checkMetadata(metadata, problems);
  if (spec === undefined) return;
  checkOwnSelector(spec, 'StatefulSet', problems);
  const claims = spec.volumeClaimTemplates?.flatMap((claim) => claim?.metadata?.name ?? []) ?? [];
  const context = { isOurs: isOurs(apiVersion), kind: 'StatefulSet', claims };
  checkLastingTemplate(spec.template, templatePath, context, problems);
  const { replicas, minReadySeconds, revisionHistoryLimit, ordinals, updateStrategy } = spec;
  checkNotNegative({ replicas, minReadySeconds, revisionHistoryLimit }, specPath, problems);
  checkNotNegative({ start: ordinals?.start }, ['spec', 'ordinals'], problems);
  const complaint = spec.serviceName ? dnsLabelComplaint(spec.serviceName) : undefined;
  if (complaint !== undefined) problems.error(['spec', 'serviceName'], invalid(spec.serviceName, complaint));
  checkRolling(updateStrategy, problems);
  checkClaimTemplates(spec.volumeClaimTemplates, problems);
}

function checkRolling(
  strategy: NonNullable<Loose<StatefulSetInput>['spec']>['updateStrategy'],
  problems: ProblemSink,
): void {
  const rolling = strategy?.rollingUpdate;
  if (rolling === undefined) return;
  const path = ['spec', 'updateStrategy', 'rollingUpdate'];
  if (strategy?.type === 'OnDelete') {
    problems.error(path, invalid(rolling, "only allowed for updateStrategy 'RollingUpdate'"), { at: 'key' });
    return;
  }
  const { partition, maxUnavailable } = rolling;
  checkNotNegative({ partition }, path, problems);
  if (maxUnavailable === undefined) return;
  checkBudget(maxUnavailable, [...path, 'maxUnavailable'], problems);
  if (countOf(maxUnavailable) === 0)
    problems.error([...path, 'maxUnavailable'], invalid(maxUnavailable, 'cannot be 0'));
}

/** Kubernetes ValidateControllerRevision. */
export function checkControllerRevision(
  { metadata, ...written }: Loose<ControllerRevisionInput>,
  problems: ProblemSink,
): void {
  checkMetadata(metadata, problems);
  const { revision, data } = written;
  checkNotNegative({ revision }, [], problems);
  if (data === undefined && !Object.hasOwn(written, 'data')) problems.error(['data'], required('data is mandatory'));
}

/** podctl's own fields may stand in the template. */
export const isOurs = (apiVersion: unknown): boolean => apiVersion === 'podctl.dev/v1';
