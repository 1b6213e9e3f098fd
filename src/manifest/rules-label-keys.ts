/** Rules for labels that a pod's own values are taken of (Kubernetes validateMatchLabelKeysAndMismatchLabelKeys, validateMatchLabelKeysInTopologySpread). */
import { type FieldPath, forbidden, invalid, type ProblemSink } from './field-problem.ts';
import { checkLabelKey, type LooseSelector } from './rules-label-selector.ts';

interface Keyed {
  readonly labelSelector?: LooseSelector | undefined;
  readonly matchLabelKeys?: readonly (string | undefined)[] | undefined;
  readonly mismatchLabelKeys?: readonly (string | undefined)[] | undefined;
}

const unselected = 'must not be specified when labelSelector is not set';

/** Of affinity to pods. */
export function checkAffinityKeys(term: Keyed, path: FieldPath, problems: ProblemSink): void {
  for (const field of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = term[field] ?? [];
    if (keys.length > 0 && !Object.hasOwn(term, 'labelSelector'))
      problems.error([...path, field], forbidden(unselected), { at: 'key' });
    else checkKeys(keys, [...path, field], problems);
  }
  term.matchLabelKeys?.forEach((key, index) => {
    if (key === undefined || !term.mismatchLabelKeys?.includes(key)) return;
    const words = 'exists in both matchLabelKeys and mismatchLabelKeys';
    problems.error([...path, 'matchLabelKeys', index], invalid(key, words));
  });
}

/** Of a topology. */
export function checkSpreadKeys(constraint: Keyed, path: FieldPath, problems: ProblemSink): void {
  const { matchLabelKeys: keys = [], labelSelector } = constraint;
  const at = [...path, 'matchLabelKeys'];
  if (keys.length > 0 && !Object.hasOwn(constraint, 'labelSelector'))
    problems.error(at, forbidden(unselected), { at: 'key' });
  checkKeys(keys, at, problems);
  const selected = new Set<string | undefined>([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map((expression) => expression?.key),
  ]);
  keys.forEach((key, index) => {
    if (key !== undefined && selected.has(key))
      problems.error([...at, index], invalid(key, 'exists in both matchLabelKeys and labelSelector'));
  });
}

function checkKeys(keys: readonly (string | undefined)[], path: FieldPath, problems: ProblemSink): void {
  keys.forEach((key, index) => {
    if (key !== undefined) checkLabelKey(key, [...path, index], problems);
  });
}
