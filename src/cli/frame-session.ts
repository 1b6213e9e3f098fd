/**
 * podctl's end of an exec or attach: standard streams ↔ frames (protocol/init.ts, exec-frames.ts).
 *
 *   stdin ──▶ stdin frames ──▶ podd relays ──▶ podinit        stdout, stderr frames ──▶ standard output, error
 *   SIGWINCH ──▶ resize frames                                 exit frame ──▶ exit code
 *
 * Back-pressure goes through: a slow reader of our output stops the socket, a full socket stops our input.
 */
import { spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { encodeFrame, FrameDecoder } from '../protocol/exec-frames.ts';
import { ExecFrame, type ExecReply } from '../protocol/init.ts';
import { PodError } from '../util/pod-error.ts';
import type { Upgraded } from './client.ts';
import type { Io } from './io.ts';

/** `process`, or what a test puts in its place. */
export interface SessionStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly setRawMode?: (on: boolean) => unknown };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

type OutputStream = Writable & { readonly isTTY?: boolean; readonly rows?: number; readonly columns?: number };

export interface SessionOptions {
  readonly io: Io;
  readonly streams: SessionStreams;
  /** The other side is ready: begin to send. Each function given to `atEnd` is called when the session is over. */
  readonly onReady: (reply: ExecReply & { readonly ok: true }, session: RunningSession) => void;
}

export interface RunningSession {
  readonly socket: Socket;
  readonly atEnd: (undo: () => void) => void;
  /** End it from this side, with this exit code. */
  readonly leave: (exitCode: number) => void;
}

/** The dialogue after 101, to its exit code: of the exit frame, or of a refusal, which is printed. Throws PodError ConnectionLost. */
export async function runSession({ socket, head }: Upgraded, options: SessionOptions): Promise<number> {
  const endings: (() => void)[] = [];
  try {
    const code = await converse(socket, head, options, (undo) => endings.push(undo));
    await Promise.all([options.streams.stdout, options.streams.stderr].map(flushed));
    return code;
  } finally {
    for (const end of endings) end();
    socket.destroy();
  }
}

function converse(
  socket: Socket,
  head: Buffer,
  options: SessionOptions,
  atEnd: RunningSession['atEnd'],
): Promise<number> {
  const { stdout, stderr } = options.streams;
  return new Promise((resolve, reject) => {
    const fail = (cause?: Error): void =>
      reject(
        new PodError('ConnectionLost', 'the connection to the container broke', cause === undefined ? {} : { cause }),
      );
    const decoder = new FrameDecoder((kind, payload) => {
      if (kind === ExecFrame.stdout) writeOut(stdout, payload, socket);
      else if (kind === ExecFrame.stderr) writeOut(stderr, payload, socket);
      else if (kind === ExecFrame.exit) resolve((JSON.parse(payload.toString('utf8')) as SessionEnd).exitCode);
    });
    const receive = replyThenFrames(decoder, (reply) => {
      if (reply.ok) return options.onReady(reply, { socket, atEnd, leave: resolve });
      options.io.err(`error: ${reply.message}\n`);
      resolve(reply.code);
    });
    const receiveOrFail = (chunk: Buffer): void => {
      try {
        receive(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    socket
      .on('data', receiveOrFail)
      .once('error', fail)
      .once('close', () => fail());
    if (head.length > 0) receiveOrFail(head);
  });
}

interface SessionEnd {
  readonly exitCode: number;
}

/** One ExecReply line, then frames. */
function replyThenFrames(decoder: FrameDecoder, onReply: (reply: ExecReply) => void): (chunk: Buffer) => void {
  let line: Buffer | undefined = Buffer.alloc(0);
  return (chunk) => {
    if (line === undefined) return decoder.push(chunk);
    line = Buffer.concat([line, chunk]);
    const end = line.indexOf(0x0a);
    if (end === -1) return;
    const frames = line.subarray(end + 1);
    const reply = JSON.parse(line.toString('utf8', 0, end)) as ExecReply;
    line = undefined;
    onReply(reply);
    decoder.push(frames);
  };
}

function writeOut(stream: OutputStream, payload: Buffer, socket: Socket): void {
  // The reader of our output left: nobody wants the rest, and podinit ends the session with the connection.
  if (stream.listenerCount('error') === 0) stream.on('error', () => process.exit(readerGoneCode));
  if (stream.write(payload)) return;
  socket.pause();
  stream.once('drain', () => socket.resume());
}

/** 128+SIGPIPE */
const readerGoneCode = 141;

async function flushed(stream: OutputStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
}

export interface InputOptions {
  /** What of a chunk is sent; undefined: nothing more, the session is being left. Default: all. */
  readonly filter?: (chunk: Buffer) => Buffer | undefined;
  /** tell the other side when our input ends */
  readonly endsInput: boolean;
}

/** Sends input until the session is over. */
export function sendInput({ socket, atEnd }: RunningSession, input: Readable, options: InputOptions): void {
  const { filter = (chunk) => chunk, endsInput } = options;
  const resume = (): void => {
    input.resume();
  };
  const end = (): void => {
    if (endsInput && socket.writable) socket.write(encodeFrame(ExecFrame.stdinEnd));
  };
  const send = (chunk: Buffer): void => {
    const bytes = filter(chunk);
    if (bytes === undefined || bytes.length === 0 || !socket.writable) return;
    if (!socket.write(encodeFrame(ExecFrame.stdin, bytes))) input.pause();
  };
  input.on('data', send);
  // Who read it before may have paused it.
  input.resume();
  socket.on('drain', resume);
  // An input that cannot be read (a directory, a terminal that hung up) is one that has ended.
  input.once('end', end).once('error', end);
  atEnd(() => {
    socket.off('drain', resume);
    input.off('data', send);
    input.pause();
  });
}

/**
 * Raw mode until the session is over, or this process is by anything but SIGKILL. Signals that somebody handles already
 * (the terminal view) are left to him.
 */
export function takeTerminal({ atEnd }: RunningSession, input: SessionStreams['stdin']): void {
  const restore = (): void => {
    input.setRawMode?.(false);
  };
  const terminated = (): never => process.exit(143);
  const hungUp = (): never => process.exit(129);
  if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', terminated);
  if (process.listenerCount('SIGHUP') === 0) process.once('SIGHUP', hungUp);
  process.once('exit', restore);
  input.setRawMode?.(true);
  if (input === process.stdin) leaveOutputAlone();
  atEnd(() => {
    process.off('SIGTERM', terminated).off('SIGHUP', hungUp).off('exit', restore);
    restore();
  });
}

/**
 * libuv's raw mode goes on turning line feeds of our output into CR LF, which moves the cursor of full-screen programs.
 * setRawMode(false) takes this back too: libuv remembers all of the terminal's settings. Without stty it stays as it is.
 */
function leaveOutputAlone(): void {
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}

/** Sends the new size whenever the terminal changes it. */
export function sendResizes({ socket, atEnd }: RunningSession, streams: SessionStreams): void {
  const terminal = outputTerminal(streams);
  const send = (): void => {
    const size = terminalSize(streams);
    if (size !== undefined && socket.writable) socket.write(encodeFrame(ExecFrame.resize, JSON.stringify(size)));
  };
  terminal?.on('resize', send);
  atEnd(() => {
    terminal?.off('resize', send);
  });
}

/** Of the terminal that our output goes to; undefined without one. */
export function terminalSize(streams: SessionStreams): { readonly rows: number; readonly columns: number } | undefined {
  const { rows = 0, columns = 0 } = outputTerminal(streams) ?? {};
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}

/** Output may go into a pipe while the terminal is still there. */
function outputTerminal({ stdout, stderr }: SessionStreams): OutputStream | undefined {
  return [stdout, stderr].find((stream) => stream.isTTY);
}
