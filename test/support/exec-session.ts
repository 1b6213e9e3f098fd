/** An exec session spoken by hand over podd's API, for what a pipe to podctl cannot do: a terminal that changes its size. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../../src/protocol/exec-frames.ts';
import { ExecFrame, type ExecRequest } from '../../src/protocol/init.ts';
import { waitFor, within } from './wait-for.ts';

export interface ExecSession {
  /** everything printed so far */
  readonly output: () => string;
  readonly write: (text: string) => void;
  readonly resize: (rows: number, columns: number) => void;
  /** Waits until the output matches. */
  readonly expect: (pattern: RegExp) => Promise<void>;
  /** Resolves at the exit frame. */
  readonly exitCode: () => Promise<number>;
}

/** Opens a session with a terminal of 24 × 80 in a container of a pod in namespace default. */
export function openTerminal(
  socketPath: string,
  pod: string,
  container: string,
  argv: readonly string[],
): Promise<ExecSession> {
  return openSession(socketPath, pod, container, { op: 'exec', argv, tty: true, stdin: true, rows: 24, columns: 80 });
}

/** Opens any session. */
export async function openSession(
  socketPath: string,
  pod: string,
  container: string,
  wanted: ExecRequest,
): Promise<ExecSession> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'podctl-exec',
    'podctl-exec-request': Buffer.from(JSON.stringify(wanted)).toString('base64'),
  };
  const path = `/api/v1/namespaces/default/pods/${pod}/exec?container=${container}`;
  const call = request({ socketPath, method: 'POST', path, headers });
  call.end();
  const [, socket, head] = (await once(call, 'upgrade')) as [unknown, Socket, Buffer];
  return speak(socket, head);
}

function speak(socket: Socket, head: Buffer): ExecSession {
  let text = '';
  let tellCode: (code: number) => void = () => undefined;
  const code = new Promise<number>((resolve) => {
    tellCode = resolve;
  });
  let reply: string | undefined;
  let early = Buffer.alloc(0);
  const frames = new FrameDecoder((kind, payload) => {
    if (kind === ExecFrame.exit) tellCode((JSON.parse(payload.toString()) as { exitCode: number }).exitCode);
    else text += payload.toString();
  });
  const take = (chunk: Buffer): void => {
    if (reply !== undefined) return frames.push(chunk);
    early = Buffer.concat([early, chunk]);
    const end = early.indexOf(10);
    if (end < 0) return;
    reply = early.subarray(0, end).toString();
    frames.push(early.subarray(end + 1));
  };
  take(head);
  socket.on('data', take);
  return {
    output: () => text,
    write: (input) => socket.write(encodeFrame(ExecFrame.stdin, input)),
    resize: (rows, columns) => socket.write(encodeFrame(ExecFrame.resize, JSON.stringify({ rows, columns }))),
    expect: async (pattern) => {
      await waitFor(`the terminal shows ${pattern} (so far: ${JSON.stringify(text)})`, () => pattern.test(text));
    },
    exitCode: () => within('the session ends', 60_000, code),
  };
}
