/** Which containers a changed spec does not start. Pure. */
import type { PodSpec } from '../model/pod-spec.ts';

/** Those that a user stopped; of a pod that is stopped as a whole the new ones too. */
export function keptStopped(stopped: readonly string[], from: PodSpec, to: PodSpec): readonly string[] {
  const isWhole = from.containers.every(({ name }) => stopped.includes(name));
  return to.containers.flatMap(({ name }) => (isWhole || stopped.includes(name) ? [name] : []));
}
