import type { PodObject } from '../../protocol/objects.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { defaultContainer } from '../default-container.ts';
import { runExec } from '../exec-session.ts';
import type { Io } from '../io.ts';
import { pickPod } from '../pick-pod.ts';
import { podPath } from '../pod-paths.ts';
import { reportError } from '../report-error.ts';
import { parsePodName } from '../resource-args.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...{ namespace: commonFlags.namespace, container: commonFlags.container },
  stdin: { kind: 'switch', short: 'i', help: 'pass standard input on' },
  tty: { kind: 'switch', short: 't', help: 'give the command a terminal' },
  env: { kind: 'list', short: 'e', value: 'KEY=VALUE', help: "add to the command's environment" },
  workdir: { kind: 'text', short: 'w', value: 'DIR', help: 'directory to run in (default: that of the container)' },
} as const;

/** podctl or podd failed before the command ran, as docker exec and podman exec have it. */
const failedCode = 125;

export const command = defineCommand({
  usage: ['exec [-i] [-t] POD|KIND/NAME [-c CONTAINER] -- COMMAND [ARG…]'],
  about: `Run a command in a running container, in all its namespaces and its cgroup.
Exit code: the command's own (128+n when signal n killed it), 127 not found, 126 not executable, 125 podctl could not run it.`,
  flags: flagTable,
  complete: 'pods',
  examples: [
    { text: 'one command', line: 'podctl exec web -c server -- ps ax' },
    { text: 'a shell', line: 'podctl exec -it web -- sh' },
    { text: 'in a pod of a Deployment', line: 'podctl exec deployment/web -- ps ax' },
    { text: 'a file into the container', line: "podctl exec -i web -- sh -c 'cat > /tmp/data' < data" },
  ],
  run: async ({ flags, args, rest, io }) => {
    const { word, argv } = splitWords(args, rest);
    for (const entry of flags.env ?? [])
      if (!/^[^=]+=/.test(entry)) throw new UsageError(`"${entry}" is not KEY=VALUE`);
    try {
      return await execIn(connectPodd(io.env), word, argv, flags, io);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      reportError(error, io);
      return failedCode;
    }
  },
});

function splitWords(
  args: readonly string[],
  rest: readonly string[] | undefined,
): { word: string; argv: readonly string[] } {
  const [podWord, ...extra] = args;
  const form = 'podctl exec POD [-c CONTAINER] -- COMMAND [ARG…]';
  if (podWord === undefined) throw new UsageError('in which pod?', form);
  if (extra.length > 0) throw new UsageError(`unexpected argument "${extra[0]}": the command goes behind --`, form);
  if (rest === undefined || rest.length === 0) throw new UsageError('which command?', form);
  return { word: podWord, argv: rest };
}

async function execIn(
  client: Client,
  word: string,
  argv: readonly string[],
  flags: FlagValues<typeof flagTable>,
  io: Io,
): Promise<number> {
  const namespace = checkNamespace(flags.namespace);
  const pod = parsePodName(await pickPod(client, namespace, word, io));
  const container =
    flags.container ?? defaultContainer(await client.json<PodObject>('GET', podPath(namespace, pod)), io);
  const wantsTty = flags.tty === true;
  const canHaveTty = wantsTty && (flags.stdin !== true || process.stdin.isTTY === true);
  if (wantsTty && !canHaveTty) io.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  return await runExec(client, podPath(namespace, pod, 'exec', { container }), {
    argv,
    stdin: flags.stdin === true,
    tty: canHaveTty,
    env: flags.env ?? [],
    workingDir: flags.workdir,
    io,
    streams: process,
  });
}
