/** Standalone podinit's entry (bundled into dist/standalone/podinit.cjs). What a file or `ctl` needs is another bundle. */
import { constants } from 'node:os';
import { becomeSubreaper, currentPid, exitNow, ignoreSignal, setThreadName } from '../linux/process.ts';
import { blockSignals } from '../linux/signals.ts';
import { type Invocation, parseArguments } from './arguments.ts';
import { helpText } from './help.ts';
import { runCommand } from './run-command.ts';

const { SIGUSR1, SIGPIPE, SIGXFSZ } = constants.signals;

// before anything else: Node would open its debugger's port
ignoreSignal(SIGUSR1);

async function main(): Promise<void> {
  const parsed = parseArguments(process.argv.slice(2));
  if (!parsed.ok) {
    process.stderr.write(`podinit: ${parsed.error}\npodinit: see podinit --help\n`);
    return exitNow(2);
  }
  restoreNodeOptions();
  await perform(parsed.value);
}

async function perform(invocation: Invocation): Promise<void> {
  switch (invocation.kind) {
    case 'help':
      process.stdout.write(helpText);
      return;
    case 'version':
      process.stdout.write(`podinit ${(await import('../cli/podctl-version.ts')).podctlVersion()}\n`);
      return;
    case 'validate':
      process.exitCode = (await import('./with-file.ts')).validate(invocation.file);
      return;
    case 'ctl':
      process.exitCode = await (await import('./with-file.ts')).ctl(invocation.options);
      return;
    case 'run':
      return run(invocation.options);
  }
}

async function run(options: Extract<Invocation, { kind: 'run' }>['options']): Promise<void> {
  setThreadName('podinit');
  if (currentPid() !== 1) becomeSubreaper();
  // Those that podinit's own writes raise are for its main thread; those that others send go to another thread of Node.
  blockSignals([SIGPIPE, SIGXFSZ]);
  const say = (message: string): void => {
    if (options.isVerbose) process.stderr.write(`podinit: ${message}\n`);
  };
  if (options.file === undefined) {
    const { command = [], graceMs, toGroup } = options;
    return runCommand({ command, toGroup, say, ...(graceMs === undefined ? {} : { graceMs }) });
  }
  const { supervise } = await import('./with-file.ts');
  supervise({ ...options, file: options.file, say });
}

/** The launcher (native/podinit.c) put it aside, so that it does not change podinit itself. */
function restoreNodeOptions(): void {
  const { PODINIT_NODE_OPTIONS } = process.env;
  if (PODINIT_NODE_OPTIONS === undefined) return;
  process.env.NODE_OPTIONS = PODINIT_NODE_OPTIONS;
  delete process.env.PODINIT_NODE_OPTIONS;
}

main().catch((error: unknown) => {
  process.stderr.write(`podinit: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  exitNow(1);
});
