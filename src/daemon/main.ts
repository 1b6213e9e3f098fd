/** podd, in the foreground: what bin/podd runs. Logs one line per thing on standard error. */
import { instancePaths } from '../model/instance-paths.ts';
import { formatError, hintOf } from '../util/pod-error.ts';
import { poddVersion } from './podd-version.ts';
import { type Podd, startPodd } from './start-podd.ts';

const usage = `Usage: podd [--help | --version]

Runs the pods of one podctl instance, in the foreground, as root. podctl starts it by itself when it is needed.
Containers live on when podd ends; the next podd adopts them.

Environment:
  PODCTL_ROOT  state directory, default /var/lib/podctl
  PODCTL_RUN   directory of sockets and running containers, default /run/podctl
  PODCTL_POD_CIDR      addresses of pods: an IPv4 range and, after a comma, an IPv6 one; default: a part of a free /16
  PODCTL_SERVICE_CIDR  addresses of Services, the same way

Signals:
  TERM, INT    stop serving and exit; containers run on
`;

/** Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const [first] = args;
  if (first === undefined) return runDaemon();
  if (args.length === 1 && (first === '--help' || first === '-h')) process.stdout.write(usage);
  else if (args.length === 1 && first === '--version') process.stdout.write(`podd ${poddVersion()}\n`);
  else {
    process.stderr.write(`podd: unknown argument ${JSON.stringify(first)}\n${usage}`);
    process.exitCode = 2;
  }
}

async function runDaemon(): Promise<void> {
  const paths = instancePaths(process.env);
  surviveTroubles();
  let podd: Podd | undefined;
  let stopReason: string | undefined;
  // Asked for during the start, it is done right after it: half a start cannot be taken back cleanly.
  const requestStop = (reason: string): void => {
    if (stopReason !== undefined) return;
    stopReason = reason;
    if (podd !== undefined) void stopAndExit(podd, reason);
  };
  process.on('SIGTERM', () => requestStop('SIGTERM'));
  process.on('SIGINT', () => requestStop('SIGINT'));
  logLine(`podd ${poddVersion()}, pid ${process.pid}, root ${paths.root}, run ${paths.run}`);
  try {
    podd = await startPodd({
      paths,
      env: process.env,
      log: logLine,
      onStopRequested: () => requestStop('asked by a client'),
    });
  } catch (error) {
    logLine(`cannot start: ${formatError(error)}`);
    const hint = hintOf(error);
    if (hint !== undefined) logLine(`hint: ${hint}`);
    process.exit(1);
  }
  if (stopReason !== undefined) await stopAndExit(podd, stopReason);
}

async function stopAndExit(podd: Podd, reason: string): Promise<never> {
  logLine(`stopping: ${reason}`);
  try {
    await podd.stop();
  } catch (error) {
    logLine(`stopping failed: ${formatError(error)}`);
    process.exit(1);
  }
  logLine('stopped');
  process.exit(0);
}

/** What must not end podd: a lost terminal or log pipe, Node's debugger signal, a shortage of descriptors or memory for one request. */
function surviveTroubles(): void {
  process.stderr.on('error', () => undefined);
  process.on('SIGHUP', () => undefined);
  process.on('SIGUSR1', () => undefined);
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    if (error.code !== undefined && passingErrors.has(error.code)) {
      logLine(`${error.syscall ?? 'a system call'} failed: ${error.message}`);
      return;
    }
    // Containers live on, and a podd in an unknown state must not decide about them.
    logLine(`bug: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  });
}

const passingErrors: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'EPIPE', 'ECONNRESET']);

function logLine(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message.replaceAll(/\n\s*/g, ' | ')}\n`);
}
