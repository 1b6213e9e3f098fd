import type { ProgramGroup } from '../../protocol/api.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { followChanges } from '../follow-changes.ts';
import { type Io, isUtf8 } from '../io.ts';
import { formatYaml, parseOutputFormat } from '../output-format.ts';
import {
  formatTarget,
  isPlainGroup,
  parseTarget,
  resolveTarget,
  selectGroups,
  type WrittenTarget,
} from '../program-target.ts';
import { psRows } from '../ps-rows.ts';
import { formatPs } from '../ps-table.ts';
import { readGroups, readPodPrograms } from '../read-programs.ts';
import { namespaceOf } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...{ namespace: commonFlags.namespace, selector: commonFlags.selector },
  'all-namespaces': { kind: 'switch', short: 'A', help: 'of all namespaces' },
  output: {
    kind: 'text',
    short: 'o',
    value: 'FORMAT',
    choices: ['wide', 'json', 'yaml', 'name'],
    help: 'more columns, or all that podd knows',
  },
  watch: {
    kind: 'switch',
    short: 'w',
    help: 'draw it again when something changes, and the figures every 2 s, until Ctrl-C',
  },
  'no-headers': { kind: 'switch', help: 'the table without its first line' },
} as const;

type Flags = FlagValues<typeof flagTable>;

/** How often CPU and memory are read again while watching: nothing tells of those. */
const figuresEveryMs = 2000;

export const command = defineCommand({
  usage: ['ps [POD[/CONTAINER[/PROGRAM[:INSTANCE]]]…] [flags]'],
  about: `Print pods, their containers and the programs in these, as a tree.
STATE is supervisord's word, and WAITING (for a dependency or a schedule). PID is the one on the host. CPU is counted as ps(1) does: CPU time of the
program and all that descends from it over the time since its newest start, in percent of one CPU. MEMORY is what the kernel charges to
them, page cache included. A container with a plain command is one row. POD/PROGRAM will do where the pod has one container.`,
  flags: flagTable,
  complete: 'programs',
  examples: [
    { text: 'everything in namespace default', line: 'podctl ps' },
    { text: 'one pod, as it changes', line: 'podctl ps web -w' },
    { text: 'all instances of one program', line: 'podctl ps web/app/worker' },
    { text: 'names, for other verbs', line: 'podctl ps web -o name | xargs podctl restart' },
  ],
  run: async ({ flags, args, io }) => {
    const targets = args.map(parseTarget);
    const namespace = namespaceOf(flags);
    if (targets.length > 0 && flags.selector !== undefined)
      throw new UsageError('names and a selector cannot be given together');
    if (targets.length > 0 && namespace === undefined)
      throw new UsageError('a pod cannot be named across all namespaces');
    const client = connectPodd(io.env);
    const read = (): Promise<readonly ProgramGroup[]> => readSelected(client, namespace, targets, flags.selector);
    if (flags.watch) return await watch(client, namespace, read, { flags, io });
    return await print(await read(), { flags, io });
  },
});

interface Printing {
  readonly flags: Flags;
  readonly io: Io;
}

async function readSelected(
  client: Client,
  namespace: string | undefined,
  targets: readonly WrittenTarget[],
  labelSelector: string | undefined,
): Promise<readonly ProgramGroup[]> {
  if (namespace === undefined || targets.length === 0) return await readGroups(client, { namespace, labelSelector });
  const found = await Promise.all(
    targets.map(async (target) => {
      if (target.parts.length === 0) return await readGroups(client, { namespace, pod: target.pod });
      const programs = await readPodPrograms(client, namespace, target.pod);
      return selectGroups(resolveTarget(target, programs), programs.groups);
    }),
  );
  return found.flat();
}

async function print(groups: readonly ProgramGroup[], { flags, io }: Printing): Promise<number> {
  const { kind } = parseOutputFormat(flags.output);
  if (kind === 'json') io.out(`${JSON.stringify({ items: groups }, undefined, 4)}\n`);
  else if (kind === 'yaml') io.out(await formatYaml({ items: groups }));
  else if (kind === 'name')
    io.out(
      namesOf(groups)
        .map((name) => `${name}\n`)
        .join(''),
    );
  else if (groups.length > 0) io.out(formatTable(groups, { flags, io }));
  else io.err(`No resources found${flags['all-namespaces'] ? '' : ` in ${flags.namespace ?? 'default'} namespace.`}\n`);
  return 0;
}

function namesOf(groups: readonly ProgramGroup[]): readonly string[] {
  return groups.flatMap((group) => {
    const { pod, container, programs } = group;
    if (isPlainGroup(group)) return [formatTarget({ pod, container })];
    return programs.map(({ label }) => `${formatTarget({ pod, container })}/${label}`);
  });
}

function formatTable(groups: readonly ProgramGroup[], { flags, io }: Printing): string {
  return formatPs(psRows(groups, io.now()), {
    width: io.columns,
    branches: io.columns !== undefined && isUtf8(io.env),
    colour: io.colour,
    wide: flags.output === 'wide',
    showNamespace: flags['all-namespaces'] === true,
    headers: flags['no-headers'] !== true,
  });
}

/** On a terminal the screen is drawn anew; elsewhere the table is printed again after each change, without fresh figures in between. */
async function watch(
  client: Client,
  namespace: string | undefined,
  read: () => Promise<readonly ProgramGroup[]>,
  printing: Printing,
): Promise<number> {
  const { io } = printing;
  const isTerminal = io.columns !== undefined;
  const everyMs = isTerminal ? figuresEveryMs : undefined;
  let isFirst = true;
  for await (const _change of followChanges(client, { namespace, everyMs })) {
    const groups = await read();
    if (isTerminal) io.out('\u001b[H\u001b[2J');
    else if (!isFirst) io.out('\n');
    isFirst = false;
    await print(groups, printing);
  }
  return 0;
}
