/** Log streams of podd to standard output: as they come, or line by line where containers share it or lines get a prefix. */
import { once } from 'node:events';
import type { Client } from './client.ts';

export interface LogPrinting {
  /** before each line */
  readonly prefix: string;
  /** other logs are printed at the same time: whole lines only */
  readonly isShared: boolean;
}

/** Prints the stream at `path` to its end; throws ApiError, PodError. */
export async function printLog(client: Client, path: string, { prefix, isShared }: LogPrinting): Promise<void> {
  const response = await client.stream(path);
  exitWhenReaderLeaves();
  if (prefix === '' && !isShared) {
    for await (const chunk of response) await writeOut(chunk as Buffer);
    return;
  }
  const cut = createLineCutter(prefix);
  for await (const chunk of response) await writeOut(cut.take(chunk as Buffer));
  await writeOut(cut.rest());
}

export interface LineCutter {
  /** The whole lines there are by now, each behind the prefix. */
  readonly take: (chunk: Buffer) => Buffer;
  /** What is left without a newline, with one. */
  readonly rest: () => Buffer;
}

const newline = 0x0a;
/** A line longer than this is passed on in pieces. */
const maxHeldBytes = 4 * 1024 * 1024;

/** Cuts bytes into lines, empty ones too. */
export function createLineCutter(prefixText: string): LineCutter {
  const prefix = Buffer.from(prefixText);
  let held: Buffer[] = [];
  let heldBytes = 0;
  const decorate = (bytes: Buffer): Buffer => {
    if (prefix.length === 0) return bytes;
    const pieces: Buffer[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(newline, start);
      const next = end === -1 ? bytes.length : end + 1;
      pieces.push(prefix, bytes.subarray(start, next));
      start = next;
    }
    return Buffer.concat(pieces);
  };
  const release = (last: Buffer): Buffer => {
    const bytes = Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    return decorate(bytes);
  };
  return {
    take: (chunk) => {
      const end = chunk.lastIndexOf(newline) + 1;
      const whole = end > 0 ? release(chunk.subarray(0, end)) : Buffer.alloc(0);
      if (end < chunk.length) held.push(chunk.subarray(end));
      heldBytes += chunk.length - end;
      return heldBytes > maxHeldBytes ? Buffer.concat([whole, release(Buffer.from('\n'))]) : whole;
    },
    rest: () => (heldBytes === 0 ? Buffer.alloc(0) : release(Buffer.from('\n'))),
  };
}

async function writeOut(chunk: Buffer): Promise<void> {
  if (chunk.length > 0 && !process.stdout.write(chunk)) await once(process.stdout, 'drain');
}

function exitWhenReaderLeaves(): void {
  // 128+SIGPIPE: what any filter's exit looks like to a shell when `head` has had enough.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => process.exit(141));
}
