import { commonFlags, defineCommand } from '../command.ts';
import { defaultControlTimeoutMs, targetsAbout, waitingFlags } from '../control-flags.ts';
import { runControl } from '../run-control.ts';

export const command = defineCommand({
  usage: ['pause POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]'],
  about: `Have pods, containers or programs stand still (cgroup freezer), and wait until they do. They keep their memory, files and
connections, use no CPU, and go on where they stood with podctl resume; a pause outlives podd, and ends with the container.
Meanwhile nothing is started, restarted, stopped by a change, or probed, and they are not ready; what comes due has its turn when they
are resumed. A paused container takes no exec. stop, restart, delete, start and signal KILL resume what they are about.
${targetsAbout}`,
  flags: { ...waitingFlags, output: commonFlags.results },
  complete: 'programs',
  examples: [
    { text: 'a pod, while a backup is made of its volumes', line: 'podctl pause web' },
    { text: 'one program; its container runs on', line: 'podctl pause web/app/worker' },
  ],
  run: async ({ flags, args, io }) =>
    await runControl({
      request: { verb: 'pause' },
      words: { done: 'paused', doing: 'pausing' },
      goal: flags['no-wait'] ? undefined : { verb: 'pause', until: 'running' },
      timeoutMs: flags.timeout ?? defaultControlTimeoutMs,
      namespace: flags.namespace,
      targets: args,
      output: flags.output,
      io,
    }),
});
