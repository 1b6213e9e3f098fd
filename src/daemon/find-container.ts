/** Which container a log or exec request means. */
import type { PodObject } from '../protocol/api.ts';
import type { ContainerLocation } from '../reconcile/reconciler.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, podNotFound } from './status-errors.ts';

export interface FoundContainer {
  readonly pod: PodObject;
  readonly location: ContainerLocation;
  /** kubectl's note that the name was chosen for the user */
  readonly warnings: readonly string[];
}

/**
 * The named container; without a name the only one, the one of annotation `kubectl.kubernetes.io/default-container`, else the first.
 * Throws 404 for the pod, 400 for a container it does not have.
 */
export function findContainer(
  context: ApiContext,
  namespace: string,
  podName: string,
  container: string | undefined,
): FoundContainer {
  const pod = context.reconciler.get(namespace, podName);
  const locations = context.reconciler.locate(namespace, podName);
  if (pod === undefined || locations === undefined) throw podNotFound(podName);
  const names = locations.map((location) => location.container);
  const chosen = container ?? defaultContainer(pod, names);
  const location = locations.find((candidate) => candidate.container === chosen);
  if (location === undefined) {
    const message = `container ${chosen ?? ''} is not valid for pod ${podName}, choose one of: ${names.join(', ')}`;
    throw new ApiError('BadRequest', message, { name: podName, kind: 'pods' });
  }
  const isGuess = container === undefined && names.length > 1 && annotatedDefault(pod) !== chosen;
  const warnings = isGuess ? [`Defaulted container "${chosen}" out of: ${names.join(', ')}`] : [];
  return { pod, location, warnings };
}

function defaultContainer(pod: PodObject, names: readonly string[]): string | undefined {
  const annotated = annotatedDefault(pod);
  return annotated !== undefined && names.includes(annotated) ? annotated : names[0];
}

function annotatedDefault(pod: PodObject): string | undefined {
  return pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
}
