import { runAttach } from '../attach-session.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { parseDetachKeys } from '../detach-keys.ts';
import { containerOf, findLogTarget } from '../log-target.ts';
import { checkNamespace, rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...{ namespace: commonFlags.namespace, container: commonFlags.container },
  stdin: { kind: 'switch', short: 'i', help: 'pass standard input on; the program needs stdin: true or tty: true' },
  'no-stdin': { kind: 'switch', help: 'only output, whatever -i says' },
  'close-stdin': { kind: 'switch', help: "close the program's standard input when this one ends" },
  'detach-keys': { kind: 'text', value: 'KEYS', help: 'leave a terminal by these keys (default ctrl-p,ctrl-q)' },
} as const;

const defaultKeys = 'ctrl-p,ctrl-q';

export const command = defineCommand({
  usage: ['attach POD[/CONTAINER[/PROGRAM]] [-i] [flags]'],
  about: `Show what a running program prints from now on, and type into it with -i.
The program goes on when you leave: with Ctrl-C, or from its terminal with ctrl-p ctrl-q. Restarts of it are told of and survived.
Exit code: 0 when you left, else the program's own when it is gone for good.`,
  flags: flagTable,
  complete: 'programs',
  examples: [
    { text: 'watch one of several programs', line: 'podctl attach shop/app/web' },
    { text: 'type into a program that has a terminal', line: 'podctl attach -i shop/app/console' },
    { text: 'one line of input', line: 'echo status | podctl attach -i shop/app/repl' },
  ],
  run: async ({ flags, args, io }) => {
    const [word, ...more] = args;
    if (word === undefined) throw new UsageError('to which program?', 'podctl attach POD[/CONTAINER[/PROGRAM]]');
    rejectArgs(more);
    const namespace = checkNamespace(flags.namespace);
    const detachWords = flags['detach-keys'] ?? defaultKeys;
    const detachKeys = parseDetachKeys(detachWords);
    if (detachKeys === undefined) {
      throw new UsageError(`--detach-keys "${detachWords}": write keys as ctrl-p,ctrl-q or x,y`);
    }
    const client = connectPodd(io.env);
    const target = await findLogTarget(client, namespace, word, flags.container);
    const container = await containerOf(client, namespace, target, io);
    const stdin = flags.stdin === true && flags['no-stdin'] !== true;
    const closesStdin = flags['close-stdin'] === true;
    const { pod, program } = target;
    const request = { namespace, pod, container, program, stdin, closesStdin, detachKeys, detachWords };
    return await runAttach(client, { ...request, io, streams: process });
  },
});
