/**
 * podctl's end of an exec: standard streams ↔ frames (protocol/init.ts, exec-frames.ts).
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
import { ExecFrame, type ExecReply, type ExecRequest } from '../protocol/init.ts';
import { PodError } from '../util/pod-error.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';

export interface ExecOptions {
  readonly argv: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly env: readonly string[];
  readonly workingDir: string | undefined;
  readonly io: Io;
  readonly streams: ExecStreams;
}

/** `process`, or what a test puts in its place. */
export interface ExecStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly setRawMode?: (on: boolean) => unknown };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

type OutputStream = Writable & { readonly isTTY?: boolean; readonly rows?: number; readonly columns?: number };

/** Longest request that fits a header: Node's HTTP parser takes 16 KiB of headers in all. */
const maxRequestBytes = 12 * 1024;

/** Resolves to the exit code of the command, or 126 or 127 when it could not be started. Throws ApiError, PodError. */
export async function runExec(client: Client, path: string, options: ExecOptions): Promise<number> {
  const request = Buffer.from(JSON.stringify(execRequest(options))).toString('base64');
  if (request.length > maxRequestBytes) {
    throw new PodError(
      'CommandTooLong',
      `the command is too long for exec (${request.length} of ${maxRequestBytes} bytes)`,
      {
        hint: 'pass it as input: podctl exec -i POD -- sh < script',
      },
    );
  }
  const { socket, head } = await client.upgrade(path, 'podctl-exec', { 'podctl-exec-request': request });
  const endings: (() => void)[] = [];
  try {
    const code = await converse(socket, head, options, endings);
    await Promise.all([options.streams.stdout, options.streams.stderr].map(flushed));
    return code;
  } finally {
    for (const end of endings) end();
    socket.destroy();
  }
}

function execRequest({ argv, stdin, tty, env, workingDir, streams, io }: ExecOptions): ExecRequest {
  const terminal = tty && io.env.TERM ? [`TERM=${io.env.TERM}`] : [];
  return {
    op: 'exec',
    argv,
    tty,
    stdin,
    ...(tty ? sizeOf(outputTerminal(streams)) : undefined),
    ...(env.length + terminal.length === 0 ? {} : { env: [...terminal, ...env] }),
    ...(workingDir === undefined ? {} : { workingDir }),
  };
}

/** The dialogue after 101, to its exit code. What has to be undone afterwards is pushed onto `endings`. */
function converse(socket: Socket, head: Buffer, options: ExecOptions, endings: (() => void)[]): Promise<number> {
  const { stdout, stderr } = options.streams;
  return new Promise((resolve, reject) => {
    const fail = (cause?: Error): void =>
      reject(
        new PodError('ConnectionLost', 'the connection to the container broke', cause === undefined ? {} : { cause }),
      );
    const decoder = new FrameDecoder((kind, payload) => {
      if (kind === ExecFrame.stdout) writeOut(stdout, payload, socket);
      else if (kind === ExecFrame.stderr) writeOut(stderr, payload, socket);
      else if (kind === ExecFrame.exit) resolve((JSON.parse(payload.toString('utf8')) as ExecExit).exitCode);
    });
    const receive = replyThenFrames(decoder, (reply) => {
      if (reply.ok) return startSending(socket, options, endings);
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

interface ExecExit {
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
  // The reader of our output left: nobody wants the rest, and podinit ends the command with the connection.
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

function startSending(socket: Socket, { stdin, tty, streams }: ExecOptions, endings: (() => void)[]): void {
  if (tty) endings.push(sendResizes(socket, streams));
  if (tty && stdin) endings.push(takeTerminal(streams.stdin));
  if (stdin) endings.push(sendInput(socket, streams.stdin));
}

function sendInput(socket: Socket, input: Readable): () => void {
  const resume = (): void => {
    input.resume();
  };
  const end = (): void => {
    if (socket.writable) socket.write(encodeFrame(ExecFrame.stdinEnd));
  };
  input.on('data', (chunk: Buffer) => {
    if (!socket.write(encodeFrame(ExecFrame.stdin, chunk))) input.pause();
  });
  socket.on('drain', resume);
  // An input that cannot be read (a directory, a terminal that hung up) is one that has ended.
  input.once('end', end).once('error', end);
  return () => {
    socket.off('drain', resume);
    input.pause();
  };
}

/** Raw mode; the function returned ends it, and so does every way this process can end but SIGKILL. */
function takeTerminal(input: ExecStreams['stdin']): () => void {
  const restore = (): void => {
    input.setRawMode?.(false);
  };
  process.once('SIGTERM', () => process.exit(143));
  process.once('SIGHUP', () => process.exit(129));
  process.once('exit', restore);
  input.setRawMode?.(true);
  if (input === process.stdin) leaveOutputAlone();
  return restore;
}

/**
 * libuv's raw mode goes on turning line feeds of our output into CR LF, which moves the cursor of full-screen programs.
 * setRawMode(false) takes this back too: libuv remembers all of the terminal's settings. Without stty it stays as it is.
 */
function leaveOutputAlone(): void {
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}

function sendResizes(socket: Socket, streams: ExecStreams): () => void {
  const terminal = outputTerminal(streams);
  const send = (): void => {
    const size = sizeOf(terminal);
    if (size !== undefined && socket.writable) socket.write(encodeFrame(ExecFrame.resize, JSON.stringify(size)));
  };
  terminal?.on('resize', send);
  return () => {
    terminal?.off('resize', send);
  };
}

function sizeOf(terminal: OutputStream | undefined): { readonly rows: number; readonly columns: number } | undefined {
  const { rows = 0, columns = 0 } = terminal ?? {};
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}

/** Output may go into a pipe while the terminal is still there. */
function outputTerminal({ stdout, stderr }: ExecStreams): OutputStream | undefined {
  return [stdout, stderr].find((stream) => stream.isTTY);
}
