/** Programs asked of podd. */
import type { ProgramGroup, ProgramList } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import { isApiNotFound } from './api-error.ts';
import type { Client } from './client.ts';
import { podPath, programsPath } from './pod-paths.ts';
import { everyContainer } from './pod-row.ts';
import type { PodPrograms } from './program-target.ts';

export interface ProgramScope {
  /** undefined: all namespaces */
  readonly namespace: string | undefined;
  readonly pod?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** Every container in scope with its programs. Throws ApiError NotFound when `pod` is not there. */
export async function readGroups(client: Client, scope: ProgramScope): Promise<readonly ProgramGroup[]> {
  const { namespace, pod, labelSelector } = scope;
  return (await client.json<ProgramList>('GET', programsPath(namespace, { pod, labelSelector }))).items;
}

/** One pod's containers with the programs they have and those the manifest declares. Throws ApiError NotFound. */
export async function readPodPrograms(client: Client, namespace: string, pod: string): Promise<PodPrograms> {
  const groups = await readGroups(client, { namespace, pod });
  return { groups, declared: declaredPrograms(await client.json<PodObject>('GET', podPath(namespace, pod))) };
}

/** As readGroups of one pod; none when it is gone. */
export async function readGroupsIfThere(
  client: Client,
  namespace: string,
  pod: string,
): Promise<readonly ProgramGroup[] | undefined> {
  try {
    return await readGroups(client, { namespace, pod });
  } catch (error) {
    if (isApiNotFound(error)) return undefined;
    throw error;
  }
}

/** The names of `processes` per container; `main` where there are none. */
export function declaredPrograms(pod: PodObject): ReadonlyMap<string, readonly string[]> {
  return new Map(everyContainer(pod).map((container) => [String(container.name), namesOf(container.processes)]));
}

function namesOf(processes: unknown): readonly string[] {
  return Array.isArray(processes) ? processes.map((process) => String(process?.name)) : ['main'];
}
