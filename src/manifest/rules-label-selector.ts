/** Rules for label selectors in manifests (apimachinery ValidateLabelSelector). */
import type { z } from 'zod';
import { closestWord } from '../util/closest-word.ts';
import {
  type FieldPath,
  forbidden,
  invalid,
  type ProblemOptions,
  type ProblemSink,
  required,
} from './field-problem.ts';
import { labelValueComplaint, qualifiedNameComplaint } from './name-rules.ts';
import type { Loose } from './schema.ts';
import type { labelSelector } from './schema-kinds.ts';

export type LooseSelector = Loose<z.infer<typeof labelSelector>>;
type Expression = NonNullable<NonNullable<LooseSelector['matchExpressions']>[number]>;

export function checkLabelSelector(selector: LooseSelector | undefined, path: FieldPath, problems: ProblemSink): void {
  checkLabels(selector?.matchLabels, [...path, 'matchLabels'], problems);
  selector?.matchExpressions?.forEach((expression, index) => {
    if (expression !== undefined) checkExpression(expression, [...path, 'matchExpressions', index], problems);
  });
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function checkExpression(expression: Expression, path: FieldPath, problems: ProblemSink): void {
  const { key, operator, values } = expression;
  if (key !== undefined || !Object.hasOwn(expression, 'key')) checkLabelKey(key ?? '', [...path, 'key'], problems);
  if (operator !== undefined || !Object.hasOwn(expression, 'operator'))
    checkOperator(operator ?? '', values, path, problems);
  values?.forEach((value, index) => {
    checkLabelValue(value, [...path, 'values', index], problems);
  });
}

function checkOperator(operator: string, values: Expression['values'], path: FieldPath, problems: ProblemSink): void {
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (!operators.some((known) => known === operator)) {
    const near = closestWord(operator, operators);
    const hint = near === undefined ? `one of ${operators.join(', ')}` : `did you mean "${near}"?`;
    problems.error([...path, 'operator'], invalid(operator, 'not a valid selector operator'), { hint });
  } else if (takesValues && (values === undefined || values.length === 0))
    problems.error([...path, 'values'], required("must be specified when `operator` is 'In' or 'NotIn'"));
  else if (!takesValues && values !== undefined && values.length > 0)
    problems.error(
      [...path, 'values'],
      forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
    );
}

/** A map of labels (ValidateLabels), which is what Kubernetes names. */
export function checkLabels(
  labels: Readonly<Record<string, string | undefined>> | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    checkLabelKey(key, [...path, key], problems, { at: 'key', told: path });
    checkLabelValue(value, [...path, key], problems, { told: path });
  }
}

/** A label's key: a qualified name. */
export function checkLabelKey(key: string, path: FieldPath, problems: ProblemSink, options?: ProblemOptions): void {
  const complaint = qualifiedNameComplaint(key);
  if (complaint !== undefined) problems.error(path, invalid(key, complaint), options);
}

/** A label's value. */
export function checkLabelValue(
  value: string | undefined,
  path: FieldPath,
  problems: ProblemSink,
  options?: ProblemOptions,
): void {
  const complaint = value === undefined ? undefined : labelValueComplaint(value);
  if (complaint !== undefined) problems.error(path, invalid(value, complaint), options);
}
