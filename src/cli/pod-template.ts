/** The pod template of an object, and its containers, changed. Pure. */

import { isWorkloadKind } from '../model/object-kinds.ts';
import type { ObjectKind } from '../model/object-manifest.ts';
import { PodError } from '../util/pod-error.ts';
import { type Fields, fieldsOf, records } from './loose-values.ts';
import { UsageError } from './usage-error.ts';

type Change = (fields: Fields) => Fields;

/** Throws UsageError for a kind that has no pods. */
export function checkHasPods(targets: readonly { readonly kind: ObjectKind }[], form: string): void {
  const other = targets.find(({ kind }) => kind !== 'Pod' && !isWorkloadKind(kind));
  if (other !== undefined) throw new UsageError(`a ${other.kind} has no containers`, form);
}

/** The object with another spec of its pods. */
export const changePodSpec = (object: Fields, kind: ObjectKind, change: Change): Fields =>
  changeAt(object, specPath(kind), change);

/** The spec of its pods. */
export const podSpecOf = (object: Fields, kind: ObjectKind): Fields =>
  specPath(kind).reduce((fields, key) => fieldsOf(fields[key]), object);

function specPath(kind: ObjectKind): readonly string[] {
  if (kind === 'Pod') return ['spec'];
  return kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template', 'spec'] : ['spec', 'template', 'spec'];
}

function changeAt(fields: Fields, [key, ...rest]: readonly string[], change: Change): Fields {
  return key === undefined ? change(fields) : { ...fields, [key]: changeAt(fieldsOf(fields[key]), rest, change) };
}

const lists = ['initContainers', 'containers'] as const;

/** Init containers come first. */
export const containersOf = (spec: Fields): readonly Fields[] => lists.flatMap((list) => records(spec[list]));

/** Each container that `isMeant`; where none is, PodError NotFound says that there is no `wanted`, and what there is. */
export function changeContainers(
  spec: Fields,
  wanted: string,
  isMeant: (name: string) => boolean,
  change: Change,
): Fields {
  const names = containersOf(spec).map(({ name }) => String(name));
  if (!names.some(isMeant)) {
    throw new PodError('NotFound', `unable to find container named "${wanted}"`, {
      hint: `there is ${names.join(', ')}`,
    });
  }
  const changed = lists
    .filter((list) => Array.isArray(spec[list]))
    .map((list) => {
      const containers = records(spec[list]);
      return [list, containers.map((one) => (isMeant(String(one.name)) ? change(one) : one))] as const;
    });
  return { ...spec, ...Object.fromEntries(changed) };
}
