/** `podctl attach`: a program's output, and its stdin where asked for, until it is removed or the user leaves. */
import type { Attached } from '../protocol/init.ts';
import { PodError } from '../util/pod-error.ts';
import type { Client } from './client.ts';
import { createDetachFilter } from './detach-keys.ts';
import {
  type RunningSession,
  runSession,
  type SessionStreams,
  sendInput,
  sendResizes,
  takeTerminal,
  terminalSize,
} from './frame-session.ts';
import type { Io } from './io.ts';
import { podPath } from './pod-paths.ts';

export interface AttachOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  readonly program: string | undefined;
  readonly stdin: boolean;
  /** close the program's stdin when ours ends */
  readonly closesStdin: boolean;
  readonly detachKeys: Buffer;
  /** as people write them */
  readonly detachWords: string;
  readonly io: Io;
  readonly streams: SessionStreams;
}

/** Resolves to 0 when the user left, else to the newest exit code of the program that is gone. Throws ApiError, PodError. */
export async function runAttach(client: Client, options: AttachOptions): Promise<number> {
  const { namespace, pod, container, program, stdin, streams, io } = options;
  const path = podPath(namespace, pod, 'attach', { container, program, stdin, ...terminalSize(streams) });
  return await runSession(await client.upgrade(path, 'podctl-exec', {}), {
    io,
    streams,
    onReady: ({ attached }, session) => {
      if (attached === undefined) throw new PodError('OldPodinit', 'this container cannot be attached to');
      begin(attached, session, options);
    },
  });
}

function begin(attached: Attached, session: RunningSession, options: AttachOptions): void {
  const { io, streams, stdin, detachKeys, detachWords, closesStdin } = options;
  const isRaw = attached.tty && stdin && streams.stdin.isTTY === true;
  const how = isRaw ? detachWords.replaceAll(',', ' ') : 'Ctrl-C';
  if (attached.tty) sendResizes(session, streams);
  if (isRaw) takeTerminal(session, streams.stdin);
  else leaveBySignal(session);
  // Not before: who reads it may press Ctrl-C at once.
  io.err(`Attached to ${attached.label}; it goes on when you leave with ${how}.${hintOf(attached, options)}\n`);
  if (!stdin) return;
  const filter = createDetachFilter(detachKeys);
  sendInput(session, streams.stdin, {
    endsInput: closesStdin,
    filter: (chunk) => {
      if (!isRaw) return chunk;
      const { bytes, isDetached } = filter.take(chunk);
      if (isDetached) setImmediate(() => session.leave(0));
      return bytes;
    },
  });
}

const hintOf = ({ stdin }: Attached, options: AttachOptions): string =>
  stdin && !options.stdin ? ' Only its output is shown: -i passes input on.' : '';

/** Ctrl-C leaves, instead of ending podctl as it does elsewhere; the program never sees it, for it has no terminal of ours. */
function leaveBySignal({ atEnd, leave }: RunningSession): void {
  const others = process.rawListeners('SIGINT') as (() => void)[];
  process.removeAllListeners('SIGINT');
  process.once('SIGINT', () => leave(0));
  atEnd(() => {
    process.removeAllListeners('SIGINT');
    for (const listener of others) process.on('SIGINT', listener);
  });
}
