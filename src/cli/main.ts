/** podctl's entry: finds the command, parses its flags, runs it. It imports nothing that costs start-up time. */
import type { Command } from './command.ts';
import { commands, completeWord, findCommand } from './commands.ts';
import { endOnInterrupt } from './interrupts.ts';
import { type Io, processIo } from './io.ts';

/** Runs the command line and ends the process with its exit code. */
export async function main(words: readonly string[] = process.argv.slice(2)): Promise<void> {
  endOnInterrupt();
  process.exit(await runCli(words, processIo()));
}

/** The exit code: 0, 1 failed, 2 usage or bad manifest; `exec` has its own. Never throws. */
export async function runCli(words: readonly string[], io: Io): Promise<number> {
  let name: string | undefined;
  try {
    const line = splitLine(words);
    name = line.name;
    if (name === undefined || name === 'help') return await printHelp(name === 'help' ? line.words : [], io);
    if (name === completeWord) return await (await import('./complete.ts')).printCandidates(line.words, io);
    return await runCommand(await loadCommand(name), line.words, io);
  } catch (error) {
    const { reportError } = await import('./report-error.ts');
    return reportSafely(() => reportError(error, io, findCommand(name)?.name));
  }
}

// With standard error gone too there is nobody left to tell.
function reportSafely(report: () => number): number {
  try {
    return report();
  } catch {
    return 1;
  }
}

interface Line {
  readonly name: string | undefined;
  readonly words: readonly string[];
}

/** Flags may stand before the command, as in `podctl -n prod get pods`: they are moved behind it. */
function splitLine(words: readonly string[]): Line {
  const [first, second] = words;
  if (first === undefined || first === '-h' || first === '--help') return { name: undefined, words: [] };
  if (first === '--version') return { name: 'version', words: [] };
  if (!first.startsWith('-')) return { name: first, words: words.slice(1) };
  const taken = (first === '-n' || first === '--namespace') && second !== undefined ? 2 : 1;
  const { name, words: others } = words.length > taken ? splitLine(words.slice(taken)) : { name: '', words: [] };
  return { name, words: [...words.slice(0, taken), ...others] };
}

async function loadCommand(name: string): Promise<Command> {
  const entry = findCommand(name);
  if (entry !== undefined) return (await entry.load()).command;
  const [{ UsageError }, { formatDidYouMean }] = await Promise.all([
    import('./usage-error.ts'),
    import('./did-you-mean.ts'),
  ]);
  if (name === '') throw new UsageError('which command?');
  const names = commands.map((candidate) => candidate.name);
  throw new UsageError(`unknown command "${name}"${formatDidYouMean(name, names)}`);
}

async function runCommand(command: Command, words: readonly string[], io: Io): Promise<number> {
  const { parseFlags } = await import('./flags.ts');
  const { help, ...parsed } = parseFlags(words, command.flags);
  const wantsHelp = help || (command.subcommands !== undefined && words.length === 0);
  if (!wantsHelp) return await command.run({ ...parsed, io });
  const { formatHelp } = await import('./help.ts');
  io.out(formatHelp(command));
  return 0;
}

async function printHelp(words: readonly string[], io: Io): Promise<number> {
  const { formatHelp, formatOverview } = await import('./help.ts');
  const [name] = words.filter((word) => !word.startsWith('-'));
  io.out(name === undefined ? formatOverview() : formatHelp(await loadCommand(name)));
  return 0;
}
