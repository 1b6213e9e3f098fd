import { once } from 'node:events';
import type { PodObject } from '../../protocol/api.ts';
import { createLineSplitter } from '../../protocol/json-lines.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { defaultContainer } from '../default-container.ts';
import type { Io } from '../io.ts';
import { podPath } from '../pod-paths.ts';
import { specContainers } from '../pod-row.ts';
import { reportError } from '../report-error.ts';
import { parsePodName } from '../resource-args.ts';
import { checkNamespace, rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...{ namespace: commonFlags.namespace, container: commonFlags.container },
  follow: { kind: 'switch', short: 'f', help: 'go on with what is written until Ctrl-C or the end of the container' },
  previous: { kind: 'switch', short: 'p', help: 'of the run before the last restart' },
  tail: { kind: 'number', help: 'only the last N lines (default -1: all)' },
  since: { kind: 'duration', help: 'only what is newer than this, as 10s or 5m' },
  'since-time': { kind: 'text', value: 'TIME', help: 'only what is newer than this RFC 3339 time' },
  timestamps: { kind: 'switch', help: 'each line behind its time' },
  'all-containers': { kind: 'switch', help: 'of every container of the pod' },
  prefix: { kind: 'switch', help: 'each line behind [pod/NAME/CONTAINER]' },
} as const;

type Flags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  usage: ['logs POD [CONTAINER] [flags]'],
  about: "Print what a container's programs wrote to their standard output and standard error.",
  flags: flagTable,
  complete: 'pods',
  examples: [
    { text: 'the last lines, and what follows', line: 'podctl logs web -c server --tail 20 -f' },
    { text: 'why did it crash?', line: 'podctl logs web -c server --previous' },
    { text: 'everything of the last five minutes', line: 'podctl logs web --all-containers --prefix --since 5m' },
  ],
  run: async ({ flags, args, io }) => {
    const [podWord, containerWord, ...more] = args;
    if (podWord === undefined) throw new UsageError('of which pod?', 'podctl logs POD [-c CONTAINER]');
    rejectArgs(more);
    const pod = parsePodName(podWord);
    const namespace = checkNamespace(flags.namespace);
    checkFlags(flags, containerWord);
    const client = connectPodd(io.env);
    const containers = await chooseContainers(client, {
      namespace,
      pod,
      flags,
      container: flags.container ?? containerWord,
      io,
    });
    const sources = containers.map((container) => ({ container, path: logPath(namespace, pod, container, flags) }));
    return await printSources(client, sources, { pod, flags, io });
  },
});

function checkFlags(flags: Flags, containerWord: string | undefined): void {
  const named = flags.container ?? containerWord;
  if (flags.container !== undefined && containerWord !== undefined)
    throw new UsageError('the container is given twice');
  if (flags['all-containers'] && named !== undefined)
    throw new UsageError('--all-containers and a container cannot be given together');
  if (flags.since !== undefined && flags['since-time'] !== undefined)
    throw new UsageError('--since and --since-time cannot be given together');
  if (flags.since !== undefined && flags.since <= 0) throw new UsageError('--since must be longer than nothing');
  if (flags.tail !== undefined && flags.tail < -1) throw new UsageError('--tail is -1 (all) or a number of lines');
}

interface Choice {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  readonly flags: Flags;
  readonly io: Io;
}

async function chooseContainers(
  client: Client,
  { namespace, pod, container, flags, io }: Choice,
): Promise<readonly string[]> {
  if (container !== undefined) return [container];
  const object = await client.json<PodObject>('GET', podPath(namespace, pod));
  if (flags['all-containers']) return specContainers(object).map(({ name }) => String(name));
  return [defaultContainer(object, io)];
}

function logPath(namespace: string, pod: string, container: string, flags: Flags): string {
  return podPath(namespace, pod, 'log', {
    container,
    follow: flags.follow,
    previous: flags.previous,
    timestamps: flags.timestamps,
    tailLines: flags.tail === -1 ? undefined : flags.tail,
    sinceSeconds: flags.since === undefined ? undefined : Math.ceil(flags.since / 1000),
    sinceTime: flags['since-time'],
  });
}

interface Source {
  readonly container: string;
  readonly path: string;
}

interface Printing {
  readonly pod: string;
  readonly flags: Flags;
  readonly io: Io;
}

/** One after the other, or all at once when following; a container that cannot be read does not keep the others back. */
async function printSources(client: Client, sources: readonly Source[], printing: Printing): Promise<number> {
  const print = async ({ container, path }: Source): Promise<number> => {
    try {
      const prefix = printing.flags.prefix ? `[pod/${printing.pod}/${container}] ` : '';
      await printStream(client, path, prefix, sources.length > 1);
      return 0;
    } catch (error) {
      if (sources.length === 1) throw error;
      return reportError(error, printing.io);
    }
  };
  if (printing.flags.follow) return Math.max(...(await Promise.all(sources.map(print))));
  let code = 0;
  for (const source of sources) code = Math.max(code, await print(source));
  return code;
}

async function printStream(client: Client, path: string, prefix: string, isShared: boolean): Promise<void> {
  const response = await client.stream(path);
  exitWhenReaderLeaves();
  // Whole lines only where containers share the output or get a prefix; else bytes as they come, torn or not.
  const write = prefix === '' && !isShared ? writeOut : lineWriter(prefix);
  for await (const chunk of response) await write(chunk as Buffer);
}

async function writeOut(chunk: Buffer | string): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
}

function lineWriter(prefix: string): (chunk: Buffer) => Promise<void> {
  let text = '';
  const push = createLineSplitter((line) => {
    text += `${prefix}${line}\n`;
  });
  return async (chunk) => {
    text = '';
    push(chunk);
    if (text !== '') await writeOut(text);
  };
}

function exitWhenReaderLeaves(): void {
  // 128+SIGPIPE: what any filter's exit looks like to a shell when `head` has had enough.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => process.exit(141));
}
