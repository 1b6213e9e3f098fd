/** Commands of rules, their output line by line: in a container, or on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Readable, Writable } from 'node:stream';
import type { Client } from '../cli/client.ts';
import { runExec } from '../cli/exec-session.ts';
import { podPath } from '../cli/pod-paths.ts';
import { createLineSplitter } from '../protocol/json-lines.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import type { ContainerName } from './restart-programs.ts';

export type Print = (line: string) => void;

/** How it failed, in words; undefined when it ended with 0. */
export type BuildFailure = string | undefined;

export interface ContainerCommand {
  readonly argv: readonly string[];
  readonly workingDir: string | undefined;
  /** ends it */
  readonly signal: AbortSignal;
}

/** Runs in the container, in its environment. Throws ApiError, PodError when that cannot be begun. */
export async function runInContainer(
  client: Client,
  at: ContainerName,
  command: ContainerCommand,
  print: Print,
): Promise<BuildFailure> {
  const path = podPath(at.namespace, at.pod, 'exec', { container: at.container });
  const [stdout, stderr] = [lineStream(print), lineStream(print)];
  const io = { env: {}, out: print, err: print, now: Date.now, colour: false, errColour: false };
  const streams = { stdin: new PassThrough(), stdout, stderr };
  const exitCode = await runExec(client, path, { ...command, stdin: false, tty: false, env: [], io, streams });
  await Promise.all([stdout, stderr].map(ended));
  if (command.signal.aborted) return leftWords;
  return exitCode === 0 ? undefined : howItEnded({ exitCode });
}

const leftWords = 'was ended with the session';

/** What ignores SIGTERM is killed. */
const killAfterMs = 2_000;
/** Who has ended and left its output to others (`server &`) is not waited for any longer. */
const lingerMs = 500;

/** Runs in a directory of this machine, with podctl's environment. `signal` ends it with all that it started. */
export async function runOnHost(
  argv: readonly string[],
  directory: string,
  print: Print,
  signal: AbortSignal,
): Promise<BuildFailure> {
  const [file = '', ...args] = argv;
  // A group of its own: Ctrl-C is for podctl, which ends it with everything else.
  const child = spawn(file, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let timer: NodeJS.Timeout | undefined;
  const kill = (): void => killGroup(child, 'SIGKILL');
  const end = (): void => {
    killGroup(child, 'SIGTERM');
    timer = setTimeout(kill, killAfterMs);
    // Who leaves in a hurry does not wait for the timer.
    process.once('exit', kill);
  };
  signal.addEventListener('abort', end, { once: true });
  for (const stream of [child.stdout, child.stderr]) printLines(stream, print);
  try {
    const failure = await failureOf(child, file, directory);
    return signal.aborted ? leftWords : failure;
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(timer);
    process.off('exit', kill);
    if (signal.aborted) kill();
  }
}

function failureOf(child: ChildProcess, file: string, directory: string): Promise<BuildFailure> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(cannotRun(file, directory, error)));
    child.once('close', (code, name) => resolve(howChildEnded(code, name)));
    child.once('exit', (code, name) => setTimeout(() => resolve(howChildEnded(code, name)), lingerMs).unref());
  });
}

function killGroup({ pid }: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // it has ended meanwhile
  }
}

function cannotRun(file: string, directory: string, { code, message }: NodeJS.ErrnoException): string {
  // spawn(2) says the same of a missing program and of a missing directory.
  return code === 'ENOENT'
    ? `cannot be run: ${file} or directory ${directory} is not there`
    : `cannot be run: ${message}`;
}

function howChildEnded(code: number | null, name: NodeJS.Signals | null): BuildFailure {
  if (code === 0) return undefined;
  return name === null ? howItEnded({ exitCode: code ?? 1 }) : `was killed by ${name}`;
}

function printLines(stream: Readable, print: Print): void {
  const push = createLineSplitter(print);
  stream.on('data', push);
  stream.on('end', () => push(Buffer.from('\n')));
}

function lineStream(print: Print): Writable {
  const push = createLineSplitter(print);
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      push(chunk);
      done();
    },
    final: (done) => {
      push(Buffer.from('\n'));
      done();
    },
  });
}

function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.end(() => resolve());
  });
}
