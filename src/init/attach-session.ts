/**
 * One `podctl attach`: what a program prints from now on, and its stdin where it has one, as frames (protocol/init.ts).
 * The session survives restarts of the program; it ends when the program is removed, the container ends or the client goes.
 * A slow client is never waited for: beyond `maxQueuedBytes` it loses output, and is told how much.
 */
import type { Socket } from 'node:net';
import type { ProgramRef } from '../model/program-name.ts';
import { encodeFrame, FrameDecoder } from '../protocol/exec-frames.ts';
import { type AttachRequest, ExecFrame, type ExecReply } from '../protocol/init.ts';
import { encodeLine } from '../protocol/json-lines.ts';
import type { AttachPoint, ProgramNews } from './attach-point.ts';
import { InputFlow } from './input-flow.ts';
import type { OutputStream } from './log-pump.ts';
import type { ProgramOutput } from './program-output.ts';

const maxQueuedBytes = 1 << 20;

export interface AttachDeps {
  /** The program meant (its first instance where none is named), or an error for people that lists what there is. */
  readonly find: (ref: ProgramRef) => AttachProgram | { readonly error: string };
}

export interface AttachProgram {
  readonly label: string;
  /** the manifest gives it a stdin (`stdin: true` or `tty: true`) */
  readonly stdin: boolean;
  /** it has no more input once the first session that gave it some is over */
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly output: ProgramOutput;
  readonly point: AttachPoint;
}

/** Answer an attach request on its socket; `rest` is what came behind the request line. */
export function startAttachSession(socket: Socket, request: AttachRequest, rest: Buffer, deps: AttachDeps): void {
  const found = deps.find(request);
  const error = 'error' in found ? found.error : whyNoInput(found, request);
  if ('error' in found || error !== undefined) {
    const reply: ExecReply = { ok: false, code: 1, message: error ?? '' };
    socket.end(encodeLine(reply));
    return;
  }
  const { label, tty, stdin } = found;
  const reply: ExecReply = { ok: true, attached: { label, tty, stdin } };
  socket.write(encodeLine(reply));
  new AttachSession(socket, request, found).begin(rest);
}

function whyNoInput({ label, stdin }: AttachProgram, request: AttachRequest): string | undefined {
  if (!request.stdin || stdin) return undefined;
  return `program ${label} has no stdin: write "stdin: true" (or "tty: true") in the manifest, or attach without input`;
}

class AttachSession {
  readonly #socket: Socket;
  readonly #request: AttachRequest;
  readonly #program: AttachProgram;
  readonly #flow: InputFlow;
  #endings: (() => void)[] = [];
  /** not sent since the client last kept up */
  #lostBytes = 0;
  #hasToldNoReader = false;

  constructor(socket: Socket, request: AttachRequest, program: AttachProgram) {
    this.#socket = socket;
    this.#request = request;
    this.#program = program;
    this.#flow = new InputFlow(socket);
  }

  begin(rest: Buffer): void {
    const { output, point, label } = this.#program;
    this.#resize(this.#request);
    this.#endings = [
      output.tap((stream, bytes) => this.#send(stream, bytes)),
      point.watch((news) => this.#take(news)),
      () => this.#flow.close(),
    ];
    const decoder = new FrameDecoder((kind, payload) => this.#receive(kind, payload));
    const push = (bytes: Buffer): void => {
      try {
        decoder.push(bytes);
      } catch {
        this.#socket.destroy();
      }
    };
    this.#socket.on('data', push);
    this.#socket.on('drain', () => this.#tellLost());
    this.#socket.on('end', () => this.#end());
    this.#socket.on('close', () => this.#close());
    if (point.pid() === undefined) this.#note(`${label} does not run now`);
    push(rest);
  }

  #send(stream: OutputStream, bytes: Buffer): void {
    if (this.#lostBytes > 0 || this.#socket.writableLength + bytes.length > maxQueuedBytes) {
      this.#lostBytes += bytes.length;
      // an empty queue has no drain to wait for
      if (this.#socket.writableLength === 0) this.#tellLost();
      return;
    }
    this.#socket.write(encodeFrame(ExecFrame[stream], bytes));
  }

  #tellLost(): void {
    if (this.#lostBytes === 0) return;
    const lost = this.#lostBytes;
    this.#lostBytes = 0;
    this.#note(`${lost} bytes of output left out: they came faster than this connection took them`);
  }

  #take(news: ProgramNews): void {
    const { label, point } = this.#program;
    switch (news.news) {
      case 'started':
        this.#hasToldNoReader = false;
        this.#resize(this.#request);
        return this.#note(`${label} started, pid ${news.pid}`);
      case 'ended':
        this.#flow.resume();
        return this.#note(
          `${label} ended with ${news.signal === undefined ? `code ${news.exitCode}` : `signal ${news.signal}`}`,
        );
      case 'removed':
        this.#tellLost();
        return this.#end(point.lastExitCode());
      case 'drained':
        return this.#flow.resume();
    }
  }

  #receive(kind: number, payload: Buffer): void {
    if (kind === ExecFrame.resize) return this.#resize(parseSize(payload));
    if (!this.#request.stdin) return;
    if (kind === ExecFrame.stdin) this.#write(payload);
    if (kind === ExecFrame.stdinEnd) this.#program.point.endInput();
  }

  #write(payload: Buffer): void {
    const { label, point } = this.#program;
    const outcome = point.write(payload);
    if (outcome === 'slow') this.#flow.stall();
    if (outcome !== 'lost' || this.#hasToldNoReader) return;
    this.#hasToldNoReader = true;
    this.#note(`input left out: ${point.pid() === undefined ? `${label} does not run` : `${label}'s stdin is closed`}`);
  }

  #resize({ rows, columns }: { readonly rows?: number; readonly columns?: number }): void {
    if (rows !== undefined && columns !== undefined) this.#program.point.resize(rows, columns);
  }

  /** A line from podinit itself; a terminal in raw mode wants the carriage back. */
  #note(text: string): void {
    this.#socket.write(encodeFrame(ExecFrame.stderr, `podctl: ${text}${this.#program.tty ? '\r\n' : '\n'}`));
  }

  #end(exitCode = 0): void {
    this.#close();
    if (this.#socket.writable) this.#socket.end(encodeFrame(ExecFrame.exit, JSON.stringify({ exitCode })));
    this.#socket.resume();
  }

  #close(): void {
    if (this.#endings.length > 0 && this.#request.stdin && this.#program.stdinOnce) this.#program.point.endInput();
    for (const end of this.#endings.splice(0)) end();
  }
}

function parseSize(payload: Buffer): { readonly rows?: number; readonly columns?: number } {
  try {
    const { rows, columns } = JSON.parse(payload.toString()) as { rows?: unknown; columns?: unknown };
    return typeof rows === 'number' && typeof columns === 'number' ? { rows, columns } : {};
  } catch {
    return {}; // a resize that makes no sense changes nothing
  }
}
