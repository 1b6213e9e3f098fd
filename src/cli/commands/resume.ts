import { commonFlags, defineCommand } from '../command.ts';
import { defaultControlTimeoutMs, targetsAbout, waitingFlags } from '../control-flags.ts';
import { runControl } from '../run-control.ts';

export const command = defineCommand({
  usage: ['resume POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]'],
  about: `Let go on what podctl pause has paused, and wait until it does. Of a container or pod, all that is in it, programs that were paused
by themselves too. The time of the pause counts for no start, grace or back-off reset; what came due meanwhile has its turn now.
${targetsAbout}`,
  flags: { ...waitingFlags, output: commonFlags.results },
  complete: 'programs',
  examples: [{ text: 'a pod', line: 'podctl resume web' }],
  run: async ({ flags, args, io }) =>
    await runControl({
      request: { verb: 'resume' },
      words: { done: 'resumed', doing: 'resuming' },
      goal: flags['no-wait'] ? undefined : { verb: 'resume', until: 'running' },
      timeoutMs: flags.timeout ?? defaultControlTimeoutMs,
      namespace: flags.namespace,
      targets: args,
      output: flags.output,
      io,
    }),
});
