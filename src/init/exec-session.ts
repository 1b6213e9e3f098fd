/** One `podctl exec`: a process beside the programs, its streams framed over the control socket (protocol/init.ts). */
import { closeSync, fchownSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { setTerminalSize } from '../linux/descriptors.ts';
import { sendSignal } from '../linux/process.ts';
import { encodeFrame, FrameDecoder } from '../protocol/exec-frames.ts';
import { ExecFrame, type ExecReply, type ExecRequest } from '../protocol/init.ts';
import { encodeLine } from '../protocol/json-lines.ts';
import { closeStreams, openStreams, pumpToSocket, type Streams } from './exec-streams.ts';
import { openFdWriter } from './fd-writer.ts';
import { InputFlow } from './input-flow.ts';
import { execLeaf, type ProcessTree } from './process-tree.ts';
import { identityOf, mergeEnv, type StartFailure, startProcess } from './start-program.ts';
import type { Supervisor } from './supervisor.ts';

/** Group `tty`, as devpts is mounted with gid=5. */
const ttyGroup = 5;

export interface ExecDeps {
  readonly supervisor: Supervisor;
  readonly tree: ProcessTree;
  readonly devNull: number;
}

/** Answer an exec request on its socket; `rest` is what came behind the request line. */
export function startExecSession(socket: Socket, request: ExecRequest, rest: Buffer, deps: ExecDeps): void {
  const started = startSession(request, deps);
  const reply: ExecReply = started.ok
    ? { ok: true }
    : { ok: false, code: started.exitCode === 127 ? 127 : 126, message: started.message };
  socket.write(encodeLine(reply));
  if (started.ok) new ExecSession(socket, started.pid, started.streams, deps.supervisor).begin(rest);
  else socket.end();
}

function startSession(
  request: ExecRequest,
  { supervisor, tree, devNull }: ExecDeps,
): { readonly ok: true; readonly pid: number; readonly streams: Streams } | StartFailure {
  if (supervisor.isPaused())
    return { ok: false, exitCode: 126, message: 'the container is paused: podctl resume lets it go on' };
  const exec = supervisor.execModel();
  if (exec === undefined) return { ok: false, exitCode: 126, message: 'this container has no programs' };
  const identity = identityOf(exec);
  if (!identity.ok) return identity;
  const streams = openStreams(request, devNull);
  for (const fd of streams.toClose) fchownSync(fd, identity.uid, request.tty ? ttyGroup : identity.gid);
  const started = startProcess(
    {
      exec,
      identity,
      argv: request.argv,
      envp: mergeEnv(identity.envp, request.env ?? []),
      workingDir: request.workingDir ?? exec.workingDir,
      leaf: execLeaf,
      stdio: streams.child,
      terminal: request.tty,
    },
    tree,
  );
  streams.toClose.forEach(closeSync);
  if (started.ok) return { ok: true, pid: started.pid, streams };
  closeStreams(streams);
  return started;
}

/** A running session: frames in, frames out, until the process was reaped or the client went. */
class ExecSession {
  readonly #socket: Socket;
  readonly #pid: number;
  readonly #supervisor: Supervisor;
  readonly #outputs: readonly ReturnType<typeof pumpToSocket>[];
  readonly #input: ReturnType<typeof openFdWriter> | undefined;
  readonly #terminal: number | undefined;
  readonly #flow: InputFlow;
  #exited = false;

  constructor(socket: Socket, pid: number, streams: Streams, supervisor: Supervisor) {
    this.#socket = socket;
    this.#pid = pid;
    this.#supervisor = supervisor;
    this.#flow = new InputFlow(socket);
    this.#outputs = streams.outputs.map(({ fd, kind }) => pumpToSocket(fd, kind, socket));
    this.#input = streams.input < 0 ? undefined : openFdWriter(streams.input, () => this.#flow.resume());
    this.#terminal = streams.terminal;
  }

  begin(rest: Buffer): void {
    const decoder = new FrameDecoder((kind, payload) => this.#take(kind, payload));
    const push = (bytes: Buffer): void => {
      try {
        decoder.push(bytes);
      } catch {
        this.#socket.destroy();
      }
    };
    this.#supervisor.watchChild(this.#pid, (end) => this.#end(end));
    push(rest);
    this.#socket.on('data', push);
    this.#socket.on('drain', () => {
      for (const output of this.#outputs) output.resume();
    });
    this.#socket.on('close', () => this.#hangUp());
  }

  #take(kind: number, payload: Buffer): void {
    if (this.#exited) return;
    if (kind === ExecFrame.stdin && this.#input?.write(payload) === false) this.#flow.stall();
    // a terminal's end of input is a character, not a closed descriptor
    if (kind === ExecFrame.stdinEnd && this.#terminal === undefined) this.#input?.end();
    if (kind === ExecFrame.resize && this.#terminal !== undefined) resize(this.#terminal, payload);
  }

  #end(end: { exitCode: number; signal?: number }): void {
    this.#exited = true;
    this.#closeStreams();
    this.#socket.end(encodeFrame(ExecFrame.exit, JSON.stringify(end)));
    this.#socket.resume();
  }

  /** Nobody listens any more: hang up, as a lost terminal does. */
  #hangUp(): void {
    if (this.#exited) return;
    this.#exited = true;
    this.#closeStreams();
    sendSignal(-this.#pid, constants.signals.SIGHUP);
  }

  #closeStreams(): void {
    this.#flow.close();
    for (const output of this.#outputs) output.finish();
    this.#input?.destroy();
  }
}

function resize(terminal: number, payload: Buffer): void {
  try {
    const { rows, columns } = JSON.parse(payload.toString()) as { rows: number; columns: number };
    setTerminalSize(terminal, rows, columns);
  } catch {
    // a resize that makes no sense changes nothing
  }
}
