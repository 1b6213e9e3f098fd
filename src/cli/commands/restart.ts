import { defineCommand } from '../command.ts';
import { defaultControlTimeoutMs, startingFlags, targetsAbout } from '../control-flags.ts';
import { runControl } from '../run-control.ts';

export const command = defineCommand({
  usage: ['restart POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]'],
  about: `Stop and start pods, containers or programs, and wait until they run again. What is stopped is started.
The restart of a program leaves its siblings alone, but for those that depend on it with cascade: true; --cascade takes all that do.
${targetsAbout}
Exit code 1 when a program is FATAL (its last output is printed), or does not run in time.`,
  flags: {
    ...startingFlags,
    cascade: { kind: 'switch', help: 'also all that depends on it, whatever the manifest says' },
  },
  complete: 'programs',
  examples: [
    { text: 'one program; PID 1 and all others run on', line: 'podctl restart web/app/worker' },
    { text: 'a database and all that uses it', line: 'podctl restart web/app/db --cascade --wait=ready' },
    { text: 'a container, with a new PID 1', line: 'podctl restart web/app' },
  ],
  run: async ({ flags, args, io }) => {
    const goal = { verb: 'restart', until: flags.wait ?? 'running' } as const;
    return await runControl({
      request: { verb: 'restart', ...(flags.cascade ? { cascade: true } : {}) },
      words: { done: 'restarted', doing: 'restarting' },
      goal: flags['no-wait'] ? undefined : goal,
      timeoutMs: flags.timeout ?? defaultControlTimeoutMs,
      namespace: flags.namespace,
      targets: args,
      io,
    });
  },
});
