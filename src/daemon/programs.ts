/** GET …/programs and …/why: what podd and the kernel know of programs. */
import { type ProgramRef, parseProgramRef } from '../model/program-name.ts';
import type { ProgramList } from '../protocol/api.ts';
import type { ApiCall } from './api-context.ts';
import { textOf } from './query.ts';
import { type FoundPod, requireContainer, requirePodPrograms, requireProgram } from './require-program.ts';
import { sendJson } from './respond.ts';
import { byNamespaceAndName, podSelection } from './select-objects.ts';
import { ApiError } from './status-errors.ts';

/** GET: the containers of all pods, of a namespace, or (`pod=`) of one pod, each with its programs; 404 when that pod does not exist. */
export function listPrograms(call: ApiCall): void {
  const { reconciler } = call.context;
  const selects = podSelection(call);
  const name = textOf(call.query, 'pod');
  if (name !== undefined && call.params.namespace !== undefined) requirePodPrograms(call, name);
  const pods = reconciler.list().filter((pod) => selects(pod) && (name === undefined || pod.metadata.name === name));
  const items = [...pods]
    .sort(byNamespaceAndName)
    .flatMap(({ metadata }) => reconciler.programs(metadata.namespace, metadata.name) ?? []);
  sendJson(call.response, 200, { items } satisfies ProgramList);
}

/** GET why: the newest decisions about a pod's programs, of one container, or of one program. */
export async function getWhy(call: ApiCall): Promise<void> {
  const found = requirePodPrograms(call);
  const target = targetOf(textOf(call.query, 'program'));
  const container = containerOf(found, textOf(call.query, 'container'), target);
  if (container !== undefined) requireContainer(found, container);
  if (container !== undefined && target !== undefined) requireProgram(found, container, target);
  sendJson(call.response, 200, await call.context.reconciler.why(found.namespace, found.name, container, target));
}

function targetOf(text: string | undefined): ProgramRef | undefined {
  if (text === undefined) return undefined;
  const target = parseProgramRef(text);
  if (target !== undefined) return target;
  throw new ApiError('BadRequest', `program: must be a name or NAME:INSTANCE, not ${JSON.stringify(text)}`);
}

// A program belongs to a container; only where there is one alone need it not be named.
function containerOf(
  { name, groups }: FoundPod,
  container: string | undefined,
  target: ProgramRef | undefined,
): string | undefined {
  if (container !== undefined || target === undefined) return container;
  if (groups.length === 1) return groups[0]?.container;
  const names = groups.map((group) => group.container);
  throw new ApiError('BadRequest', `container: is needed, pod ${name} has several: ${names.join(', ')}`);
}
