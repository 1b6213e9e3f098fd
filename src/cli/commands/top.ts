import { setTimeout as sleep } from 'node:timers/promises';
import { terminalFacts, whyNoUi } from '../../ui/can-show-ui.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { type Io, isUtf8 } from '../io.ts';
import { parseTarget } from '../program-target.ts';
import { namespaceOf } from '../scope.ts';
import { type TopLevel, type TopSort, topRows, topSorts } from '../top-rows.ts';
import { topLines } from '../top-table.ts';
import { UsageError } from '../usage-error.ts';
import type { RatedUsage } from '../usage-rates.ts';
import { openUsage, type UsageSource } from '../usage-source.ts';

const flagTable = {
  ...{ namespace: commonFlags.namespace, selector: commonFlags.selector },
  'all-namespaces': { kind: 'switch', short: 'A', help: 'of all namespaces' },
  watch: { kind: 'switch', short: 'w', help: 'again and again until q or Ctrl-C; on a terminal in place' },
  interval: { kind: 'duration', help: 'with -w: how often (default 2s)' },
  sort: { kind: 'text', value: 'BY', choices: topSorts, help: 'largest first, on each level (default "name")' },
  pods: { kind: 'switch', help: 'a list of pods' },
  containers: { kind: 'switch', help: 'a list of containers' },
  programs: { kind: 'switch', help: 'a list of programs' },
  output: {
    kind: 'text',
    short: 'o',
    value: 'FORMAT',
    choices: ['json'],
    help: 'all counters and rates; with -w a line each',
  },
  'no-headers': { kind: 'switch', help: 'the table without its first line' },
} as const;

type Flags = FlagValues<typeof flagTable>;

/** Between the first two looks: shorter ones give rates of noise. */
const firstMs = 1000;
const defaultIntervalMs = 2000;
const shortestIntervalMs = 100;

export const command = defineCommand({
  usage: ['top [POD[/CONTAINER[/PROGRAM[:INSTANCE]]]…] [flags]'],
  about: `Print what pods, containers and programs use now: two looks at the kernel's counters, a second apart.
CPU is in percent of one CPU, THROTTLED the share of periods in which the CPU limit held it back, MEMORY the working set (without page
cache that can be dropped at once), CACHE the page cache. PSI: percent of the last 10 s in which some process waited for CPU, memory and io.
OOM: processes that the OOM killer took. "-": this kernel does not count it (cgroup v1 has no PSI, and io only where io is limited).`,
  flags: flagTable,
  complete: 'programs',
  examples: [
    { text: 'everything in namespace default', line: 'podctl top' },
    { text: 'as it changes, the busiest first', line: 'podctl top -w --sort cpu' },
    { text: 'containers of one pod, as data', line: 'podctl top web --containers -o json' },
    { text: 'a line of JSON every 10 s', line: 'podctl top -A -w --interval 10s -o json >> usage.jsonl' },
  ],
  run: async ({ flags, args, io }) => {
    const { words, kind } = withoutKindWord(args);
    const level = levelOf(flags, kind);
    const targets = words.map(parseTarget);
    const namespace = namespaceOf(flags);
    if (targets.length > 0 && flags.selector !== undefined)
      throw new UsageError('names and a selector cannot be given together');
    if (targets.length > 0 && namespace === undefined)
      throw new UsageError('a pod cannot be named across all namespaces');
    const intervalMs = flags.interval ?? defaultIntervalMs;
    if (intervalMs < shortestIntervalMs) throw new UsageError('--interval must be at least 100ms');
    const source = await openUsage(connectPodd(io.env), { namespace, labelSelector: flags.selector, targets });
    const printing = { flags, io, level, intervalMs };
    if (!flags.watch) return await printOnce(source, printing);
    const isInPlace = flags.output === undefined && whyNoUi(terminalFacts(io.env)) === undefined;
    return isInPlace ? await watchInPlace(source, printing) : await append(source, printing);
  },
});

interface Printing {
  readonly flags: Flags;
  readonly io: Io;
  readonly level: TopLevel;
  readonly intervalMs: number;
}

/** kubectl's `top pod [NAME…]`: a list of pods. */
function withoutKindWord(args: readonly string[]): { readonly words: readonly string[]; readonly kind?: 'pods' } {
  const [first = '', ...rest] = args;
  return /^(pods?|po)$/.test(first) ? { words: rest, kind: 'pods' } : { words: args };
}

function levelOf(flags: Flags, kind: 'pods' | undefined): TopLevel {
  const given = (['pods', 'containers', 'programs'] as const).filter((level) => flags[level]);
  if (given.length > 1) throw new UsageError(`--${given.join(' and --')} cannot be given together`);
  return given[0] ?? kind ?? 'tree';
}

async function printOnce(source: UsageSource, printing: Printing): Promise<number> {
  const { flags, io } = printing;
  await sleep(firstMs);
  const rated = await source.next();
  if (flags.output === 'json') io.out(`${JSON.stringify(rated, undefined, 4)}\n`);
  else if (rated.items.length > 0) io.out(formatTable(rated, printing));
  else io.err(`No resources found${flags['all-namespaces'] ? '' : ` in ${flags.namespace ?? 'default'} namespace.`}\n`);
  return 0;
}

/** Ends with Ctrl-C, or when the reader goes away. */
async function append(source: UsageSource, printing: Printing): Promise<never> {
  const { flags, io, intervalMs } = printing;
  await sleep(Math.min(firstMs, intervalMs));
  for (let isFirst = true; ; isFirst = false) {
    const rated = await source.next();
    if (flags.output === 'json') io.out(`${JSON.stringify(rated)}\n`);
    else io.out(`${isFirst ? '' : '\n'}${formatTable(rated, printing)}`);
    await sleep(intervalMs);
  }
}

async function watchInPlace(source: UsageSource, printing: Printing): Promise<number> {
  const { flags, io, level, intervalMs } = printing;
  const { openTopScreen } = await import('../top-screen.ts');
  const screen = openTopScreen(io.out, { utf8: isUtf8(io.env) });
  const ended = screen.ended.then((code) => ({ code }));
  try {
    screen.show(() => ['podctl top: a moment, rates need two looks …']);
    for (let pauseMs = Math.min(firstMs, intervalMs); ; pauseMs = intervalMs) {
      const end = await Promise.race([ended, sleep(pauseMs)]);
      if (end !== undefined) return end.code;
      const rated = await source.next();
      const sort = (): TopSort => screen.sort() ?? flags.sort ?? 'name';
      screen.show((width) =>
        topLines(topRows(rated, level, sort()), { ...lookOf(rated, printing), headers: true, width }),
      );
    }
  } finally {
    screen.close();
  }
}

function formatTable(rated: RatedUsage, printing: Printing): string {
  const { flags, level } = printing;
  const lines = topLines(topRows(rated, level, flags.sort ?? 'name'), lookOf(rated, printing));
  return lines.map((line) => `${line}\n`).join('');
}

function lookOf({ cpus, memoryBytes }: RatedUsage, { flags, io }: Printing) {
  return {
    width: io.columns,
    utf8: isUtf8(io.env),
    colour: io.colour,
    showNamespace: flags['all-namespaces'] === true,
    headers: flags['no-headers'] !== true,
    machine: { cpus, memoryBytes },
  };
}
