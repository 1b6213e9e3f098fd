/** Rules for Jobs (Kubernetes batch/validation). */
import {
  duplicate,
  type FieldPath,
  forbidden,
  invalid,
  type ProblemSink,
  required,
  tooLong,
  tooMany,
  unsupported,
} from './field-problem.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint, qualifiedNameComplaint } from './name-rules.ts';
import { checkNotNegative } from './rules-counts.ts';
import { checkLabelSelector } from './rules-label-selector.ts';
import { checkMetadata } from './rules-metadata.ts';
import { checkSuccessPolicy } from './rules-success-policy.ts';
import { checkMatch, checkTemplate } from './rules-template.ts';
import { isOurs } from './rules-workloads.ts';
import type { Loose } from './schema.ts';
import type { JobInput } from './schema-jobs.ts';

export type LooseJobSpec = NonNullable<Loose<JobInput>['spec']>;

export function checkJob({ metadata, spec, apiVersion }: Loose<JobInput>, problems: ProblemSink): void {
  checkMetadata(metadata, problems);
  if (spec === undefined) return;
  checkJobSpec(spec, ['spec'], isOurs(apiVersion), problems);
  checkIndexedName(metadata?.name, spec, problems);
  const { selector } = spec;
  checkLabelSelector(selector, ['spec', 'selector'], problems);
  if (selector !== undefined) checkMatch(selector, spec.template, problems);
}

/** Also of a CronJob's jobTemplate. */
export function checkJobSpec(spec: LooseJobSpec, path: FieldPath, isOwn: boolean, problems: ProblemSink): void {
  checkTemplate(spec.template, [...path, 'template'], isOwn, problems);
  checkRestartPolicy(spec, path, problems);
  const { parallelism, completions, activeDeadlineSeconds, backoffLimit, ttlSecondsAfterFinished } = spec;
  const { backoffLimitPerIndex, maxFailedIndexes } = spec;
  const numbers = { parallelism, completions, activeDeadlineSeconds, backoffLimit, ttlSecondsAfterFinished };
  checkNotNegative({ ...numbers, backoffLimitPerIndex, maxFailedIndexes }, path, problems);
  checkIndexes(spec, path, problems);
  checkManager(spec.managedBy, [...path, 'managedBy'], problems);
  checkFailurePolicy(spec, [...path, 'podFailurePolicy'], problems);
  checkSuccessPolicy(spec, [...path, 'successPolicy'], problems);
}

const maxManager = 63;

/** `example.com/controller` (IsDomainPrefixedPath) */
function checkManager(name: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (name === undefined) return;
  const [domain = '', ...rest] = name.split('/');
  const complaint = dnsSubdomainComplaint(domain);
  if (rest.length === 0 || rest[0] === '')
    problems.error(path, invalid(name, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  else if (complaint !== undefined) problems.error(path, invalid(domain, complaint));
  if (name.length > maxManager) problems.error(path, tooLong(maxManager));
}

const endingPolicies = ['OnFailure', 'Never'];

function checkRestartPolicy(
  { template, podFailurePolicy }: LooseJobSpec,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const spec = template?.spec;
  if (spec === undefined) return;
  const at = [...path, 'template', 'spec', 'restartPolicy'];
  const { restartPolicy } = spec;
  const isCut = restartPolicy === undefined && Object.hasOwn(spec, 'restartPolicy');
  if (isCut) return;
  if (!restartPolicy || restartPolicy === 'Always')
    problems.error(at, required(`valid values: ${endingPolicies.map((name) => `"${name}"`).join(', ')}`), {
      hint: 'restartPolicy: Never',
    });
  else if (podFailurePolicy !== undefined && restartPolicy !== 'Never')
    problems.error(at, invalid(restartPolicy, 'only "Never" is supported when podFailurePolicy is specified'));
}

/** Kubernetes' bounds on indexed jobs */
const maxParallelIndexed = 100_000;
const fewIndexes = 100_000;
const maxParallelOfMany = 10_000;
const maxFailedOfMany = 10_000;

function checkIndexes(spec: LooseJobSpec, path: FieldPath, problems: ProblemSink): void {
  const { completions, parallelism = 1, backoffLimitPerIndex } = spec;
  const isIndexed = spec.completionMode === 'Indexed';
  if (isIndexed && completions === undefined && !Object.hasOwn(spec, 'completions'))
    problems.error([...path, 'completions'], required('when completion mode is Indexed'));
  if (isIndexed && parallelism > maxParallelIndexed) {
    const words = `must be less than or equal to ${maxParallelIndexed} when completion mode is Indexed`;
    problems.error([...path, 'parallelism'], invalid(parallelism, words));
  }
  if (backoffLimitPerIndex !== undefined && !isIndexed) {
    const message = invalid(backoffLimitPerIndex, 'requires indexed completion mode');
    problems.error([...path, 'backoffLimitPerIndex'], message);
  }
  checkFailedIndexes(spec, path, problems);
  checkManyIndexes(spec, path, problems);
}

function checkFailedIndexes(spec: LooseJobSpec, path: FieldPath, problems: ProblemSink): void {
  const { completions = 0, maxFailedIndexes } = spec;
  if (maxFailedIndexes === undefined) return;
  const at = [...path, 'maxFailedIndexes'];
  if (!Object.hasOwn(spec, 'backoffLimitPerIndex'))
    problems.error([...path, 'backoffLimitPerIndex'], required('when maxFailedIndexes is specified'));
  if (spec.completionMode !== 'Indexed')
    problems.error(at, invalid(maxFailedIndexes, 'requires indexed completion mode'));
  if (spec.completions !== undefined && maxFailedIndexes > completions) {
    const message = invalid(maxFailedIndexes, 'must be less than or equal to completions');
    problems.error(at, message);
  }
  const words = `must be less than or equal to ${maxFailedOfMany} when completions are above ${fewIndexes} and used with backoff limit per index`;
  if (maxFailedIndexes > maxParallelIndexed)
    problems.error(at, invalid(maxFailedIndexes, `must be less than or equal to ${maxParallelIndexed}`));
  else if (completions > fewIndexes && maxFailedIndexes > maxFailedOfMany)
    problems.error(at, invalid(maxFailedIndexes, words));
}

/** With very many indexes and a limit for each. */
function checkManyIndexes(spec: LooseJobSpec, path: FieldPath, problems: ProblemSink): void {
  const { completions = 0, parallelism = 1 } = spec;
  if (spec.completionMode !== 'Indexed' || completions <= fewIndexes || spec.backoffLimitPerIndex === undefined) return;
  if (!Object.hasOwn(spec, 'maxFailedIndexes'))
    problems.error(
      [...path, 'maxFailedIndexes'],
      required(`must be specified when completions is above ${fewIndexes}`),
    );
  if (completions > fewIndexes && parallelism > maxParallelOfMany) {
    const words = `must be less than or equal to ${maxParallelOfMany} when completions are above ${fewIndexes} and used with backoff limit per index`;
    problems.error([...path, 'parallelism'], invalid(parallelism, words));
  }
}

/** Pods of an indexed job are called after it. */
function checkIndexedName(name: string | undefined, spec: LooseJobSpec, problems: ProblemSink): void {
  const { completionMode, completions } = spec;
  if (completionMode !== 'Indexed' || !completions || name === undefined) return;
  const complaint = dnsLabelComplaint(`${name}-${completions - 1}`);
  if (complaint === undefined) return;
  const message = invalid(name, `will not able to create pod with invalid DNS hostname, error: ${complaint}`);
  problems.error(['metadata', 'name'], message);
}

type Policy = NonNullable<LooseJobSpec['podFailurePolicy']>;
type Rule = NonNullable<NonNullable<Policy['rules']>[number]>;

const maxRules = 20;
const actions = ['FailJob', 'FailIndex', 'Ignore', 'Count'];

function checkFailurePolicy(spec: LooseJobSpec, path: FieldPath, problems: ProblemSink): void {
  const { rules = [] } = spec.podFailurePolicy ?? {};
  if (rules.length > maxRules) problems.error([...path, 'rules'], tooMany(rules.length, maxRules));
  rules.forEach((rule, index) => {
    if (rule !== undefined) checkFailureRule(rule, spec, [...path, 'rules', index], problems);
  });
  if (spec.podFailurePolicy !== undefined && spec.podReplacementPolicy === 'TerminatingOrFailed') {
    const at = [...path.slice(0, -1), 'podReplacementPolicy'];
    problems.error(at, unsupported('TerminatingOrFailed', ['Failed']));
  }
}

function checkFailureRule(rule: Rule, spec: LooseJobSpec, path: FieldPath, problems: ProblemSink): void {
  const { action, onExitCodes, onPodConditions } = rule;
  const isGiven = (field: keyof Rule): boolean => Object.hasOwn(rule, field);
  if (action ? false : !isGiven('action') || action === '')
    problems.error([...path, 'action'], required(`valid values: ${actions.join(', ')}`));
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
    problems.error([...path, 'action'], invalid(action, 'requires the backoffLimitPerIndex to be set'));
  const hasConditions = onPodConditions === undefined ? isGiven('onPodConditions') : onPodConditions.length > 0;
  if (isGiven('onExitCodes') && hasConditions)
    problems.error(path, invalid(rule, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  else if (!isGiven('onExitCodes') && !hasConditions)
    problems.error(path, invalid(rule, 'specifying one of OnExitCodes and OnPodConditions is required'));
  if (onExitCodes !== undefined) checkExitCodes(onExitCodes, spec, [...path, 'onExitCodes'], problems);
  checkConditions(onPodConditions, [...path, 'onPodConditions'], problems);
}

function checkConditions(conditions: Rule['onPodConditions'], path: FieldPath, problems: ProblemSink): void {
  if (conditions !== undefined && conditions.length > maxRules)
    problems.error(path, tooMany(conditions.length, maxRules));
  conditions?.forEach((condition, index) => {
    const at = [...path, index];
    const type = condition?.type ?? (condition === undefined || 'type' in condition ? undefined : '');
    const complaint = type === undefined ? undefined : qualifiedNameComplaint(type);
    if (complaint !== undefined) problems.error([...at, 'type'], invalid(type, complaint));
    const status = condition?.status;
    if (status && !statuses.includes(status)) problems.error([...at, 'status'], unsupported(status, statuses));
  });
}

const statuses = ['False', 'True', 'Unknown'];
const maxCodes = 255;

function checkExitCodes(
  codes: NonNullable<Rule['onExitCodes']>,
  { template }: LooseJobSpec,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const { containerName, operator, values } = codes;
  if (!operator && (operator === '' || !Object.hasOwn(codes, 'operator')))
    problems.error([...path, 'operator'], required('valid values: "In", "NotIn"'));
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  const names = [...containers, ...initContainers].map((container) => container?.name);
  if (containerName !== undefined && !names.includes(containerName)) {
    const words = 'must be one of the container or initContainer names in the pod template';
    problems.error([...path, 'containerName'], invalid(containerName, words));
  }
  if (values === undefined ? !Object.hasOwn(codes, 'values') : values.length === 0)
    problems.error([...path, 'values'], invalid(values ?? [], 'at least one value is required'));
  checkCodes(values ?? [], operator === 'In', [...path, 'values'], problems);
}

function checkCodes(
  values: readonly (number | undefined)[],
  isIn: boolean,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (values.length > maxCodes) problems.error(path, tooMany(values.length, maxCodes));
  values.forEach((code, index) => {
    if (code === 0 && isIn) problems.error([...path, index], invalid(code, 'must not be 0 for the In operator'));
    if (code !== undefined && values.indexOf(code) < index) problems.error([...path, index], duplicate(code));
  });
  const known = values.filter((code) => code !== undefined);
  if (known.some((code, index) => code < (known[index - 1] ?? code)))
    problems.error(path, invalid(known, 'must be ordered'));
}

/** Of a CronJob: the selector is made for each job. */
export function checkNoSelector(spec: LooseJobSpec, path: FieldPath, problems: ProblemSink): void {
  if (spec.selector !== undefined)
    problems.error([...path, 'selector'], invalid(spec.selector, '`selector` will be auto-generated'), { at: 'key' });
  if (spec.manualSelector === true) problems.error([...path, 'manualSelector'], unsupported(true, ['false', 'null']));
  if (spec.managedBy !== undefined)
    problems.warn([...path, 'managedBy'], forbidden('there is one controller here, it is ignored'));
}
