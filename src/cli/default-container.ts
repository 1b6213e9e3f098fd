import type { PodObject } from '../protocol/objects.ts';
import type { Io } from './io.ts';
import { initContainers, specContainers } from './pod-row.ts';

const annotation = 'kubectl.kubernetes.io/default-container';

/** The container meant when none was named: the annotated one, else the first; said on standard error where there was a choice, as kubectl does. */
export function defaultContainer(pod: PodObject, io: Pick<Io, 'err'>): string {
  const names = specContainers(pod).map(({ name }) => String(name));
  const inits = initContainers(pod).map(({ name }) => `${name} (init)`);
  const annotated = pod.metadata.annotations?.[annotation];
  if (annotated !== undefined && names.includes(annotated)) return annotated;
  const [first = ''] = names;
  const all = [...names, ...inits];
  if (all.length > 1) io.err(`Defaulted container "${first}" out of: ${all.join(', ')}\n`);
  return first;
}
