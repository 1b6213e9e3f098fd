import { formatProgramRef } from '../../model/program-name.ts';
import type { PodObject, ProgramGroup, WhyResponse } from '../../protocol/api.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { declaredDependencies, formatWhy } from '../format-why.ts';
import type { Io } from '../io.ts';
import { podActionPath, podPath } from '../pod-paths.ts';
import { type ProgramTarget, parseTarget, resolveTarget, selectGroups, type WrittenTarget } from '../program-target.ts';
import { explainGroup } from '../program-words.ts';
import { declaredPrograms, readGroups } from '../read-programs.ts';
import { reportError } from '../report-error.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

export const command = defineCommand({
  usage: ['why POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]'],
  about: `Say how programs are and why: a sentence on the present state, then what was decided about them lately and what caused it, newest last.
Decisions are kept by the container's PID 1, the newest ones of each program, for as long as the container lives.`,
  flags: {
    namespace: commonFlags.namespace,
    output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['json'], help: 'all of it as JSON' },
  },
  complete: 'programs',
  examples: [
    { text: 'why was it restarted?', line: 'podctl why web/app/worker:1' },
    { text: 'why does nothing come up?', line: 'podctl why web' },
  ],
  run: async ({ flags, args, io }) => {
    if (args.length === 0) throw new UsageError('why what?', 'podctl why POD[/CONTAINER[/PROGRAM]]');
    const namespace = checkNamespace(flags.namespace);
    const client = connectPodd(io.env);
    const answers: Answer[] = [];
    let code = 0;
    for (const target of args.map(parseTarget)) {
      try {
        answers.push(await ask(client, namespace, target));
      } catch (error) {
        code = Math.max(code, reportError(error, io, 'why'));
      }
    }
    print(answers, flags.output === 'json', io);
    return code;
  },
});

interface Answer {
  readonly target: ProgramTarget;
  readonly pod: PodObject;
  /** all containers of the pod: a program may wait for one that was not asked about */
  readonly groups: readonly ProgramGroup[];
  readonly items: WhyResponse['items'];
}

async function ask(client: Client, namespace: string, written: WrittenTarget): Promise<Answer> {
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

function print(answers: readonly Answer[], asJson: boolean, io: Io): void {
  if (asJson) {
    io.out(`${JSON.stringify({ items: answers.flatMap(({ items }) => items) }, undefined, 4)}\n`);
    return;
  }
  const texts = answers.flatMap(({ target, pod, groups, items }) => [
    ...selectGroups(target, groups)
      .filter(({ state }) => state !== 'running')
      .map(
        (group) =>
          `container ${pod.metadata.name}/${group.container} is ${explainGroup(group, io.now())}: none of its programs runs\n`,
      ),
    ...items.map((item) => {
      const group = groups.find(({ container }) => container === item.container);
      const dependencies = declaredDependencies(pod, item.container, item.state.program);
      return formatWhy(item, { pod: pod.metadata.name, group, dependencies, nowMs: io.now(), colour: io.colour });
    }),
  ]);
  io.out(texts.join('\n'));
}
