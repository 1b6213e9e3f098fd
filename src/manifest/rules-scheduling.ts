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
import { dnsLabelComplaint, dnsSubdomainComplaint } from './name-rules.ts';
import { isHugepagesName } from './resource-values.ts';
import { checkAffinityKeys, checkSpreadKeys } from './rules-label-keys.ts';
import { checkLabelKey, checkLabelSelector, checkLabels, checkLabelValue } from './rules-label-selector.ts';
import { standardResources } from './rules-resources.ts';
import type { LooseSpec } from './schema.ts';

type Affinity = NonNullable<LooseSpec['affinity']>;
type NodeAffinity = NonNullable<Affinity['nodeAffinity']>;
type PodAffinity = NonNullable<Affinity['podAffinity']>;
type ListOf<T> = NonNullable<NonNullable<T> extends readonly (infer U)[] ? U : never>;
type Term = ListOf<NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms']>;
type PodTerm = ListOf<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>;

export function checkScheduling(spec: LooseSpec, isTemplate: boolean, problems: ProblemSink): void {
  checkObjectNames(spec, problems);
  checkLabels(spec.nodeSelector, ['spec', 'nodeSelector'], problems);
  checkTolerations(spec.tolerations, problems);
  checkSpread(spec.topologySpreadConstraints, problems);
  checkNodeAffinity(spec.affinity?.nodeAffinity ?? {}, ['spec', 'affinity', 'nodeAffinity'], problems);
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const)
    checkPodAffinity(spec.affinity?.[kind] ?? {}, ['spec', 'affinity', kind], problems);
  checkGates(spec, isTemplate, problems);
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

function checkWords({ preemptionPolicy, overhead }: LooseSpec, problems: ProblemSink): void {
  checkWord(preemptionPolicy, ['Never', 'PreemptLowerPriority'], ['spec', 'preemptionPolicy'], problems);
  for (const [name, amount] of Object.entries(overhead ?? {})) {
    const path = ['spec', 'overhead', name];
    if (!name.includes('/') && !isHugepagesName(name) && !standardResources.includes(name))
      problems.error(path, invalid(name, 'must be a standard resource for containers'), { at: 'key' });
    checkAmount(amount, path, problems);
  }
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
  else checkLabelValue(value, [...path, 'value'], problems, { told: [...path, 'operator'] });
  checkWord(effect, effects, [...path, 'effect'], problems);
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    refuse('effect', effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
}

const answers = ['DoNotSchedule', 'ScheduleAnyway'];
const policies = ['Honor', 'Ignore'];

function checkSpread(constraints: LooseSpec['topologySpreadConstraints'], problems: ProblemSink): void {
  constraints?.forEach((constraint, index) => {
    if (constraint === undefined) return;
    const path: FieldPath = ['spec', 'topologySpreadConstraints', index];
    checkConstraint(constraint, path, problems);
    const pair = pairOf(constraint);
    if (constraints.slice(index + 1).some((later) => later !== undefined && pairOf(later) === pair))
      problems.error([...path, '{topologyKey, whenUnsatisfiable}'], duplicate(pair));
  });
}

const pairOf = ({ topologyKey, whenUnsatisfiable }: Constraint): string => `{${topologyKey}, ${whenUnsatisfiable}}`;

type Constraint = ListOf<LooseSpec['topologySpreadConstraints']>;

function checkConstraint(constraint: Constraint, path: FieldPath, problems: ProblemSink): void {
  const { maxSkew, whenUnsatisfiable: answer, minDomains, labelSelector } = constraint;
  if (isGiven(constraint, 'maxSkew') && (maxSkew ?? 0) <= 0)
    problems.error([...path, 'maxSkew'], invalid(maxSkew ?? 0, 'must be greater than zero'));
  if (isGiven(constraint, 'topologyKey') && !constraint.topologyKey)
    problems.error([...path, 'topologyKey'], required('can not be empty'));
  if (isGiven(constraint, 'whenUnsatisfiable') && !answers.includes(answer ?? ''))
    problems.error([...path, 'whenUnsatisfiable'], unsupported(answer ?? '', answers));
  checkDomains(minDomains, answer, [...path, 'minDomains'], problems);
  for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const)
    checkWord(constraint[field], policies, [...path, field], problems);
  checkLabelSelector(labelSelector, [...path, 'labelSelector'], problems);
  checkSpreadKeys(constraint, path, problems);
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
  if (of.topologyKey === undefined && Object.hasOwn(of, 'topologyKey')) return;
  if (!of.topologyKey) problems.error(at, required('can not be empty'));
  checkLabelKey(of.topologyKey ?? '', at, problems);
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
      checkNodeValues(term, [...at, index], problems);
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
    if (requirement !== undefined) checkNodeField(requirement, [...path, 'matchFields', index], problems);
  });
}

function checkNodeField(requirement: Requirement, path: FieldPath, problems: ProblemSink): void {
  const { key = '', operator = '', values = [] } = requirement;
  const isName = key === 'metadata.name';
  if (isGiven(requirement, 'key') && !isName)
    problems.error([...path, 'key'], invalid(key, 'not a valid field selector key'));
  if (isGiven(requirement, 'operator') && operator !== 'In' && operator !== 'NotIn')
    problems.error([...path, 'operator'], invalid(operator, 'not a valid selector operator'));
  else if (isGiven(requirement, 'values') && values.length !== 1)
    problems.error(
      [...path, 'values'],
      required("must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
    );
  if (!isName) return;
  values.forEach((name, index) => {
    const complaint = name === undefined ? undefined : dnsSubdomainComplaint(name);
    if (complaint !== undefined) problems.error([...path, 'values', index], invalid(name, complaint));
  });
}

/** Of nodes that are needed; of those that are liked Kubernetes takes any. */
function checkNodeValues(term: Term | undefined, path: FieldPath, problems: ProblemSink): void {
  term?.matchExpressions?.forEach((requirement, index) => {
    requirement?.values?.forEach((value, at) => {
      checkLabelValue(value, [...path, 'matchExpressions', index, 'values', at], problems);
    });
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
  term.namespaces?.forEach((name, index) => {
    const complaint = name === undefined ? undefined : dnsLabelComplaint(name);
    if (complaint !== undefined) problems.error([...path, 'namespaces', index], invalid(name, complaint));
  });
  checkAffinityKeys(term, path, problems);
  checkTopologyKey(term, path, problems);
}

/** Kubernetes names the gate, not its name. */
function checkGates({ schedulingGates, nodeName }: LooseSpec, isTemplate: boolean, problems: ProblemSink): void {
  const seen = new Set<string>();
  schedulingGates?.forEach((gate, index) => {
    const path = ['spec', 'schedulingGates', index];
    const name = gate?.name ?? (gate === undefined || Object.hasOwn(gate, 'name') ? undefined : '');
    if (name === undefined) return;
    if (seen.has(name)) problems.error(path, duplicate(name));
    seen.add(name);
    checkLabelKey(name, path, problems);
  });
  if (schedulingGates?.length && nodeName && !isTemplate)
    problems.error(['spec', 'nodeName'], forbidden('cannot be set until all schedulingGates have been cleared'));
}
