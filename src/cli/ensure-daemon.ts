/**
 * Starts podd in the background when none answers. Any number of podctl may do this at once: each starts a podd,
 * podd's own lock lets one of them live, and every podctl waits for the socket, whoever made it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { InstancePaths } from '../model/instance-paths.ts';
import type { SystemStatus } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import { createClient } from './client.ts';

/** podd answers in well under a second; adopting hundreds of pods, or a self-test on a busy machine, takes longer. */
const startTimeoutMs = 30_000;
/** How long the winner of a race may take after our own podd gave way to it. */
const rivalTimeoutMs = 10_000;

/** `bin/podd` beside the `src` or `dist` this file is in. */
export function poddProgram(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bin', 'podd');
}

/** Resolves when podd answers on its socket; throws PodError with the tail of podd's log when it does not come up. */
export async function ensureDaemon(paths: InstancePaths): Promise<void> {
  if (await answers(paths.socket)) return;
  requireStartable();
  const log = openLog(paths);
  try {
    const podd = startPodd(paths, log.fd);
    await waitUntilUp(paths, podd, log);
    await endSurplus(paths, podd);
  } finally {
    closeSync(log.fd);
  }
}

function requireStartable(): void {
  if (process.geteuid?.() !== 0) {
    throw new PodError('NotRoot', 'podd is not running and needs root to start', { hint: 'try sudo podctl …' });
  }
  const packageRoot = join(dirname(poddProgram()), '..');
  const missing = builtFiles.find((file) => !existsSync(join(packageRoot, file)));
  if (missing !== undefined) {
    const hint = `run npm ci in ${packageRoot} (needs a C compiler: apt-get install build-essential)`;
    throw new PodError('NotBuilt', `podd is not built: ${missing} is missing`, { hint });
  }
}

/** What podd cannot start without; checked here because podd itself could only fail with a stack. */
const builtFiles = ['dist/daemon/main.js', 'dist/init/podinit.cjs', 'dist/podnet/podnet.cjs', 'native/libpodctl.so'];

interface Log {
  readonly path: string;
  readonly fd: number;
  /** where this start's lines begin */
  readonly from: number;
}

function openLog(paths: InstancePaths): Log {
  try {
    mkdirSync(paths.root, { recursive: true, mode: 0o700 });
    const fd = openSync(paths.daemonLog, 'a+', 0o600);
    return { path: paths.daemonLog, fd, from: fstatSync(fd).size };
  } catch (cause) {
    const hint = 'PODCTL_ROOT names the directory podd keeps its state in';
    throw new PodError('StateDirectory', 'podd cannot keep its state', { cause, hint });
  }
}

function startPodd(paths: InstancePaths, logFd: number): ChildProcess {
  const podd = spawn(process.execPath, [poddProgram()], {
    detached: true,
    cwd: '/',
    env: { ...keptEnvironment(process.env), PODCTL_ROOT: paths.root, PODCTL_RUN: paths.run },
    stdio: ['ignore', logFd, logFd],
  });
  podd.unref();
  return podd;
}

/** podd outlives the shell it came from: what that had in its environment (NODE_OPTIONS, secrets) is none of podd's business. */
function keptEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isKept = (name: string): boolean => /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|PODCTL_.*)$/.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isKept(name)));
}

async function waitUntilUp(paths: InstancePaths, podd: ChildProcess, log: Log): Promise<void> {
  let ended = '';
  const end = new Promise<void>((resolve) => {
    const note = (text: string) => {
      ended = text;
      resolve();
    };
    podd.once('error', (error) => note(error.message));
    podd.once('exit', (code, signal) =>
      note(signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`),
    );
  });
  const startedAt = performance.now();
  let deadline = startedAt + startTimeoutMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    if (await answers(paths.socket)) return;
    if (ended !== '') {
      // A podd that lost the race for the lock exits too: then the winner's socket is about to appear.
      if (!lostRace(readTail(log), paths.lock)) throw notUp(ended, log);
      deadline = Math.min(deadline, startedAt + rivalTimeoutMs);
    }
    if (performance.now() > deadline) throw notUp(`it did not answer on ${paths.socket}`, log);
    await (ended === '' ? Promise.race([end, sleep(pauseMs)]) : sleep(pauseMs));
  }
}

/** A podd of ours that still waits for the lock of the one that serves would take over when that is stopped, unasked. */
async function endSurplus(paths: InstancePaths, podd: ChildProcess): Promise<void> {
  const { pid } = await createClient(paths.socket).json<SystemStatus>('GET', '/apis/podctl.dev/v1/system');
  if (pid !== podd.pid && podd.exitCode === null && podd.signalCode === null) podd.kill('SIGKILL');
}

/** Only the lock of our own run directory means that the holder will serve our socket. */
function lostRace(logTail: string, lock: string): boolean {
  return logTail.split('\n').some((line) => line.includes('already running') && line.endsWith(`holds ${lock}`));
}

/** A podd that finds no space cannot even say so in its log. */
function isFull(directory: string): boolean {
  try {
    return statfsSync(directory).bavail === 0;
  } catch {
    return false;
  }
}

/** podd's own reason in one line where it gave one, else the tail of its log. */
function notUp(why: string, log: Log): PodError {
  const tail = readTail(log).trim();
  const reason = lastMatch(tail, /cannot start: (.*)/g);
  const seeLog = `podctl doctor checks this machine; podd's log is ${log.path}`;
  if (reason !== undefined) {
    const hint = lastMatch(tail, / hint: (.*)/g);
    return new PodError('DaemonFailed', `podd did not start: ${reason}`, {
      hint: hint === undefined ? seeLog : `${hint}; ${seeLog}`,
    });
  }
  if (isFull(dirname(log.path)))
    return new PodError('DaemonFailed', `podd did not start: no space is left in ${dirname(log.path)}`);
  const said = tail === '' ? '' : `\n  ${tail.replaceAll('\n', '\n  ')}`;
  return new PodError('DaemonFailed', `podd did not start: ${why}${said}`, { hint: seeLog });
}

function lastMatch(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1];
}

function readTail(log: Log): string {
  const size = fstatSync(log.fd).size;
  const from = Math.max(log.from, size - 4096);
  const bytes = Buffer.alloc(Math.max(0, size - from));
  return bytes.subarray(0, readSync(log.fd, bytes, 0, bytes.length, from)).toString('utf8');
}

/** Whether podd serves on the socket. */
async function answers(socketPath: string): Promise<boolean> {
  try {
    const response = await createClient(socketPath).stream('/healthz');
    response.resume();
    return true;
  } catch (error) {
    if (error instanceof PodError && error.code === 'NotRoot') throw error;
    return false;
  }
}
