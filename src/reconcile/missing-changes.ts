/** What a container needs comes or goes, and no field of the pod shows it. Pure. */
import type { PodSpec } from '../model/pod-spec.ts';
import type { FieldChange } from '../protocol/api.ts';
import { sameJson } from '../util/same-json.ts';
import { formatPath } from './diff-values.ts';

/** One change for each container that lacks other things than before and has no change that is told already. */
export function missingChanges(from: PodSpec, to: PodSpec, told: readonly FieldChange[]): readonly FieldChange[] {
  return to.containers.flatMap(({ name, missing }) => {
    const before = from.containers.find((container) => container.name === name);
    const field = formatPath(['spec', 'containers', `[${name}]`]);
    if (before === undefined || sameJson(before.missing, missing)) return [];
    if (told.some((change) => change.field.startsWith(field))) return [];
    const why = missing === undefined ? 'it has all that it needs' : 'it is not started without, what runs runs on';
    return [{ field, from: before.missing?.join('; '), to: missing?.join('; '), cost: 'nothing', why }];
  });
}
