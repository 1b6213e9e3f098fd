/** podinit's end of `<runDir>/ctl.sock`: control connections and exec sessions (protocol/init.ts). */
import { createServer, type Server, type Socket } from 'node:net';
import type { ExecReply, ExecRequest, InitEvent, InitHello, InitRequest } from '../protocol/init.ts';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';
import { assertNever } from '../util/assert-never.ts';
import { type ExecDeps, startExecSession } from './exec-session.ts';

/** An exec request with a large environment fits; more is not one of ours. */
const maxHelloBytes = 1 << 20;
const newline = 0x0a;
const maxEarlyNotes = 100;

export interface ControlServer {
  /** send the present state to every control connection */
  readonly publishState: () => void;
  readonly note: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** only the zygote's warm-up closes it: an init serves until it exits */
  readonly close: () => void;
}

/** Serve on an already listening fd; podd removes the socket file, never libuv. */
export function startControlServer(listenFd: number, deps: ExecDeps): ControlServer {
  const controls = new Set<Socket>();
  /** told before podd was connected */
  const early: InitEvent[] = [];
  const send = (event: InitEvent): void => {
    const line = encodeLine(event);
    for (const socket of controls) socket.write(line);
  };
  const stateEvent = (): InitEvent => ({ event: 'state', state: deps.supervisor.state() });
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    readHello(socket, (hello, rest) => {
      if (hello.op === 'exec') {
        serveExec(socket, hello, rest, deps);
        return;
      }
      controls.add(socket);
      socket.on('close', () => controls.delete(socket));
      socket.write(encodeLine(stateEvent()));
      for (const event of early.splice(0)) socket.write(encodeLine(event));
      serveControl(socket, rest, deps);
    });
  });
  server.listen({ fd: listenFd });
  return {
    publishState: () => {
      if (controls.size > 0) send(stateEvent());
    },
    note: (type, reason, message) => {
      const event: InitEvent = { event: 'note', type, reason, message };
      if (controls.size > 0) send(event);
      else if (early.length < maxEarlyNotes) early.push(event);
    },
    close: () => server.close(),
  };
}

function serveExec(socket: Socket, request: ExecRequest, rest: Buffer, deps: ExecDeps): void {
  try {
    startExecSession(socket, request, rest, deps);
  } catch (error) {
    const reply: ExecReply = { ok: false, code: 126, message: error instanceof Error ? error.message : String(error) };
    socket.end(encodeLine(reply));
  }
}

function serveControl(socket: Socket, rest: Buffer, deps: ExecDeps): void {
  const split = createLineSplitter((line) => {
    const request = JSON.parse(line) as InitRequest;
    switch (request.op) {
      case 'stop':
        return deps.supervisor.stop(request.graceMs);
      case 'signal':
        return deps.supervisor.signalProgram(request.signal, request.program);
      default:
        return assertNever(request, 'request');
    }
  }, maxHelloBytes);
  const take = (bytes: Buffer): void => {
    try {
      split(bytes);
    } catch {
      socket.destroy(); // a broken peer costs its connection, never the container
    }
  };
  take(rest);
  socket.on('data', take);
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

function parseHello(line: string): InitHello | undefined {
  try {
    const hello = JSON.parse(line) as InitHello;
    return hello.op === 'control' || hello.op === 'exec' ? hello : undefined;
  } catch {
    return undefined;
  }
}
