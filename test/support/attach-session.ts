/** An attach session spoken by hand over podd's API. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../../src/protocol/exec-frames.ts';
import { type Attached, type AttachRequest, ExecFrame, type ExecReply } from '../../src/protocol/init.ts';
import { waitFor, within } from './wait-for.ts';

export interface AttachSession {
  readonly attached: () => Attached | undefined;
  readonly write: (text: string) => void;
  readonly send: (kind: number, payload?: string) => void;
  /** Waits until the output (both streams, and podinit's notes) matches. */
  readonly expect: (pattern: RegExp) => Promise<void>;
  /** Resolves at the exit frame. */
  readonly exitCode: () => Promise<number>;
  readonly leave: () => void;
}

/** Attaches to a program of a pod in namespace default; rejects with podinit's words when it refuses. */
export async function attachSession(
  socketPath: string,
  pod: string,
  container: string,
  { program, stdin, rows, columns }: Omit<AttachRequest, 'op'>,
): Promise<AttachSession> {
  const size = rows === undefined || columns === undefined ? '' : `&rows=${rows}&columns=${columns}`;
  const query = `container=${container}&program=${program}${stdin ? '&stdin=1' : ''}${size}`;
  const path = `/api/v1/namespaces/default/pods/${pod}/attach?${query}`;
  const headers = { connection: 'Upgrade', upgrade: 'podctl-exec' };
  const call = request({ socketPath, method: 'POST', path, headers });
  call.end();
  const [, socket, head] = (await once(call, 'upgrade')) as [unknown, Socket, Buffer];
  const session = speak(socket, head);
  await waitFor('the reply', () => session.reply() !== undefined);
  const reply = session.reply();
  if (reply?.ok === false) throw new Error(reply.message);
  return session;
}

function speak(socket: Socket, head: Buffer): AttachSession & { readonly reply: () => ExecReply | undefined } {
  let text = '';
  let early = Buffer.alloc(0);
  let reply: ExecReply | undefined;
  let tellCode: (code: number) => void = () => undefined;
  const code = new Promise<number>((resolve) => {
    tellCode = resolve;
  });
  const frames = new FrameDecoder((kind, payload) => {
    if (kind === ExecFrame.exit) tellCode((JSON.parse(payload.toString()) as { exitCode: number }).exitCode);
    else text += payload.toString();
  });
  const take = (chunk: Buffer): void => {
    if (reply !== undefined) return frames.push(chunk);
    early = Buffer.concat([early, chunk]);
    const end = early.indexOf(10);
    if (end < 0) return;
    reply = JSON.parse(early.toString('utf8', 0, end)) as ExecReply;
    frames.push(early.subarray(end + 1));
  };
  take(head);
  socket.on('data', take);
  return {
    reply: () => reply,
    attached: () => (reply?.ok === true ? reply.attached : undefined),
    write: (input) => socket.write(encodeFrame(ExecFrame.stdin, input)),
    send: (kind, payload = '') => socket.write(encodeFrame(kind, payload)),
    expect: async (pattern) => {
      await waitFor(`the program shows ${pattern} (so far: ${JSON.stringify(text)})`, () => pattern.test(text));
    },
    exitCode: () => within('the session ends', 60_000, code),
    leave: () => socket.destroy(),
  };
}
