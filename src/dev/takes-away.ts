/** Whether a save may be only half of one. Pure. */
import type { PodSpec } from '../model/pod-spec.ts';
import type { SessionManifests } from './load-session.ts';
import { keyOf, nameOfManifest } from './object-names.ts';

type Wanted = Pick<SessionManifests, 'manifests' | 'specs'>;

/**
 * True when an object, container or program of before is missing: a file that is cut off in the middle of being written can be a good
 * manifest, and what it lacks must not be stopped for that.
 */
export function takesAway(before: Wanted, after: Wanted): boolean {
  const names = new Set(namesOf(after));
  return namesOf(before).some((name) => !names.has(name));
}

const namesOf = ({ manifests, specs }: Wanted): readonly string[] => [
  ...manifests.map((manifest) => keyOf(nameOfManifest(manifest))),
  ...specs.flatMap(partsOf),
];

function partsOf({ namespace, name, containers }: PodSpec): readonly string[] {
  const pod = keyOf({ kind: 'Pod', namespace, name });
  return containers.flatMap((container) => [
    `${pod}/${container.name}`,
    ...container.programs.map((program) => `${pod}/${container.name}/${program.name}`),
  ]);
}
