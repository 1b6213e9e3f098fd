import { commonFlags, defineCommand } from '../command.ts';
import { targetsAbout } from '../control-flags.ts';
import { runControl } from '../run-control.ts';

export const command = defineCommand({
  usage: ['reload POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]'],
  about: `Have programs read their configuration again, as their manifest's reload says: by a signal, or by a command run in the container.
A program that says nothing of reload cannot do it. This does not wait for what the program makes of it.
${targetsAbout}`,
  flags: { namespace: commonFlags.namespace },
  complete: 'programs',
  examples: [{ text: 'after its configuration file was changed', line: 'podctl reload web/app/nginx' }],
  run: async ({ flags, args, io }) =>
    await runControl({
      request: { verb: 'reload' },
      words: { done: 'reloaded', doing: 'reloaded' },
      timeoutMs: 0,
      namespace: flags.namespace,
      targets: args,
      io,
    }),
});
