import type { PodObject } from '../../protocol/objects.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { containerOf, findLogTarget, type LogTarget } from '../log-target.ts';
import { pickPod } from '../pick-pod.ts';
import { podPath } from '../pod-paths.ts';
import { everyContainer } from '../pod-row.ts';
import { printLog } from '../print-logs.ts';
import { reportError } from '../report-error.ts';
import { checkNamespace, rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const formatFlag = { kind: 'text', value: 'FORMAT', choices: ['text', 'json'] } as const;

const flagTable = {
  ...{ namespace: commonFlags.namespace, container: commonFlags.container },
  follow: { kind: 'switch', short: 'f', help: 'go on with what is written until Ctrl-C or the end of the container' },
  previous: { kind: 'switch', short: 'p', help: 'of the run before the last restart' },
  tail: { kind: 'number', help: 'only the last N lines (default -1: all)' },
  since: { kind: 'duration', help: 'only what is newer than this, as 10s or 5m' },
  'since-time': { kind: 'text', value: 'TIME', help: 'only what is newer than this RFC 3339 time' },
  timestamps: { kind: 'switch', help: 'each line behind its time' },
  'all-containers': { kind: 'switch', help: 'of every container of the pod' },
  prefix: {
    kind: 'text',
    value: 'WHEN',
    choices: ['auto', 'always', 'never', 'true', 'false'],
    bare: 'always',
    help: 'the program before each line: auto (where there are several), never, always (with [pod/NAME/CONTAINER], as --prefix alone)',
  },
  format: { ...formatFlag, help: 'text, or json: one object a line (default: what the manifest says of each program)' },
  output: { ...formatFlag, short: 'o', help: 'the same as --format' },
} as const;

type Flags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  usage: ['logs POD[/CONTAINER[/PROGRAM[:INSTANCE]]] [flags]', 'logs POD CONTAINER [flags]', 'logs KIND/NAME [flags]'],
  about: `Print what a container's programs wrote to their standard output and standard error.
Several programs are printed as one log, in the order of their times.`,
  flags: flagTable,
  complete: 'programs',
  examples: [
    { text: 'the last lines, and what follows', line: 'podctl logs web -c server --tail 20 -f' },
    { text: 'one program of several', line: 'podctl logs shop/app/worker:1' },
    { text: 'why did it crash?', line: 'podctl logs web -c server --previous' },
    { text: 'everything of the last five minutes', line: 'podctl logs web --all-containers --prefix --since 5m' },
    { text: 'of a pod of a Deployment', line: 'podctl logs deployment/web' },
    { text: 'for a machine', line: 'podctl logs shop -o json' },
  ],
  run: async ({ flags, args, io }) => {
    const [word, containerWord, ...more] = args;
    if (word === undefined) throw new UsageError('of which pod?', 'podctl logs POD[/CONTAINER[/PROGRAM]]');
    rejectArgs(more);
    const namespace = checkNamespace(flags.namespace);
    checkFlags(flags, containerWord);
    const client = connectPodd(io.env);
    const podWord = await pickPod(client, namespace, word, io);
    const target = await findLogTarget(client, namespace, podWord, flags.container ?? containerWord);
    if (flags['all-containers'] && target.container !== undefined) {
      throw new UsageError('--all-containers and a container cannot be given together');
    }
    const containers = await chooseContainers(client, namespace, target, flags, io);
    return await printContainers(client, containers, { namespace, target, flags, io });
  },
});

function checkFlags(flags: Flags, containerWord: string | undefined): void {
  if (flags.container !== undefined && containerWord !== undefined)
    throw new UsageError('the container is given twice');
  if (flags.since !== undefined && flags['since-time'] !== undefined)
    throw new UsageError('--since and --since-time cannot be given together');
  if (flags.since !== undefined && flags.since <= 0) throw new UsageError('--since must be longer than nothing');
  if (flags.tail !== undefined && flags.tail < -1) throw new UsageError('--tail is -1 (all) or a number of lines');
  if (flags.format !== undefined && flags.output !== undefined && flags.format !== flags.output)
    throw new UsageError('--format and --output say different things');
}

async function chooseContainers(
  client: Client,
  namespace: string,
  target: LogTarget,
  flags: Flags,
  io: Io,
): Promise<readonly string[]> {
  if (flags['all-containers'] !== true) return [await containerOf(client, namespace, target, io)];
  const pod = await client.json<PodObject>('GET', podPath(namespace, target.pod));
  return everyContainer(pod).map(({ name }) => String(name));
}

interface Printing {
  readonly namespace: string;
  readonly target: LogTarget;
  readonly flags: Flags;
  readonly io: Io;
}

/** One after the other, or all at once when following; a container that cannot be read does not keep the others back. */
async function printContainers(client: Client, containers: readonly string[], printing: Printing): Promise<number> {
  const { flags, io } = printing;
  const print = async (container: string): Promise<number> => {
    try {
      const isShared = containers.length > 1;
      await printLog(client, logPath(container, printing), { prefix: prefixOf(container, printing), isShared });
      return 0;
    } catch (error) {
      if (containers.length === 1) throw error;
      return reportError(error, io);
    }
  };
  if (flags.follow) return Math.max(...(await Promise.all(containers.map(print))));
  let code = 0;
  for (const container of containers) code = Math.max(code, await print(container));
  return code;
}

function logPath(container: string, { namespace, target, flags, io }: Printing): string {
  return podPath(namespace, target.pod, 'log', {
    container,
    program: target.program,
    follow: flags.follow,
    previous: flags.previous,
    timestamps: flags.timestamps,
    tailLines: flags.tail === -1 ? undefined : flags.tail,
    sinceSeconds: flags.since === undefined ? undefined : Math.ceil(flags.since / 1000),
    sinceTime: flags['since-time'],
    prefix: prefixWhen(flags),
    format: flags.format ?? flags.output,
    colour: io.colour,
  });
}

/** kubectl's --prefix is a switch. */
function prefixWhen({ prefix }: Flags): 'auto' | 'always' | 'never' | undefined {
  if (prefix === 'true') return 'always';
  return prefix === 'false' ? 'never' : prefix;
}

function prefixOf(container: string, { target, flags }: Printing): string {
  const isText = (flags.format ?? flags.output) !== 'json';
  return isText && prefixWhen(flags) === 'always' ? `[pod/${target.pod}/${container}] ` : '';
}
