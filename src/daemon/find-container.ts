/** Which container and program a log, exec or attach request means. */
import { formatProgramRef, type ProgramRef, parseProgramRef } from '../model/program-name.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { ContainerLocation } from '../reconcile/reconciler.ts';
import { closestWord } from '../util/closest-word.ts';
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
  const inits = locations.filter(({ isInit }) => isInit === true);
  const mains = locations.filter((location) => !inits.includes(location)).map((location) => location.container);
  const names = [...mains, ...inits.map((location) => `${location.container} (init)`)];
  const chosen = container ?? defaultContainer(pod, mains);
  const location = locations.find((candidate) => candidate.container === chosen);
  if (location === undefined) {
    const message = `container ${chosen ?? ''} is not valid for pod ${podName}, choose one of: ${names.join(', ')}`;
    throw new ApiError('BadRequest', message, { name: podName, kind: 'pods' });
  }
  const isGuess = container === undefined && names.length > 1 && annotatedDefault(pod) !== chosen;
  const warnings = isGuess ? [`Defaulted container "${chosen}" out of: ${names.join(', ')}`] : [];
  return { pod, location, warnings };
}

/** A program as written in `?program=`; throws 400 when it can be none. */
export function refOf(text: string | undefined): ProgramRef | undefined {
  const ref = text === undefined ? undefined : parseProgramRef(text);
  if (text === undefined || ref !== undefined) return ref;
  throw new ApiError('BadRequest', `program: "${text}" is neither NAME nor NAME:INSTANCE`);
}

/**
 * Throws 404 with what there is when the container has no such program or instance; `removed` are those that it had, for which
 * only the log is left.
 */
export function checkProgram(
  { pod, location }: FoundContainer,
  ref: ProgramRef,
  removed: readonly Required<ProgramRef>[],
): void {
  const isMeant = ({ program, instance }: Required<ProgramRef>): boolean =>
    program === ref.program && (ref.instance ?? instance) === instance;
  if (location.programs.some(isMeant) || removed.some(isMeant)) return;
  const { name } = pod.metadata;
  const siblings = location.programs.filter(({ program }) => program === ref.program);
  const names = [
    ...new Set([...location.programs.map(({ program }) => program), ...declared(pod, location.container)]),
  ];
  const isKnown = names.includes(ref.program);
  if (isKnown && siblings.length === 0) return;
  const guess = isKnown ? undefined : closestWord(ref.program, names);
  const known = isKnown ? siblings.map(({ label }) => label) : names;
  const what = `no program ${formatProgramRef(ref)} in container ${location.container} of pod ${name}`;
  const hint = guess === undefined ? `it has ${known.join(', ') || 'none'}` : `did you mean ${guess}?`;
  throw new ApiError('NotFound', what, { name, kind: 'pods', hint });
}

/** Those of the manifest: one with `instances: 0` is among no location's programs. */
function declared(pod: PodObject, container: string): readonly string[] {
  const { containers = [], initContainers = [] } = pod.spec;
  const written = [initContainers, containers]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .find((item) => item?.name === container);
  return Array.isArray(written?.processes)
    ? written.processes.map((item: { name?: unknown }) => String(item?.name))
    : [];
}

function defaultContainer(pod: PodObject, names: readonly string[]): string | undefined {
  const annotated = annotatedDefault(pod);
  return annotated !== undefined && names.includes(annotated) ? annotated : names[0];
}

function annotatedDefault(pod: PodObject): string | undefined {
  return pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
}
