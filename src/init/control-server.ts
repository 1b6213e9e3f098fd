/** podinit's end of `<runDir>/ctl.sock`: control connections, exec and attach sessions (protocol/init.ts). */
import { createServer, type Server, type Socket } from 'node:net';
import type { ExecReply, InitEvent, InitHello, InitReply, InitRequest } from '../protocol/init.ts';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';
import { assertNever } from '../util/assert-never.ts';
import { startAttachSession } from './attach-session.ts';
import { type ExecDeps, startExecSession } from './exec-session.ts';
import { PendingNotes } from './pending-notes.ts';
import type { Supervisor } from './supervisor.ts';

/** An exec request with a large environment fits; more is not one of ours. */
const maxHelloBytes = 1 << 20;
const newline = 0x0a;
/** A peer that does not read: what it has not taken by then it does not get. */
const maxUnreadBytes = 4 << 20;

export interface ControlServer {
  /** send the present state to every control connection */
  readonly publishState: () => void;
  readonly note: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** only the zygote's warm-up closes it: an init serves until it exits */
  readonly close: () => void;
}

/** Serve on an already listening fd; podd removes the socket file, never libuv. */
export function startControlServer(
  listenFd: number,
  deps: ExecDeps,
  notes: PendingNotes = new PendingNotes(),
): ControlServer {
  const controls = new Set<ControlConnection>();
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    readHello(socket, (hello, rest) => {
      if (hello.op !== 'control') return serveSession(socket, hello, rest, deps);
      const control = new ControlConnection(socket, deps.supervisor, notes);
      controls.add(control);
      socket.on('close', () => controls.delete(control));
      control.sendState();
      for (const note of notes.all()) control.send({ event: 'note', ...note });
      control.serve(rest);
    });
  });
  server.listen({ fd: listenFd });
  return {
    publishState: () => {
      for (const control of controls) control.sendState();
    },
    note: (type, reason, message) => {
      const event: InitEvent = { event: 'note', ...notes.add(type, reason, message) };
      for (const control of controls) control.send(event);
    },
    close: () => server.close(),
  };
}

/** One peer that watches and commands. It gets the newest state whenever it has taken the last one, and never holds PID 1 up. */
class ControlConnection {
  readonly #socket: Socket;
  readonly #supervisor: Supervisor;
  readonly #notes: PendingNotes;
  #isStateOwed = false;

  constructor(socket: Socket, supervisor: Supervisor, notes: PendingNotes) {
    this.#socket = socket;
    this.#supervisor = supervisor;
    this.#notes = notes;
    socket.on('drain', () => {
      if (this.#isStateOwed) this.sendState();
    });
  }

  sendState(): void {
    this.#isStateOwed = this.#socket.writableNeedDrain;
    if (!this.#isStateOwed) this.send({ event: 'state', state: this.#supervisor.state() });
  }

  send(event: InitEvent): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableLength > maxUnreadBytes) this.#socket.destroy();
    else this.#socket.write(encodeLine(event));
  }

  serve(rest: Buffer): void {
    const split = createLineSplitter((line) => this.#take(JSON.parse(line) as InitRequest));
    const take = (bytes: Buffer): void => {
      try {
        split(bytes);
      } catch {
        this.#socket.destroy(); // a broken peer costs its connection, never the container
      }
    };
    take(rest);
    this.#socket.on('data', take);
  }

  #take(request: InitRequest): void {
    switch (request.op) {
      case 'stop':
        return this.#supervisor.stop(request.graceMs);
      case 'control':
        return this.#reply(request.seq, this.#supervisor.request(request));
      case 'update':
        return this.#reply(request.seq, this.#supervisor.update(request));
      case 'forgetKills':
        return this.#supervisor.forgetKills(request.program, request.kills);
      case 'noted':
        return this.#notes.taken(request.seq);
      case 'why':
        return this.#reply(request.seq, this.#supervisor.why(request.targets));
      default:
        return assertNever(request, 'request');
    }
  }

  #reply(seq: number, reply: InitReply): void {
    this.send({ event: 'reply', seq, reply });
  }
}

function serveSession(
  socket: Socket,
  hello: Exclude<InitHello, { op: 'control' }>,
  rest: Buffer,
  deps: ExecDeps,
): void {
  try {
    if (hello.op === 'exec') startExecSession(socket, hello, rest, deps);
    else startAttachSession(socket, hello, rest, { find: (ref) => deps.supervisor.attachable(ref) });
  } catch (error) {
    const reply: ExecReply = { ok: false, code: 126, message: error instanceof Error ? error.message : String(error) };
    socket.end(encodeLine(reply));
  }
}

/** The first line, and the bytes that came with it. */
function readHello(socket: Socket, onHello: (hello: InitHello, rest: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  const onData = (bytes: Buffer): void => {
    pending = Buffer.concat([pending, bytes]);
    const end = pending.indexOf(newline);
    if (end < 0) {
      if (pending.length > maxHelloBytes) socket.destroy();
      return;
    }
    socket.off('data', onData);
    const hello = parseHello(pending.toString('utf8', 0, end));
    if (hello === undefined) socket.destroy();
    else onHello(hello, pending.subarray(end + 1));
  };
  socket.on('data', onData);
}

const ops: readonly string[] = ['control', 'exec', 'attach'] satisfies InitHello['op'][];

function parseHello(line: string): InitHello | undefined {
  try {
    const hello = JSON.parse(line) as InitHello;
    return ops.includes(hello.op) ? hello : undefined;
  } catch {
    return undefined;
  }
}
