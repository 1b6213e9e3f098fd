/** One `podctl exec`: a process beside the programs, its streams framed over the control socket (protocol/init.ts). */
import { closeSync, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { duplicate, makePipe, openTerminal, setNonblocking, setTerminalSize } from '../linux/descriptors.ts';
import { readable, watchFd } from '../linux/poll.ts';
import { sendSignal } from '../linux/process.ts';
import { spawnProgram } from '../linux/spawn.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import { encodeFrame, FrameDecoder } from '../protocol/exec-frames.ts';
import { ExecFrame, type ExecReply, type ExecRequest } from '../protocol/init.ts';
import { encodeLine } from '../protocol/json-lines.ts';
import type { CgroupTree } from './cgroup-tree.ts';
import { openFdWriter } from './fd-writer.ts';
import { resolveExecutable } from './resolve-executable.ts';
import { describeFailure, type Supervisor } from './supervisor.ts';

/** The leaf of exec'd processes; no program can have this name. */
export const execLeaf = '_exec';

export interface ExecDeps {
  readonly supervisor: Supervisor;
  readonly cgroups: CgroupTree;
  /** whose user, capabilities and environment exec'd processes get */
  readonly like: ProgramPlan | undefined;
  readonly devNull: number;
}

interface Streams {
  /** ends for the child; closed here after the spawn */
  readonly child: readonly [number, number, number];
  /** our ends: input (−1: none), outputs with their frame kind */
  readonly input: number;
  readonly outputs: readonly { readonly fd: number; readonly kind: number }[];
  /** every distinct child end but /dev/null */
  readonly toClose: readonly number[];
}

const chunk = Buffer.allocUnsafeSlow(64 * 1024);

/** Answer an exec request on its socket; `rest` is what came behind the request line. */
export function startExecSession(socket: Socket, request: ExecRequest, rest: Buffer, deps: ExecDeps): void {
  const reply = (answer: ExecReply): boolean => socket.write(encodeLine(answer));
  if (deps.like === undefined) {
    reply({ ok: false, code: 126, message: 'this container has no programs to exec beside' });
    socket.end();
    return;
  }
  const plan: ProgramPlan = { ...deps.like, envp: mergeEnv(deps.like.envp, request.env ?? []), argv: request.argv };
  const workingDir = request.workingDir ?? plan.workingDir;
  const resolved = resolveExecutable(request.argv[0] ?? '', plan.envp, workingDir);
  if (!resolved.ok) {
    reply({ ok: false, code: resolved.exitCode, message: resolved.message });
    socket.end();
    return;
  }
  const streams = request.tty ? terminalStreams(request) : pipeStreams(request, deps.devNull);
  const outcome = spawnProgram({
    ...plan,
    path: resolved.path,
    workingDir,
    cgroupProcs: deps.cgroups.procsOf(execLeaf),
    stdio: streams.child,
    terminal: request.tty,
  });
  for (const fd of streams.toClose) closeSync(fd);
  if (!outcome.ok) {
    for (const fd of new Set([streams.input, ...streams.outputs.map((output) => output.fd)])) if (fd >= 0) closeSync(fd);
    const failure = describeFailure({ workingDir }, resolved.path, outcome);
    reply({ ok: false, code: failure.exitCode === 128 ? 126 : failure.exitCode, message: failure.message });
    socket.end();
    return;
  }
  reply({ ok: true });
  relay(socket, rest, outcome.pid, streams, request.tty, deps.supervisor);
}

function relay(socket: Socket, rest: Buffer, pid: number, streams: Streams, tty: boolean, supervisor: Supervisor): void {
  const outputs = streams.outputs.map(({ fd, kind }) => pumpToSocket(fd, kind, socket));
  const input = streams.input < 0 ? undefined : openFdWriter(streams.input, () => socket.resume());
  const terminal = tty ? streams.outputs[0]?.fd : undefined;
  let exited = false;
  const decoder = new FrameDecoder((kind, payload) => {
    if (kind === ExecFrame.stdin) {
      if (input?.write(payload) === false) socket.pause();
    } else if (kind === ExecFrame.stdinEnd) {
      if (!tty) input?.end();
    } else if (kind === ExecFrame.resize && terminal !== undefined && !exited) {
      resize(terminal, payload);
    }
  });
  supervisor.watchChild(pid, (end) => {
    exited = true;
    for (const output of outputs) output.finish();
    input?.destroy();
    socket.end(encodeFrame(ExecFrame.exit, JSON.stringify(end)));
    socket.resume();
  });
  const take = (bytes: Buffer): void => {
    try {
      decoder.push(bytes);
    } catch {
      socket.destroy();
    }
  };
  take(rest);
  socket.on('data', take);
  socket.on('drain', () => {
    for (const output of outputs) output.resume();
  });
  socket.on('close', () => {
    if (exited) return;
    // nobody listens any more: hang up, as a lost terminal does
    for (const output of outputs) output.finish();
    input?.destroy();
    sendSignal(-pid, constants.signals.SIGHUP);
  });
}

function resize(terminal: number, payload: Buffer): void {
  try {
    const { rows, columns } = JSON.parse(payload.toString()) as { rows: number; columns: number };
    setTerminalSize(terminal, rows, columns);
  } catch {
    // a resize that makes no sense changes nothing
  }
}

interface Output {
  readonly resume: () => void;
  /** take what is there now and close */
  readonly finish: () => void;
}

function pumpToSocket(fd: number, kind: number, socket: Socket): Output {
  let open = true;
  setNonblocking(fd);
  const close = (): void => {
    open = false;
    watch.close();
    closeSync(fd);
  };
  /** 'slow': sent, but the client should drain first. */
  const pumpOnce = (): 'sent' | 'slow' | 'empty' => {
    const got = tryRead(fd);
    if (got === 'empty') return 'empty';
    if (got === 0) {
      close();
      return 'empty';
    }
    if (socket.destroyed) return 'sent';
    return socket.write(encodeFrame(kind, chunk.subarray(0, got))) ? 'sent' : 'slow';
  };
  const watch = watchFd(fd, readable, () => {
    if (open && pumpOnce() === 'slow') watch.want(0);
  });
  return {
    resume: () => {
      if (open) watch.want(readable);
    },
    finish: () => {
      while (open && pumpOnce() !== 'empty');
      if (open) close();
    },
  };
}

function tryRead(fd: number): number | 'empty' {
  try {
    return readSync(fd, chunk);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 'empty';
    if (code === 'EIO') return 0; // a pty whose last user is gone
    throw error;
  }
}

function pipeStreams(request: ExecRequest, devNull: number): Streams {
  const [outRead, outWrite] = makePipe();
  const [errRead, errWrite] = makePipe();
  const [inRead, inWrite] = request.stdin ? makePipe() : [devNull, -1];
  return {
    child: [inRead, outWrite, errWrite],
    input: inWrite,
    outputs: [
      { fd: outRead, kind: ExecFrame.stdout },
      { fd: errRead, kind: ExecFrame.stderr },
    ],
    toClose: request.stdin ? [inRead, outWrite, errWrite] : [outWrite, errWrite],
  };
}

function terminalStreams(request: ExecRequest): Streams {
  const { controller, peer } = openTerminal();
  if (request.rows !== undefined && request.columns !== undefined) {
    setTerminalSize(controller, request.rows, request.columns);
  }
  return {
    child: [peer, peer, peer],
    input: duplicate(controller),
    outputs: [{ fd: controller, kind: ExecFrame.stdout }],
    toClose: [peer],
  };
}

function mergeEnv(base: readonly string[], added: readonly string[]): string[] {
  const byName = new Map([...base, ...added].map((entry) => [entry.split('=', 1)[0], entry]));
  return [...byName.values()];
}
