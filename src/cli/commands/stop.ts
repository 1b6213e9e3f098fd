import { defineCommand } from '../command.ts';
import { defaultControlTimeoutMs, targetsAbout, waitingFlags } from '../control-flags.ts';
import { runControl } from '../run-control.ts';

export const command = defineCommand({
  usage: ['stop POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]'],
  about: `Stop pods, containers or programs with their stop signal, after their grace by force, and wait until they have ended.
What is stopped stays so, over restarts of podd too, until podctl start. Programs stop in reverse order of their dependencies.
${targetsAbout}`,
  flags: waitingFlags,
  complete: 'programs',
  examples: [
    { text: 'one program; its container runs on', line: 'podctl stop web/app/worker' },
    { text: 'one instance of several', line: 'podctl stop web/app/worker:2' },
    { text: 'the whole pod, which remains as it is declared', line: 'podctl stop web' },
  ],
  run: async ({ flags, args, io }) =>
    await runControl({
      request: { verb: 'stop' },
      words: { done: 'stopped', doing: 'stopping' },
      goal: flags['no-wait'] ? undefined : { verb: 'stop', until: 'running' },
      timeoutMs: flags.timeout ?? defaultControlTimeoutMs,
      namespace: flags.namespace,
      targets: args,
      io,
    }),
});
