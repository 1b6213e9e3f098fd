/** `podctl exec`: the request, then a session of frames (frame-session.ts). */
import type { ExecRequest } from '../protocol/init.ts';
import { PodError } from '../util/pod-error.ts';
import type { Client } from './client.ts';
import {
  runSession,
  type SessionStreams,
  sendInput,
  sendResizes,
  takeTerminal,
  terminalSize,
} from './frame-session.ts';
import type { Io } from './io.ts';

export interface ExecOptions {
  readonly argv: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly env: readonly string[];
  readonly workingDir: string | undefined;
  readonly io: Io;
  readonly streams: SessionStreams;
  /** leaves the command, which ends with the session, with exit code 130 */
  readonly signal?: AbortSignal;
}

const leftCode = 130;

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
  const { stdin, tty, streams, io, signal } = options;
  const upgraded = await client.upgrade(path, 'podctl-exec', { 'podctl-exec-request': request });
  return await runSession(upgraded, {
    io,
    streams,
    onReady: (_reply, session) => {
      const leave = (): void => session.leave(leftCode);
      signal?.addEventListener('abort', leave, { once: true });
      session.atEnd(() => signal?.removeEventListener('abort', leave));
      if (signal?.aborted) leave();
      if (tty) sendResizes(session, streams);
      if (tty && stdin) takeTerminal(session, streams.stdin);
      if (stdin) sendInput(session, streams.stdin, { endsInput: true });
    },
  });
}

function execRequest({ argv, stdin, tty, env, workingDir, streams, io }: ExecOptions): ExecRequest {
  const terminal = tty && io.env.TERM ? [`TERM=${io.env.TERM}`] : [];
  return {
    op: 'exec',
    argv,
    tty,
    stdin,
    ...(tty ? terminalSize(streams) : undefined),
    ...(env.length + terminal.length === 0 ? {} : { env: [...terminal, ...env] }),
    ...(workingDir === undefined ? {} : { workingDir }),
  };
}
