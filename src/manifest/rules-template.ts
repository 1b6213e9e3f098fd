/** Rules for what workloads have in common: the template of their pods, and the selector that finds them. */
import type { LabelSelector } from '../model/service-spec.ts';
import { matchesLabels, requirementsOf } from '../util/match-labels.ts';
import {
  below,
  createProblemList,
  type FieldPath,
  forbidden,
  invalid,
  type ProblemSink,
  required,
  unsupported,
} from './field-problem.ts';
import { warnNotHonoured } from './honour.ts';
import { dnsLabelComplaint } from './name-rules.ts';
import { checkLabelSelector, type LooseSelector } from './rules-label-selector.ts';
import { checkPod } from './rules-pod.ts';
import type { Loose, LoosePod } from './schema.ts';
import type { TemplateInput } from './schema-workloads.ts';

export type LooseTemplate = Loose<TemplateInput>;

/** The very rules of pods, each problem under the template's own path. */
export function checkTemplate(
  template: LooseTemplate | undefined,
  path: FieldPath,
  isOurs: boolean,
  problems: ProblemSink,
): void {
  if (template === undefined) return;
  const sink = below(problems, path);
  const { labels, annotations } = template.metadata ?? {};
  const pod: LoosePod = {
    ...{ apiVersion: isOurs ? 'podctl.dev/v1' : 'v1', kind: 'Pod', metadata: { labels, annotations } },
    spec: template.spec,
  } as LoosePod;
  checkPod(pod, sink, true);
  warnNotHonoured(pod, sink);
}

interface LastingContext {
  readonly isOurs: boolean;
  /** what makes the pods */
  readonly kind: string;
  /** names of claims that are made for each pod */
  readonly claims?: readonly string[];
}

/** Pods that are to run for good (Kubernetes ValidatePodTemplateSpecForReplicaSet and its likes). */
export function checkLastingTemplate(
  template: LooseTemplate | undefined,
  path: FieldPath,
  { isOurs, kind, claims = [] }: LastingContext,
  problems: ProblemSink,
): void {
  checkTemplate(withClaims(template, claims), path, isOurs, problems);
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy && restartPolicy !== 'Always')
    problems.error([...path, 'spec', 'restartPolicy'], unsupported(restartPolicy, ['Always']), {
      hint: 'a Job runs pods that end',
    });
  if (activeDeadlineSeconds !== undefined)
    problems.error(
      [...path, 'spec', 'activeDeadlineSeconds'],
      forbidden(`activeDeadlineSeconds in ${kind} is not Supported`),
      { at: 'key' },
    );
}

/** Claims made for each pod are volumes of it, whatever the template has under that name. */
function withClaims(template: LooseTemplate | undefined, claims: readonly string[]): LooseTemplate | undefined {
  if (template?.spec === undefined || claims.length === 0) return template;
  if (template.spec.volumes === undefined && Object.hasOwn(template.spec, 'volumes')) return template;
  const volumes = template.spec.volumes ?? [];
  const names = new Set(volumes.map((volume) => volume?.name));
  const missing = claims.filter((name) => !names.has(name) && dnsLabelComplaint(name) === undefined);
  const made = missing.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...volumes, ...made] } };
}

/** Which pods are its own: they must be those of its template. */
export function checkOwnSelector(
  spec: { readonly selector?: LooseSelector | undefined; readonly template?: LooseTemplate | undefined },
  kind: string,
  problems: ProblemSink,
): void {
  const { selector, template } = spec;
  const path = ['spec', 'selector'];
  if (selector === undefined) {
    // of a wrong type, the schema has spoken
    if (!Object.hasOwn(spec, 'selector')) problems.error(path, required(), { hint: selectorHint(template) });
    return;
  }
  checkLabelSelector(selector, path, problems);
  const parts = [Object.keys(selector.matchLabels ?? {}), selector.matchExpressions ?? []];
  if (parts.every(({ length }) => length === 0)) {
    const message = invalid(selector, `empty selector is invalid for ${kind.toLowerCase()}`);
    problems.error(path, message, { at: 'key', hint: selectorHint(template) });
    return;
  }
  checkMatch(selector, template, problems);
}

/** Judged when neither of the two has anything wrong with it that was told already. */
export function checkMatch(selector: LooseSelector, template: LooseTemplate | undefined, problems: ProblemSink): void {
  const written = template?.metadata?.labels;
  if ((written === undefined && isCut(template)) || hasHoles(written ?? {}) || isWrong(selector)) return;
  const labels = (written ?? {}) as Readonly<Record<string, string>>;
  if (matchesLabels(requirementsOf(selector as LabelSelector), labels)) return;
  problems.error(
    ['spec', 'template', 'metadata', 'labels'],
    invalid(labels, '`selector` does not match template `labels`'),
    { at: 'key', hint: 'give the template the labels that the selector asks for' },
  );
}

/** Something on the way to the labels was cut out as wrong. */
const isCut = (template: LooseTemplate | undefined): boolean =>
  template === undefined ||
  (Object.hasOwn(template, 'metadata') &&
    (template.metadata === undefined || Object.hasOwn(template.metadata, 'labels')));

function isWrong(selector: LooseSelector): boolean {
  const found = createProblemList();
  checkLabelSelector(selector, [], found);
  return hasHoles(selector) || found.errors.length > 0;
}

const hasHoles = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.values(value).some(hasHoles));

function selectorHint(template: LooseTemplate | undefined): string | undefined {
  const [label] = Object.entries(template?.metadata?.labels ?? {});
  return label === undefined ? undefined : `selector: {matchLabels: {${label[0]}: ${label[1]}}}`;
}
