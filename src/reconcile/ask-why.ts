/** The newest decisions about programs, from the inits that made them. */
import type { ProgramRef } from '../model/program-name.ts';
import type { WhyResponse } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import { containersOf, runningInstance, thoseThatCould } from './control-pod.ts';
import type { Pod } from './pod.ts';

/** Of a program, a container or the whole pod, whose stopped containers are left out unless all are. Rejects with PodError NotFound or Conflict. */
export async function askWhy(
  pod: Pod,
  container: string | undefined,
  target: ProgramRef | undefined,
): Promise<WhyResponse> {
  const targets = target === undefined ? [] : [target];
  const asked = containersOf(pod, container).map(({ name }) => askOne(pod, name, targets));
  return { items: (await thoseThatCould(asked)).flat() };
}

async function askOne(pod: Pod, container: string, targets: readonly ProgramRef[]): Promise<WhyResponse['items']> {
  const instance = runningInstance(pod, container);
  const reply = await instance.why({ targets });
  if (!reply.ok) throw new PodError(reply.code, `container ${container} of pod ${pod.spec.name}: ${reply.message}`);
  const { programs = [] } = instance.view();
  return programs.flatMap((state) => {
    const decisions = reply.decisions?.[state.label];
    return decisions === undefined ? [] : [{ container, program: state.label, state, decisions }];
  });
}
