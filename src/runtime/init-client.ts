/** podd's side of one podinit: a control connection over `<runDir>/ctl.sock` (protocol/init.ts). */
import { closeSync, constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { InitEvent, InitRequest, InitState } from '../protocol/init.ts';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';

export interface InitListener {
  readonly onState: (state: InitState) => void;
  readonly onNote: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** connection ended; the pidfd, not this, says whether the init is gone */
  readonly onClose: () => void;
}

export interface InitConnection {
  readonly stop: (graceMs: number) => void;
  readonly signal: (signal: number, program?: string) => void;
  readonly close: () => void;
}

/** sun_path holds 107 bytes and a NUL, unix(7). */
const maxSocketPath = 107;

/** Connect to an init that was forked already: its socket has been listening since before the fork. */
export function connectInit(runDir: string, listener: InitListener): InitConnection {
  const { path, release } = reachableSocket(runDir);
  const socket = connect(path);
  const send = (request: InitRequest): void => {
    if (!socket.destroyed) socket.write(encodeLine(request));
  };
  socket.on('connect', release);
  socket.write(encodeLine({ op: 'control' }));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    release();
    listener.onClose();
  });
  socket.on(
    'data',
    endingAtNonsense(
      socket,
      createLineSplitter((line) => {
        const event = JSON.parse(line) as InitEvent;
        if (event.event === 'state') listener.onState(event.state);
        else listener.onNote(event.type, event.reason, event.message);
      }),
    ),
  );
  return {
    stop: (graceMs) => send({ op: 'stop', graceMs }),
    signal: (signal, program) => send({ op: 'signal', signal, ...(program === undefined ? {} : { program }) }),
    close: () => socket.destroy(),
  };
}

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
