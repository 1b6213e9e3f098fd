/** Kubernetes' label selectors as data, and the one test of labels against them (apimachinery labels.Requirement.Matches). */
import type { LabelSelector } from '../model/service-spec.ts';
import { assertNever } from './assert-never.ts';

export type Labels = Readonly<Record<string, string>>;

/** One condition on a label; a label that is absent satisfies `NotIn` and `DoesNotExist`, as in Kubernetes. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'Exists' | 'DoesNotExist' | 'In' | 'NotIn' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** What a manifest's selector asks for, all of it at once; an empty selector asks for nothing, so that everything satisfies it. */
export function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): readonly LabelRequirement[] {
  return [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...(matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
  ];
}

/** Whether labels satisfy every requirement. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => matchesLabel(requirement, labels));
}

function matchesLabel(requirement: LabelRequirement, labels: Labels): boolean {
  const { key, operator, values } = requirement;
  const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Gt':
    case 'Lt':
      return label !== undefined && /^-?\d+$/.test(label) && compareIntegers(label, values[0] ?? '0', operator);
    default:
      return assertNever(operator, 'label operator');
  }
}

function compareIntegers(label: string, bound: string, operator: 'Gt' | 'Lt'): boolean {
  return operator === 'Gt' ? BigInt(label) > BigInt(bound) : BigInt(label) < BigInt(bound);
}
