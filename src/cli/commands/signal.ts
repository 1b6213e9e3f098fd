import { closestWord } from '../../util/closest-word.ts';
import { parseSignal, signalName, signalNames } from '../../util/signal-name.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { targetsAbout } from '../control-flags.ts';
import { runControl } from '../run-control.ts';
import { UsageError } from '../usage-error.ts';

export const command = defineCommand({
  usage: ['signal SIGNAL POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]', 'signal -s SIGNAL POD…', 'signal --list'],
  about: `Send a signal to the main process of programs; of a container or pod, to those of all its programs.
What a program does on it, and whether it is restarted when it ends, is as if anybody had sent it.
${targetsAbout}

A signal is a name, with or without SIG, or a number, signal(7):
${signalTable()}
  RTMIN+N 34+N   RTMAX-N 64-N`,
  flags: {
    namespace: commonFlags.namespace,
    signal: { kind: 'text', short: 's', value: 'SIGNAL', help: 'the signal, when it does not stand in front' },
    list: { kind: 'switch', short: 'L', help: 'print the names and numbers of all signals' },
  },
  complete: 'programs',
  completeFirst: signalNames,
  examples: [
    { text: 'rotate its logs', line: 'podctl signal USR1 web/app/nginx' },
    { text: 'try how it is restarted', line: 'podctl signal KILL web/app/worker:1' },
  ],
  run: async ({ flags, args, io }) => {
    if (flags.list) {
      io.out(`${signalTable()}\n`);
      return 0;
    }
    const [word, targets] = flags.signal === undefined ? [args[0], args.slice(1)] : [flags.signal, args];
    const signal = signalOf(word);
    const how = `signalled (${signalName(signal)})`;
    return await runControl({
      request: { verb: 'signal', signal },
      words: { done: how, doing: how },
      timeoutMs: 0,
      namespace: flags.namespace,
      targets,
      io,
    });
  },
});

function signalOf(word: string | undefined): number {
  const hint = 'podctl signal SIGNAL POD[/CONTAINER[/PROGRAM]]; podctl signal --list';
  if (word === undefined) throw new UsageError('which signal?', hint);
  const signal = parseSignal(word);
  if (signal !== undefined) return signal;
  const guess = closestWord(word.replace(/^SIG/i, ''), signalNames);
  const guessed = guess === undefined ? '' : ` (did you mean ${guess}?)`;
  throw new UsageError(`"${word}" is no signal${guessed}`, hint);
}

/** Five columns of `NAME NUMBER`, as `kill -L` prints them. */
function signalTable(): string {
  const cells = signalNames.map((name) => `${name.padEnd(7)}${String(parseSignal(name)).padStart(3)}`);
  const rows = Array.from({ length: Math.ceil(cells.length / 5) }, (_, row) => cells.slice(row * 5, row * 5 + 5));
  return rows.map((row) => `  ${row.join('   ')}`).join('\n');
}
