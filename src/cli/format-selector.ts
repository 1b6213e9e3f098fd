import type { LabelSelector } from '../model/service-spec.ts';

/** `app=web,tier in (a,b),!old`; `none` where nothing is asked for (apimachinery FormatLabelSelector). */
export function formatSelector(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector = {},
  none = '<none>',
): string {
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(formatExpression),
  ];
  return terms.length === 0 ? none : terms.join(',');
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

function formatExpression({ key, operator, values = [] }: Expression): string {
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'In':
      return `${key} in (${values.join(',')})`;
    default:
      return `${key} notin (${values.join(',')})`;
  }
}
