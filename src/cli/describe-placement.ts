/** Where a pod may run, on `podctl describe`'s page: read and shown, for there is but this machine. */
import type { LabelSelector } from '../model/service-spec.ts';
import { describeList, describeMap } from './describe-map.ts';
import { formatSelector } from './format-selector.ts';
import { type Fields, fieldsOf, records, text } from './loose-values.ts';

/** Node selectors, tolerations and spread of a pod or a template. `margin`: before each title. */
export function describePlacement(spec: Fields, margin = ''): string[] {
  const { nodeSelector, tolerations, topologySpreadConstraints } = spec;
  const spread = records(topologySpreadConstraints).toSorted(by('topologyKey')).map(describeSpread);
  return [
    ...describeMap(`${margin}Node-Selectors`, fieldsOf(nodeSelector) as Readonly<Record<string, string>>, '='),
    ...describeList(`${margin}Tolerations`, records(tolerations).toSorted(by('key')).map(describeToleration)),
    ...(spread.length === 0 ? [] : describeList(`${margin}Topology Spread Constraints`, spread)),
  ];
}

/** `key=value:Effect op=Exists for 300s` */
function describeToleration({ key, value, effect, operator, tolerationSeconds }: Fields): string {
  const what = [
    text(key ?? ''),
    ...(value === undefined || value === '' ? [] : [`=${text(value)}`]),
    ...(effect === undefined || effect === '' ? [] : [`:${text(effect)}`]),
  ].join('');
  const exists = operator === 'Exists' && (value === undefined || value === '');
  return [
    ...(what === '' ? [] : [what]),
    ...(exists ? ['op=Exists'] : []),
    ...(tolerationSeconds === undefined ? [] : [`for ${text(tolerationSeconds)}s`]),
  ].join(' ');
}

function describeSpread({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }: Fields): string {
  const of = labelSelector === undefined ? '' : ` for selector ${formatSelector(labelSelector as LabelSelector)}`;
  return `${text(topologyKey)}:${text(whenUnsatisfiable)} when max skew ${text(maxSkew)} is exceeded${of}`;
}

const by =
  (field: string) =>
  (left: Fields, right: Fields): number =>
    text(left[field] ?? '').localeCompare(text(right[field] ?? ''), 'en');
