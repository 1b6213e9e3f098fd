/** The pod, container and programs that a request names, or a 404 that says what there is. */
import type { ProgramRef } from '../model/program-name.ts';
import type { ProgramGroup } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import { closestWord } from '../util/closest-word.ts';
import type { ApiCall } from './api-context.ts';
import { ApiError, podNotFound } from './status-errors.ts';

export interface FoundPod {
  readonly pod: PodObject;
  readonly namespace: string;
  readonly name: string;
  /** one per container */
  readonly groups: readonly ProgramGroup[];
}

/** The pod of `:namespace`/`:name` (or `name`) with its containers; throws 404 with the nearest name. */
export function requirePodPrograms(call: ApiCall, name = call.params.name ?? ''): FoundPod {
  const { namespace = '' } = call.params;
  const pod = requirePod(call, name);
  return { pod, namespace, name, groups: call.context.reconciler.programs(namespace, name) ?? [] };
}

/** The pod of `:namespace`/`name`; throws 404 with the nearest name. */
export function requirePod({ context, params }: ApiCall, name: string): PodObject {
  const { namespace = '' } = params;
  const { reconciler } = context;
  const pod = reconciler.get(namespace, name);
  if (pod !== undefined) return pod;
  const others = reconciler.list().filter(({ metadata }) => metadata.namespace === namespace);
  const names = others.map(({ metadata }) => metadata.name);
  throw podNotFound(name, hintFor(name, names));
}

/** Throws 404 when the pod has no such container. */
export function requireContainer({ pod, name, groups }: FoundPod, container: string): ProgramGroup {
  const group = groups.find((candidate) => candidate.container === container);
  if (group !== undefined) return group;
  const names = groups.map((candidate) => candidate.container);
  const hint = hintFor(container, names) ?? `containers of ${name}: ${names.join(', ')}`;
  throw new ApiError('NotFound', `pod ${name} has no container "${container}"`, {
    name: pod.metadata.name,
    kind: 'pods',
    hint,
  });
}

/** Throws 404 when the container has no program of that name; whether an instance exists is podinit's to say. */
export function requireProgram(found: FoundPod, container: string, { program }: Pick<ProgramRef, 'program'>): void {
  const names = programNames(found.pod, requireContainer(found, container));
  if (names.includes(program)) return;
  const hint = hintFor(program, names) ?? `programs of ${found.name}/${container}: ${names.join(', ') || 'none'}`;
  throw new ApiError('NotFound', `container ${found.name}/${container} has no program "${program}"`, {
    name: found.name,
    kind: 'pods',
    hint,
  });
}

/** Those that run or ran, and those of the manifest: a program with `instances: 0` has no state to show. */
function programNames(pod: PodObject, { container, programs }: ProgramGroup): readonly string[] {
  const { containers } = pod.spec;
  const written = Array.isArray(containers) ? containers.find((item) => item?.name === container) : undefined;
  const declared: unknown = written?.processes;
  const fromSpec = Array.isArray(declared) ? declared.map((item) => String(item?.name)) : ['main'];
  return [...new Set([...programs.map(({ program }) => program), ...fromSpec])];
}

function hintFor(word: string, names: readonly string[]): string | undefined {
  const guess = closestWord(word, names);
  return guess === undefined ? undefined : `did you mean ${guess}?`;
}
