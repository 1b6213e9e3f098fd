import { defineCommand } from '../command.ts';
import { defaultControlTimeoutMs, startingFlags, targetsAbout } from '../control-flags.ts';
import { runControl } from '../run-control.ts';

export const command = defineCommand({
  usage: ['start POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]'],
  about: `Start what is stopped, has ended or has failed for good, and wait until it runs.
A pod or container that was stopped runs again from now on; in one that runs, its programs that were stopped start. Programs with
autostart: false, and those that have ended or failed, are started by name. A program starts when its dependencies hold.
${targetsAbout}
Exit code 1 when a program is FATAL (its last output is printed), or does not run in time.`,
  flags: startingFlags,
  complete: 'programs',
  examples: [
    { text: 'a program', line: 'podctl start web/app/worker' },
    { text: 'a stopped pod, until its programs are ready', line: 'podctl start web --wait=ready --timeout 5m' },
  ],
  run: async ({ flags, args, io }) => {
    const goal = { verb: 'start', until: flags.wait ?? 'running' } as const;
    return await runControl({
      request: { verb: 'start' },
      words: { done: 'started', doing: 'starting' },
      goal: flags['no-wait'] ? undefined : goal,
      timeoutMs: flags.timeout ?? defaultControlTimeoutMs,
      namespace: flags.namespace,
      targets: args,
      io,
    });
  },
});
