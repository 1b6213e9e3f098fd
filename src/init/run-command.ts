/** Short-lived commands beside a program: what stops or reloads it, and what probes it. Run as the program's user. */
import { closeSync } from 'node:fs';
import { makePipe, readNow, setNonblocking } from '../linux/descriptors.ts';
import { readable, watchFd } from '../linux/poll.ts';
import { currentPid, trySignal } from '../linux/process.ts';
import { descendantsOf, type ProcessEntry, readProcessEntries } from '../linux/process-table.ts';
import type { ProgramExecPlan } from '../model/launch-plan.ts';
import { setLongTimeout } from './long-timeout.ts';
import { execLeaf, type ProcessTree } from './process-tree.ts';
import type { ProgramOutput } from './program-output.ts';
import { type PipedDeps, startPiped } from './start-piped.ts';
import { identityOf, type Started, startProcess } from './start-program.ts';

const SIGKILL = 9;
const SIGSTOP = 19;

/** How a child ended, wait(2). */
export interface ChildEnd {
  /** 128+n when a signal ended it */
  readonly exitCode: number;
  readonly signal?: number;
}

export interface CommandDeps extends PipedDeps {
  /** tell once when this child was reaped */
  readonly watchChild: (pid: number, onExit: (end: ChildEnd) => void) => void;
}

export interface CommandEnd {
  /** 126, 127, 128: it was not started; 137: it was killed after its time */
  readonly exitCode: number;
  readonly message?: string;
}

/** Run a stop or reload command in the program's leaf, its output in the program's log. `done` may come before this returns. */
export function runProgramCommand(
  request: { readonly exec: ProgramExecPlan; readonly env: readonly string[]; readonly leaf: string },
  timeoutMs: number,
  output: ProgramOutput,
  deps: CommandDeps,
  done: (end: CommandEnd) => void,
): void {
  const identity = identityOf(request.exec);
  if (!identity.ok) return done(identity);
  try {
    const started = startPiped({ ...request, identity }, output, deps);
    if (!started.ok) return done(started);
    limit({ pid: started.pid, leaf: request.leaf }, timeoutMs, deps, (end) => {
      for (const pump of started.pumps) pump.finish();
      done(end);
    });
  } catch (error) {
    done({ exitCode: 128, message: error instanceof Error ? error.message : String(error) });
  }
}

/** As much of a probe's output as its message shows. */
const maxOutputBytes = 4096;

/**
 * Run a probe's command in the leaf of exec sessions, so that it is no part of the program it asks. `done` gets its exit
 * code and the beginning of its output. The returned function kills it; `done` does not come any more then.
 */
export function runProbeCommand(
  exec: ProgramExecPlan,
  timeoutMs: number,
  deps: CommandDeps,
  done: (exitCode: number, output: string) => void,
): () => void {
  let isWanted = true;
  const finish = (exitCode: number, output: string): void => {
    if (isWanted) done(exitCode, output);
    isWanted = false;
  };
  try {
    const cancel = startProbe(exec, timeoutMs, deps, finish);
    return () => {
      if (isWanted) cancel();
      isWanted = false;
    };
  } catch (error) {
    finish(128, error instanceof Error ? error.message : String(error));
    return () => {};
  }
}

/** The same for what the container as a whole is asked, as one of its programs. */
export function runAsProgram(
  model: ProgramExecPlan | undefined,
  argv: readonly string[],
  timeoutMs: number,
  deps: CommandDeps,
  done: (exitCode: number, output: string) => void,
): () => void {
  if (model !== undefined) return runProbeCommand({ ...model, argv, stdin: false, tty: false }, timeoutMs, deps, done);
  done(128, 'the container has no program whose user and environment it could have');
  return () => {};
}

function startProbe(
  exec: ProgramExecPlan,
  timeoutMs: number,
  deps: CommandDeps,
  done: (exitCode: number, output: string) => void,
): () => void {
  const [readEnd, writeEnd] = makePipe();
  const started = startInto(exec, writeEnd, deps);
  closeSync(writeEnd);
  if (!started.ok) {
    closeSync(readEnd);
    done(started.exitCode, started.message);
    return () => {};
  }
  const capture = captureStart(readEnd);
  return limit(
    { pid: started.pid, leaf: execLeaf },
    timeoutMs,
    deps,
    (end) => done(end.exitCode, end.message ?? capture.finish()),
    () => {
      capture.finish();
    },
  );
}

function startInto(exec: ProgramExecPlan, writeEnd: number, { tree, devNull }: CommandDeps): Started {
  const identity = identityOf(exec);
  if (!identity.ok) return identity;
  return startProcess(
    {
      exec,
      identity,
      argv: exec.argv,
      envp: identity.envp,
      workingDir: exec.workingDir,
      leaf: execLeaf,
      subreaper: true,
      stdio: [devNull, writeEnd, writeEnd],
      terminal: false,
    },
    tree,
  );
}

/** Kills the command and all below it when its time is over; returns what kills them before that. */
function limit(
  { pid, leaf }: { readonly pid: number; readonly leaf: string },
  timeoutMs: number,
  deps: CommandDeps,
  done: (end: CommandEnd) => void,
  onCancel: () => void = () => {},
): () => void {
  let isLate = false;
  let lives = true;
  const kill = (): void => {
    if (!lives) return;
    killBelow(pid, leaf, deps.tree);
    // it is the leader of its own session and process group
    trySignal(-pid, SIGKILL);
  };
  const cancelTimer = setLongTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  deps.watchChild(pid, ({ exitCode }) => {
    lives = false;
    cancelTimer();
    done(isLate ? { exitCode, message: `killed after ${timeoutMs} ms` } : { exitCode });
  });
  return () => {
    cancelTimer();
    kill();
    onCancel();
  };
}

/** Of forks that slip through. */
const maxRounds = 8;

/**
 * What left the command's process group (setsid) is found below it: a probe's command, being a subreaper, is the parent of its orphans
 * too while it lives. What a reload command left behind belongs to the program.
 */
function killBelow(pid: number, leaf: string, tree: ProcessTree): void {
  try {
    trySignal(-pid, SIGSTOP);
    for (let round = 0; round < maxRounds; round++) {
      const below = livingBelow(pid, readProcessEntries(tree.processesOf(leaf)));
      if (below.length === 0) return;
      for (const each of below) trySignal(each, SIGKILL);
    }
  } catch {
    // no descriptors left: its process group is killed at least
  }
}

/** None where this /proc is that of another pid namespace: its numbers mean others. */
function livingBelow(pid: number, entries: readonly ProcessEntry[]): readonly number[] {
  const self = entries.find((entry) => entry.pid === pid);
  if (self?.ppid !== currentPid() || self.session !== pid) return [];
  const below = descendantsOf(new Set([pid]), entries);
  return below.flatMap((entry) => (entry.state === 'Z' || entry.state === 'X' ? [] : [entry.pid]));
}

const chunk = Buffer.allocUnsafeSlow(16 * 1024);
/** A probe that floods its output must not keep PID 1 here. */
const readsPerEvent = 4;

/** Keeps the first bytes and throws the rest away, so that the command never blocks on a full pipe. Owns fd. */
function captureStart(fd: number): { readonly finish: () => string } {
  const kept: Buffer[] = [];
  let room = maxOutputBytes;
  let isOpen = true;
  setNonblocking(fd);
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    watch.close();
    closeSync(fd);
  };
  const pump = (): void => {
    for (let i = 0; i < readsPerEvent && isOpen; i++) {
      const got = readNow(fd, chunk);
      if (got === 'empty') return;
      if (got === 0) return close();
      if (room > 0) kept.push(Buffer.from(chunk.subarray(0, Math.min(got, room))));
      room = Math.max(0, room - got);
    }
  };
  const watch = watchFd(fd, readable, pump);
  return {
    finish: () => {
      pump();
      close();
      return Buffer.concat(kept).toString('utf8');
    },
  };
}
