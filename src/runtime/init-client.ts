/** podd's side of one podinit: a control connection over `<runDir>/ctl.sock` (protocol/init.ts). */
import { closeSync, constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { InitEvent, InitReply, InitRequest, InitState } from '../protocol/init.ts';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';
import { PodError } from '../util/pod-error.ts';

/** It may be told again; without a number it is not. */
export type ToldNote = Omit<Extract<InitEvent, { readonly event: 'note' }>, 'event'>;

/** What is noted is said to be taken as soon as onNote returns. */
export interface InitListener {
  readonly onState: (state: InitState) => void;
  readonly onNote: (note: ToldNote) => void;
  /** connection ended; the pidfd, not this, says whether the init is gone */
  readonly onClose: () => void;
}

/** A request as the caller gives it: the connection numbers it. */
export type InitQuestion<Op extends 'control' | 'update' | 'why'> = Omit<
  Extract<InitRequest, { readonly op: Op }>,
  'op' | 'seq'
>;

/** Requests are answered in order; each rejects with PodError `Unavailable` when the connection ends before its answer. */
export interface InitConnection {
  readonly stop: (graceMs: number) => void;
  readonly control: (request: InitQuestion<'control'>) => Promise<InitReply>;
  readonly update: (request: InitQuestion<'update'>) => Promise<InitReply>;
  readonly why: (request: InitQuestion<'why'>) => Promise<InitReply>;
  readonly forgetKills: (program: string, kills: number) => void;
  readonly close: () => void;
}

/** sun_path holds 107 bytes and a NUL, unix(7). */
const maxSocketPath = 107;

/** Connect to an init that was forked already: its socket has been listening since before the fork. */
export function connectInit(runDir: string, listener: InitListener): InitConnection {
  const { path, release } = reachableSocket(runDir);
  const socket = connect(path);
  const replies = new Replies();
  const send = (request: InitRequest): void => {
    if (!socket.destroyed) socket.write(encodeLine(request));
  };
  const takeNote = (note: ToldNote): void => {
    listener.onNote(note);
    if (note.seq !== undefined) send({ op: 'noted', seq: note.seq });
  };
  const ask = (question: (seq: number) => InitRequest): Promise<InitReply> =>
    replies.expect((seq) => send(question(seq)));
  socket.on('connect', release);
  socket.write(encodeLine({ op: 'control' }));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    release();
    replies.end();
    listener.onClose();
  });
  socket.on(
    'data',
    endingAtNonsense(
      socket,
      createLineSplitter((line) => {
        const event = JSON.parse(line) as InitEvent;
        if (event.event === 'state') listener.onState(event.state);
        else if (event.event === 'note') takeNote(event);
        else replies.take(event.seq, event.reply);
      }),
    ),
  );
  return {
    stop: (graceMs) => send({ op: 'stop', graceMs }),
    control: (request) => ask((seq) => ({ ...request, op: 'control', seq })),
    update: (request) => ask((seq) => ({ ...request, op: 'update', seq })),
    why: (request) => ask((seq) => ({ ...request, op: 'why', seq })),
    forgetKills: (program, kills) => send({ op: 'forgetKills', program, kills }),
    close: () => socket.destroy(),
  };
}

/** Answers that are still to come, by the number of their request. */
class Replies {
  readonly #waiting = new Map<number, { resolve: (reply: InitReply) => void; reject: (error: PodError) => void }>();
  #lastSeq = 0;
  #isOver = false;

  expect(send: (seq: number) => void): Promise<InitReply> {
    if (this.#isOver) return Promise.reject(gone());
    const seq = ++this.#lastSeq;
    return new Promise((resolve, reject) => {
      this.#waiting.set(seq, { resolve, reject });
      send(seq);
    });
  }

  take(seq: number, reply: InitReply): void {
    this.#waiting.get(seq)?.resolve(reply);
    this.#waiting.delete(seq);
  }

  end(): void {
    this.#isOver = true;
    for (const { reject } of this.#waiting.values()) reject(gone());
    this.#waiting.clear();
  }
}

const gone = (): PodError => new PodError('Unavailable', 'the connection to the container ended: it ends or has ended');

/** A privileged container can reach its PID 1: what comes from there costs its connection, never podd. */
function endingAtNonsense(socket: Socket, take: (bytes: Buffer) => void): (bytes: Buffer) => void {
  return (bytes) => {
    try {
      take(bytes);
    } catch {
      socket.destroy();
    }
  };
}

/** A path that fits a socket address: through an fd of the directory when the real one is too long. */
export function reachableSocket(runDir: string): { readonly path: string; readonly release: () => void } {
  const direct = join(runDir, 'ctl.sock');
  if (Buffer.byteLength(direct) <= maxSocketPath) return { path: direct, release: () => {} };
  let fd = openSync(runDir, constants.O_RDONLY | constants.O_DIRECTORY);
  const release = (): void => {
    if (fd >= 0) closeSync(fd);
    fd = -1;
  };
  return { path: `/proc/self/fd/${fd}/ctl.sock`, release };
}
