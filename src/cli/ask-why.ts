/** `podctl why`: what is asked of podd, and its answer in words. */
import { formatProgramRef } from '../model/program-name.ts';
import type { ProgramGroup, WhyResponse } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import { declaredDependencies, formatWhy } from './format-why.ts';
import { podActionPath, podPath } from './pod-paths.ts';
import { type ProgramTarget, resolveTarget, selectGroups, type WrittenTarget } from './program-target.ts';
import { explainGroup } from './program-words.ts';
import { declaredPrograms, readGroups } from './read-programs.ts';

/** What podd says of a target, and what words about it need. */
export interface WhyAnswer {
  readonly target: ProgramTarget;
  readonly pod: PodObject;
  /** all containers of the pod: a program may wait for one that was not asked about */
  readonly groups: readonly ProgramGroup[];
  readonly items: WhyResponse['items'];
}

/** Throws ApiError and PodError NotFound. */
export async function askWhy(client: Client, namespace: string, written: WrittenTarget): Promise<WhyAnswer> {
  const groups = await readGroups(client, { namespace, pod: written.pod });
  const pod = await client.json<PodObject>('GET', podPath(namespace, written.pod));
  const target = resolveTarget(written, { groups, declared: declaredPrograms(pod) });
  // A container that does not run has no PID 1 to ask: its state is the answer, but to a question about a program.
  const asked = selectGroups(target, groups).filter(({ state }) => state === 'running' || target.program !== undefined);
  const program = target.program === undefined ? undefined : formatProgramRef(target.program);
  const replies = await Promise.all(
    asked.map(({ container }) =>
      client.json<WhyResponse>('GET', podActionPath(namespace, pod.metadata.name, 'why', { container, program })),
    ),
  );
  return { target, pod, groups, items: replies.flatMap(({ items }) => items) };
}

/** A paragraph for each container that does not run and each program, each ending in a newline. */
export function whyTexts(
  { target, pod, groups, items }: WhyAnswer,
  { nowMs, colour }: { readonly nowMs: number; readonly colour: boolean },
): readonly string[] {
  const resting = selectGroups(target, groups).filter(({ state }) => state !== 'running');
  return [
    ...resting.map(
      (group) =>
        `container ${pod.metadata.name}/${group.container} is ${explainGroup(group, nowMs)}: none of its programs runs\n`,
    ),
    ...items.map((item) => {
      const group = groups.find(({ container }) => container === item.container);
      const dependencies = declaredDependencies(pod, item.container, item.state.program);
      return formatWhy(item, { pod: pod.metadata.name, group, dependencies, nowMs, colour });
    }),
  ];
}
