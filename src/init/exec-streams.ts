/** The streams of an exec session: pipes or a terminal, and their pumps into the session's socket. */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { duplicate, makePipe, openTerminal, readNow, setNonblocking, setTerminalSize } from '../linux/descriptors.ts';
import { readable, watchFd } from '../linux/poll.ts';
import { encodeFrame } from '../protocol/exec-frames.ts';
import { ExecFrame, type ExecRequest } from '../protocol/init.ts';

export interface Streams {
  /** ends for the child */
  readonly child: readonly [number, number, number];
  /** those of them that are closed here after the spawn */
  readonly toClose: readonly number[];
  /** our end of its input, −1: none */
  readonly input: number;
  readonly outputs: readonly { readonly fd: number; readonly kind: number }[];
  /** the controlling end, for resizes */
  readonly terminal?: number;
}

export const openStreams = (request: ExecRequest, devNull: number): Streams =>
  request.tty ? terminalStreams(request) : pipeStreams(request, devNull);

/** Give everything back when the child could not be started. */
export function closeStreams(streams: Streams): void {
  for (const { fd } of streams.outputs) closeSync(fd);
  if (streams.input >= 0) closeSync(streams.input);
}

function pipeStreams(request: ExecRequest, devNull: number): Streams {
  const [outRead, outWrite] = makePipe();
  const [errRead, errWrite] = makePipe();
  const [inRead, inWrite] = request.stdin ? makePipe() : [devNull, -1];
  return {
    child: [inRead, outWrite, errWrite],
    toClose: request.stdin ? [inRead, outWrite, errWrite] : [outWrite, errWrite],
    input: inWrite,
    outputs: [
      { fd: outRead, kind: ExecFrame.stdout },
      { fd: errRead, kind: ExecFrame.stderr },
    ],
  };
}

function terminalStreams(request: ExecRequest): Streams {
  const { controller, peer } = openTerminal();
  if (request.rows !== undefined && request.columns !== undefined) {
    setTerminalSize(controller, request.rows, request.columns);
  }
  return {
    child: [peer, peer, peer],
    toClose: [peer],
    input: duplicate(controller),
    outputs: [{ fd: controller, kind: ExecFrame.stdout }],
    terminal: controller,
  };
}

export interface OutputPump {
  /** the client has room again */
  readonly resume: () => void;
  /** take what is there now and close */
  readonly finish: () => void;
}

const chunk = Buffer.allocUnsafeSlow(64 * 1024);
/** More than a pipe holds; a background child that writes on must not keep PID 1 here. */
const lastReads = 32;

/** Frames of `kind` for what fd (owned from here on) gives, no faster than the socket takes them. */
export function pumpToSocket(fd: number, kind: number, socket: Socket): OutputPump {
  let open = true;
  setNonblocking(fd);
  const close = (): void => {
    open = false;
    watch.close();
    closeSync(fd);
  };
  /** 'slow': sent, but the client should drain first. */
  const pumpOnce = (): 'sent' | 'slow' | 'empty' => {
    const got = readNow(fd, chunk);
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
      for (let i = 0; i < lastReads && open && pumpOnce() !== 'empty'; i++);
      if (open) close();
    },
  };
}
