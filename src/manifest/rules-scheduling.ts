/** Rules for what only a scheduler reads (Kubernetes validateAffinity, ValidateTolerations and their likes): a file that is wrong in a cluster is wrong here. */
import { parseQuantity } from '../util/quantity.ts';
import {
  duplicate,
  type FieldPath,
  forbidden,
  invalid,
  type ProblemSink,
  required,
  unsupported,
} from './field-problem.ts';
import { dnsSubdomainComplaint } from './name-rules.ts';
import { checkLabelKey, checkLabelSelector, checkLabelValue } from './rules-label-selector.ts';
import type { LooseSpec } from './schema.ts';

type Affinity = NonNullable<LooseSpec['affinity']>;
type NodeAffinity = NonNullable<Affinity['nodeAffinity']>;
type PodAffinity = NonNullable<Affinity['podAffinity']>;
type ListOf<T> = NonNullable<NonNullable<T> extends readonly (infer U)[] ? U : never>;
type Term = ListOf<NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms']>;
type PodTerm = ListOf<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>;

export function checkScheduling(spec: LooseSpec, problems: ProblemSink): void {
  checkObjectNames(spec, problems);
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    checkLabelKey(key, ['spec', 'nodeSelector', key], problems, { at: 'key' });
    checkLabelValue(value, ['spec', 'nodeSelector', key], problems);
  }
  checkTolerations(spec.tolerations, problems);
  checkSpread(spec.topologySpreadConstraints, problems);
  checkNodeAffinity(spec.affinity?.nodeAffinity ?? {}, ['spec', 'affinity', 'nodeAffinity'], problems);
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const)
    checkPodAffinity(spec.affinity?.[kind] ?? {}, ['spec', 'affinity', kind], problems);
  checkGates(spec, problems);
  checkWords(spec, problems);
}

const objectNames = ['nodeName', 'serviceAccountName', 'priorityClassName', 'runtimeClassName'] as const;

function checkObjectNames(spec: LooseSpec, problems: ProblemSink): void {
  for (const field of objectNames) {
    const name = spec[field];
    const complaint = name ? dnsSubdomainComplaint(name) : undefined;
    if (complaint !== undefined) problems.error(['spec', field], invalid(name, complaint));
  }
}

/** '' is as good as nothing where Kubernetes has a default. */
function checkWord(word: string | undefined, known: readonly string[], path: FieldPath, problems: ProblemSink): void {
  if (word && !known.includes(word)) problems.error(path, unsupported(word, known));
}

function checkWords({ preemptionPolicy, os, overhead }: LooseSpec, problems: ProblemSink): void {
  checkWord(preemptionPolicy, ['Never', 'PreemptLowerPriority'], ['spec', 'preemptionPolicy'], problems);
  if (os !== undefined && (os.name === '' || !Object.hasOwn(os, 'name')))
    problems.error(['spec', 'os', 'name'], required('cannot be empty'));
  checkWord(os?.name, ['linux', 'windows'], ['spec', 'os', 'name'], problems);
  for (const [name, amount] of Object.entries(overhead ?? {}))
    checkAmount(amount, ['spec', 'overhead', name], problems);
}

function checkAmount(amount: string | number | undefined, path: FieldPath, problems: ProblemSink): void {
  const value = amount === undefined ? 0n : parseQuantity(String(amount));
  if (value === undefined) problems.error(path, invalid(amount, 'must be a quantity'));
  else if (value < 0n) problems.error(path, invalid(amount, 'must be greater than or equal to 0'));
}

const effects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

function checkTolerations(tolerations: LooseSpec['tolerations'], problems: ProblemSink): void {
  tolerations?.forEach((toleration, index) => {
    if (toleration !== undefined) checkToleration(toleration, ['spec', 'tolerations', index], problems);
  });
}

function checkToleration(toleration: ListOf<LooseSpec['tolerations']>, path: FieldPath, problems: ProblemSink): void {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  const refuse = (field: 'operator' | 'effect', given: unknown, words: string) =>
    problems.error([...path, field], invalid(given ?? '', words));
  if (key) checkLabelKey(key, [...path, 'key'], problems);
  checkWord(operator, ['Equal', 'Exists', 'Gt', 'Lt'], [...path, 'operator'], problems);
  if ((key === '' || !Object.hasOwn(toleration, 'key')) && operator !== 'Exists')
    refuse(
      'operator',
      operator,
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    );
  if (operator === 'Exists' && value) refuse('operator', value, "value must be empty when `operator` is 'Exists'");
  else checkLabelValue(value, [...path, 'value'], problems);
  checkWord(effect, effects, [...path, 'effect'], problems);
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    refuse('effect', effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
}

const answers = ['DoNotSchedule', 'ScheduleAnyway'];
const policies = ['Honor', 'Ignore'];

function checkSpread(constraints: LooseSpec['topologySpreadConstraints'], problems: ProblemSink): void {
  const seen = new Set<string>();
  constraints?.forEach((constraint, index) => {
    if (constraint === undefined) return;
    const path: FieldPath = ['spec', 'topologySpreadConstraints', index];
    checkConstraint(constraint, path, problems);
    const pair = `{${constraint.topologyKey}, ${constraint.whenUnsatisfiable}}`;
    if (seen.has(pair)) problems.error([...path, '{topologyKey, whenUnsatisfiable}'], duplicate(pair));
    seen.add(pair);
  });
}

type Constraint = ListOf<LooseSpec['topologySpreadConstraints']>;

function checkConstraint(constraint: Constraint, path: FieldPath, problems: ProblemSink): void {
  const { maxSkew, whenUnsatisfiable: answer, minDomains, labelSelector } = constraint;
  if (isGiven(constraint, 'maxSkew') && (maxSkew ?? 0) <= 0)
    problems.error([...path, 'maxSkew'], invalid(maxSkew ?? 0, 'must be greater than zero'));
  checkTopologyKey(constraint, path, problems);
  if (isGiven(constraint, 'whenUnsatisfiable') && !answers.includes(answer ?? ''))
    problems.error([...path, 'whenUnsatisfiable'], unsupported(answer ?? '', answers));
  checkDomains(minDomains, answer, [...path, 'minDomains'], problems);
  for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const)
    checkWord(constraint[field], policies, [...path, field], problems);
  checkLabelSelector(labelSelector, [...path, 'labelSelector'], problems);
}

/** Not cut out as wrong: what is absent may be judged. */
const isGiven = <T extends object>(object: T, field: keyof T): boolean =>
  object[field] !== undefined || !Object.hasOwn(object, field);

function checkDomains(
  count: number | undefined,
  answer: string | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (count === undefined) return;
  if (count <= 0) problems.error(path, invalid(count, 'must be greater than zero'));
  if (answer !== undefined && answer !== 'DoNotSchedule')
    problems.error(
      path,
      invalid(count, 'can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway'),
    );
}

function checkTopologyKey(
  of: { readonly topologyKey?: string | undefined },
  path: FieldPath,
  problems: ProblemSink,
): void {
  const at = [...path, 'topologyKey'];
  if (of.topologyKey === '' || !Object.hasOwn(of, 'topologyKey')) problems.error(at, required('can not be empty'));
  else if (of.topologyKey !== undefined) checkLabelKey(of.topologyKey, at, problems);
}

function checkNodeAffinity(affinity: NodeAffinity, path: FieldPath, problems: ProblemSink): void {
  const { requiredDuringSchedulingIgnoredDuringExecution: needed } = affinity;
  const { preferredDuringSchedulingIgnoredDuringExecution: liked } = affinity;
  if (needed !== undefined) {
    const at = [...path, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'];
    const terms = needed.nodeSelectorTerms;
    if (terms === undefined ? !Object.hasOwn(needed, 'nodeSelectorTerms') : terms.length === 0)
      problems.error(at, required('must have at least one node selector term'));
    terms?.forEach((term, index) => {
      checkNodeTerm(term, [...at, index], problems);
    });
  }
  liked?.forEach((entry, index) => {
    const at = [...path, 'preferredDuringSchedulingIgnoredDuringExecution', index];
    checkWeight(entry, at, problems);
    checkNodeTerm(entry?.preference, [...at, 'preference'], problems);
  });
}

function checkWeight(
  entry: { readonly weight?: number | undefined } | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (entry === undefined || (entry.weight === undefined && Object.hasOwn(entry, 'weight'))) return;
  const { weight = 0 } = entry;
  if (weight <= 0 || weight > 100) problems.error([...path, 'weight'], invalid(weight, 'must be in the range 1-100'));
}

function checkNodeTerm(term: Term | undefined, path: FieldPath, problems: ProblemSink): void {
  term?.matchExpressions?.forEach((requirement, index) => {
    if (requirement === undefined) return;
    const at = [...path, 'matchExpressions', index];
    if (requirement.key !== undefined || !Object.hasOwn(requirement, 'key'))
      checkLabelKey(requirement.key ?? '', [...at, 'key'], problems);
    checkRequirement(requirement, at, problems);
  });
  term?.matchFields?.forEach((requirement, index) => {
    const at = [...path, 'matchFields', index];
    if (requirement?.key !== undefined && requirement.key !== 'metadata.name')
      problems.error([...at, 'key'], invalid(requirement.key, 'not a valid field selector key'));
    const operator = requirement?.operator;
    if (operator !== undefined && operator !== 'In' && operator !== 'NotIn')
      problems.error([...at, 'operator'], invalid(operator, 'not a valid selector operator'));
    if (requirement?.values !== undefined && requirement.values.length !== 1)
      problems.error(
        [...at, 'values'],
        required("must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
      );
  });
}

type Requirement = ListOf<Term['matchExpressions']>;

function checkRequirement(requirement: Requirement, path: FieldPath, problems: ProblemSink): void {
  const { operator, values = [] } = requirement;
  if (operator === undefined && Object.hasOwn(requirement, 'operator')) return;
  if (values.length === 0 && requirement.values === undefined && Object.hasOwn(requirement, 'values')) return;
  const at = [...path, 'values'];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) problems.error(at, required("must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        problems.error(at, forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        problems.error(at, required("must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      problems.error([...path, 'operator'], invalid(operator ?? '', 'not a valid selector operator'));
  }
}

function checkPodAffinity(affinity: PodAffinity, path: FieldPath, problems: ProblemSink): void {
  affinity.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, index) => {
    const at = [...path, 'requiredDuringSchedulingIgnoredDuringExecution', index];
    if (term !== undefined) checkPodTerm(term, at, problems);
  });
  affinity.preferredDuringSchedulingIgnoredDuringExecution?.forEach((entry, index) => {
    if (entry === undefined) return;
    const at = [...path, 'preferredDuringSchedulingIgnoredDuringExecution', index];
    checkWeight(entry, at, problems);
    const { podAffinityTerm } = entry;
    if (podAffinityTerm !== undefined || !Object.hasOwn(entry, 'podAffinityTerm'))
      checkPodTerm(podAffinityTerm ?? {}, [...at, 'podAffinityTerm'], problems);
  });
}

function checkPodTerm(term: PodTerm, path: FieldPath, problems: ProblemSink): void {
  checkLabelSelector(term.labelSelector, [...path, 'labelSelector'], problems);
  checkLabelSelector(term.namespaceSelector, [...path, 'namespaceSelector'], problems);
  checkTopologyKey(term, path, problems);
}

/** Kubernetes names the gate, not its name. */
function checkGates({ schedulingGates, nodeName }: LooseSpec, problems: ProblemSink): void {
  const seen = new Set<string>();
  schedulingGates?.forEach((gate, index) => {
    const path = ['spec', 'schedulingGates', index];
    const name = gate?.name ?? (gate === undefined || Object.hasOwn(gate, 'name') ? undefined : '');
    if (name === undefined) return;
    if (seen.has(name)) problems.error(path, duplicate(name));
    seen.add(name);
    checkLabelKey(name, path, problems);
  });
  if (schedulingGates?.length && nodeName)
    problems.error(['spec', 'nodeName'], forbidden('cannot be set until all schedulingGates have been cleared'));
}
