/**
 * The zygote: a warm Node process that forks container inits on request (DESIGN §2). After its warm-up it never runs an
 * event loop: it blocks in poll(2) on podd's socket and a signalfd, so no libuv handle is open at the moment of a fork.
 *
 * Arguments: <run directory> <fd of podd's lock, or -1>. fd 3 is podd's socket (protocol/zygote.ts).
 */
import { closeSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { waitReadable } from '../linux/descriptors.ts';
import { joinNamespace, joinNamespaceOf, openNamespace, unshareNamespaces } from '../linux/namespaces.ts';
import {
  becomeSubreaper,
  changeDirectory,
  currentPid,
  exitNow,
  fork,
  ignoreSignal,
  reapOne,
  repairLoop,
} from '../linux/process.ts';
import { blockSignals, openSignalFd, readSignals, SIGCHLD } from '../linux/signals.ts';
import type { LaunchPlan, MemoryPlan } from '../model/launch-plan.ts';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';
import type { ZygoteReply, ZygoteRequest } from '../protocol/zygote.ts';
import { assertNever } from '../util/assert-never.ts';
import { type ChildWork, listenIn, PreparedChildren } from './prepared-children.ts';
import { createSandboxes } from './sandboxes.ts';
import { runSelfTest, selfTestPassed } from './self-test.ts';
import { warmUp } from './warm-up.ts';

// from the first instruction on: SIGUSR1 would open Node's debugger port
ignoreSignal(constants.signals.SIGUSR1);

// Compiling in a child costs private memory and start time; what stays hot (the log pump) is optimised all the same.
setFlagsFromString('--no-sparkplug');
setFlagsFromString('--interrupt-budget=1000000');

// net.Socket looks at process.stderr when it closes, and making that stream would leave an open handle where stderr is a pipe
for (const name of ['stdin', 'stdout', 'stderr']) Object.defineProperty(process, name, { value: undefined });

const poddFd = 3;
const [runDir = '', lockArgument = '-1'] = process.argv.slice(2);
const lockFd = Number(lockArgument);

const sandboxes = createSandboxes();
const ownPidNamespace = openNamespace('self', 'pid');
const ownMounts = openNamespace('self', 'mnt');
const signalFd = openSignalFd([SIGCHLD]);
const zygoteFds = [poddFd, signalFd, ownPidNamespace, ...(lockFd < 0 ? [] : [lockFd])];
const prepared = new PreparedChildren(sandboxes, zygoteFds, ownMounts, forkIntoPidNamespace);
/** by pid of the child */
const selfTests = new Map<number, { readonly seq: number; readonly socketPath: string }>();

const send = (reply: ZygoteReply): void => {
  const bytes = Buffer.from(encodeLine(reply));
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(poddFd, bytes, sent);
};

/**
 * Each request leaves some 60 KB of garbage in the young generation (4 MiB, zygote-process.ts), and a child that fills the
 * rest of it collects at once: that copies 1 MB into its own memory. So the zygote collects here, between requests.
 */
const launchesPerSweep = 32;
let launchesSinceSweep = 0;

function sweep(): void {
  launchesSinceSweep = 0;
  globalThis.gc?.({ type: 'minor' });
}

/** Serve until podd is gone (exits) or this process is a fresh child (returns its work). */
function serve(): ChildWork {
  const requests: ZygoteRequest[] = [];
  const split = createLineSplitter((line) => requests.push(JSON.parse(line)));
  const chunk = Buffer.alloc(256 * 1024);
  for (;;) {
    if (launchesSinceSweep >= launchesPerSweep) sweep();
    const ready = waitReadable([poddFd, signalFd], -1);
    if (ready.includes(1)) reapChildren();
    if (!ready.includes(0)) continue;
    const got = readSync(poddFd, chunk);
    if (got === 0) exitNow(0);
    split(chunk.subarray(0, got));
    const work = answerAll(requests);
    if (work !== undefined) return work;
  }
}

function answerAll(requests: ZygoteRequest[]): ChildWork | undefined {
  for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
    const work = answer(request);
    if (work !== undefined) return work;
  }
  return undefined;
}

function reapChildren(): void {
  readSignals(signalFd, currentPid());
  for (let reaped = reapOne(); typeof reaped === 'object'; reaped = reapOne()) {
    const test = selfTests.get(reaped.pid);
    if (test === undefined) {
      send({ op: 'exited', ...reaped });
      continue;
    }
    selfTests.delete(reaped.pid);
    unlinkSync(test.socketPath);
    const passed = reaped.status === selfTestPassed << 8;
    const message = passed ? 'ok' : `the forked child ended with wait status ${reaped.status}`;
    send({ op: 'selftested', seq: test.seq, ok: passed, message });
  }
}

function answer(request: ZygoteRequest): ChildWork | undefined {
  switch (request.op) {
    case 'prepare':
      launchesSinceSweep++;
      return prepared.prepare(request.seq, request.prepare);
    case 'launch':
      launch(request.seq, request.plan);
      return undefined;
    case 'abandon':
      prepared.abandon(request.seq);
      return undefined;
    case 'drop':
      sandboxes.drop(request.key, request.keepsMemory);
      return undefined;
    case 'memory':
      holdAgain(request.memory);
      return undefined;
    case 'read':
      send({ op: 'read', seq: request.seq, ...readMemory(request) });
      return undefined;
    case 'selftest':
      return selfTest(request.seq);
    default:
      return assertNever(request, 'request');
  }
}

/** What cannot be held now is tried again by the next start of a container. */
function holdAgain(memory: MemoryPlan): void {
  try {
    sandboxes.ensureMemory(memory);
  } catch (error) {
    writeSync(2, `zygote: hold volumes in memory of pod ${memory.key}: ${String(error)}\n`);
  }
}

function readMemory({ key, volume, path }: Extract<ZygoteRequest, { op: 'read' }>) {
  try {
    const text = sandboxes.readMemory(key, volume, path);
    return text === undefined ? {} : { text };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
}

function launch(seq: number, plan: LaunchPlan): void {
  try {
    send({ op: 'launched', seq, pid: prepared.launch(seq, plan) });
  } catch (error) {
    send({ op: 'refused', seq, message: error instanceof Error ? error.message : String(error) });
  }
}

/** ENOMEM means that the joined namespace's PID 1 is gone. */
function forkIntoPidNamespace(source: LaunchPlan['namespaces']['pid']): number {
  if (source.from === 'host') return fork();
  if (source.from === 'pid') joinNamespaceOf(source.pid, 'pid');
  else unshareNamespaces(['pid']);
  try {
    const pid = fork();
    if (pid === 0) return 0;
    joinNamespace(ownPidNamespace, 'pid');
    return pid;
  } catch (error) {
    joinNamespace(ownPidNamespace, 'pid');
    throw error;
  }
}

function selfTest(seq: number): ChildWork | undefined {
  const name = `selftest-${seq}.sock`;
  const listenFd = listenIn(runDir, name);
  const pid = fork();
  if (pid === 0) {
    [...zygoteFds, ownMounts].forEach(closeSync);
    changeDirectory(runDir);
    return () => runSelfTest(listenFd, name);
  }
  closeSync(listenFd);
  selfTests.set(pid, { seq, socketPath: `${runDir}/${name}` });
  return undefined;
}

/** tenths of a second, mostly */
const warmUpLimitMs = 120_000;
const quietTries = 500;

/** Closing sockets takes libuv a few turns; a handle that stays open would be inherited by every init. */
async function becomeQuiet(): Promise<void> {
  for (let i = 0; i < quietTries; i++) {
    if (process.getActiveResourcesInfo().length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`bug: not quiet before the first fork: ${process.getActiveResourcesInfo().join(', ')}`);
}

async function main(): Promise<void> {
  repairLoop();
  process.umask(0o022);
  becomeSubreaper();
  changeDirectory('/');
  blockSignals([SIGCHLD]);
  // Its podd, and the directory with it, may go away under it: nothing of it would ever end then, and the lock be held for good.
  const watchdog = setTimeout(() => giveUp(`warming up took more than ${warmUpLimitMs / 1000} s`), warmUpLimitMs);
  await warmUp(runDir, signalFd);
  clearTimeout(watchdog);
  await becomeQuiet();
  // twice: what outlives two minor collections is old, and not copied by the first one of each child
  sweep();
  sweep();
  send({ op: 'ready', pid: currentPid() });
  serve()();
}

// Node starts helper threads even with --single-threaded. A fork leaves them behind, so the zygote is itself a forked child:
// with one thread, setns into and back from every namespace works, and a blocked SIGCHLD reaches the signalfd.
if (fork() > 0) exitNow(0);
main().catch((error: unknown) => giveUp(error instanceof Error ? error.stack : String(error)));

function giveUp(why: string | undefined): never {
  writeSync(2, `zygote: ${why}\n`);
  exitNow(1);
}
