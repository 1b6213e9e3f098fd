import { askWhy, type WhyAnswer, whyTexts } from '../ask-why.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { parseTarget } from '../program-target.ts';
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
    const answers: WhyAnswer[] = [];
    let code = 0;
    for (const target of args.map(parseTarget)) {
      try {
        answers.push(await askWhy(client, namespace, target));
      } catch (error) {
        code = Math.max(code, reportError(error, io, 'why'));
      }
    }
    print(answers, flags.output === 'json', io);
    return code;
  },
});

function print(answers: readonly WhyAnswer[], asJson: boolean, io: Io): void {
  if (asJson) {
    io.out(`${JSON.stringify({ items: answers.flatMap(({ items }) => items) }, undefined, 4)}\n`);
    return;
  }
  const how = { nowMs: io.now(), colour: io.colour };
  io.out(answers.flatMap((answer) => whyTexts(answer, how)).join('\n'));
}
