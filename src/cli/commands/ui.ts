import { instancePaths } from '../../model/instance-paths.ts';
import { terminalFacts, whyNoUi } from '../../ui/can-show-ui.ts';
import { createClient } from '../client.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { parsePodName } from '../resource-args.ts';
import { checkNamespace } from '../scope.ts';

export const command = defineCommand({
  usage: ['ui [POD…] [flags]'],
  about: `Show pods, containers and programs in a view that stays up to date, with CPU, memory and the log of the selected one.
Keys restart, stop, start and reload what is selected, open a shell in it, describe it and say why it is as it is; ? lists them all.
Without -n and without names, pods of all namespaces are shown. Quitting stops nothing.
Without a terminal on both sides, or with TERM=dumb, it prints podctl ps once.`,
  flags: {
    namespace: {
      ...commonFlags.namespace,
      help: 'only pods of this namespace; with names: theirs (default "default")',
    },
  },
  complete: 'pods',
  examples: [
    { text: 'all of this machine', line: 'podctl ui' },
    { text: 'two pods', line: 'podctl ui web db' },
  ],
  run: async ({ flags, args, io }) => {
    const pods = args.map(parsePodName);
    const isNamed = pods.length > 0 || flags.namespace !== undefined;
    const namespace = isNamed ? checkNamespace(flags.namespace) : undefined;
    const why = whyNoUi(terminalFacts(io.env));
    if (why === undefined) {
      const client = connectPodd(io.env);
      const reader = createClient(instancePaths(io.env).socket);
      // Where podd cannot be started, that is said before the screen is taken.
      const [{ runUi }] = await Promise.all([import('../../ui/run-ui.ts'), client.json('GET', '/version')]);
      const only = pods.length === 0 ? {} : { pods: pods.map((pod) => `${namespace}/${pod}`) };
      return await runUi({ client, reader, io, namespace, ...only });
    }
    io.err(`podctl ui: ${why}; this is podctl ps\n`);
    const ps = (await import('./ps.ts')).command;
    return await ps.run({
      flags: namespace === undefined ? { 'all-namespaces': true } : { namespace },
      args: pods,
      io,
    });
  },
});
