/** The input of an exec or attach session: taken from its socket no faster than the process reads. */
import type { Socket } from 'node:net';
import { encodeFrame } from '../protocol/exec-frames.ts';
import { ExecFrame } from '../protocol/init.ts';

/** A paused socket does not see its client go: an empty frame now and then would fail. */
const pingMs = 2000;

export class InputFlow {
  readonly #socket: Socket;
  #ping: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The process does not read. */
  stall(): void {
    this.#socket.pause();
    this.#ping ??= setInterval(() => this.#socket.write(encodeFrame(ExecFrame.stdout)), pingMs);
  }

  /** It reads again, or nobody will. */
  resume(): void {
    this.close();
    this.#socket.resume();
  }

  /** Lets go of its timer. */
  close(): void {
    clearInterval(this.#ping);
    this.#ping = undefined;
  }
}
