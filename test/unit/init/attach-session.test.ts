import { once } from 'node:events';
import { closeSync, mkdtempSync, readSync, rmSync, writeSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AttachPoint } from '../../../src/init/attach-point.ts';
import { type AttachProgram, startAttachSession } from '../../../src/init/attach-session.ts';
import { noOutput } from '../../../src/init/program-output.ts';
import { makePipe, setNonblocking } from '../../../src/linux/descriptors.ts';
import { encodeFrame, FrameDecoder } from '../../../src/protocol/exec-frames.ts';
import { type AttachRequest, ExecFrame } from '../../../src/protocol/init.ts';
import { waitFor } from '../../support/wait-for.ts';

let directory: string;
let server: Server;
let client: Socket;
let point: AttachPoint;
let output: ReturnType<typeof noOutput>;
/** the program's own ends */
let stdout: number;
let toClose: number[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-attach-'));
  point = new AttachPoint();
  output = noOutput();
  const [readEnd, writeEnd] = makePipe();
  stdout = writeEnd;
  toClose = [writeEnd];
  output.pump(readEnd, 'stdout');
});
afterEach(() => {
  client?.destroy();
  server?.close();
  point.removed();
  for (const fd of toClose) closeSync(fd);
  output.close();
  rmSync(directory, { recursive: true });
});

/** A run whose stdin is a pipe; its read end. */
function startRun(pid: number): number {
  const [readEnd, writeEnd] = makePipe();
  toClose.push(readEnd);
  point.started(pid, writeEnd, false);
  return readEnd;
}

/** Undefined: nothing there yet; empty: the end. */
function tryRead(fd: number): string | undefined {
  const buffer = Buffer.alloc(100);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch {
    return undefined;
  }
}

interface Session {
  readonly reply: () => unknown;
  readonly text: (kind: 'stdout' | 'stderr') => string;
  readonly exit: () => unknown;
}

async function attach(request: Partial<AttachRequest> = {}, program: Partial<AttachProgram> = {}): Promise<Session> {
  const found: AttachProgram = { label: 'web', stdin: true, stdinOnce: false, tty: false, output, point, ...program };
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const full: AttachRequest = { op: 'attach', program: 'web', stdin: false, ...request };
    startAttachSession(socket, full, Buffer.alloc(0), {
      find: ({ program: name }) => (name === 'web' ? found : { error: `no program ${name}; there is web` }),
    });
  });
  server.listen(join(directory, 's'));
  await once(server, 'listening');
  client = connect(join(directory, 's'));
  const frames = new Map<number, Buffer[]>();
  const decoder = new FrameDecoder((kind, payload) => {
    frames.set(kind, [...(frames.get(kind) ?? []), Buffer.from(payload)]);
  });
  let head = '';
  let reply: unknown;
  client.on('data', (bytes) => {
    if (reply !== undefined) return decoder.push(bytes);
    head += bytes.toString('latin1');
    const end = head.indexOf('\n');
    if (end < 0) return;
    reply = JSON.parse(head.slice(0, end));
    decoder.push(Buffer.from(head.slice(end + 1), 'latin1'));
  });
  const textOf = (kind: number): string => Buffer.concat(frames.get(kind) ?? []).toString();
  await waitFor('the reply', () => reply !== undefined);
  return {
    reply: () => reply,
    text: (kind) => textOf(ExecFrame[kind]),
    exit: () => (frames.has(ExecFrame.exit) ? JSON.parse(textOf(ExecFrame.exit)) : undefined),
  };
}

describe('an attach session', () => {
  test('shows what is printed from now on, across a restart, and ends with the program', async () => {
    startRun(7);
    writeSync(stdout, 'before\n');
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const session = await attach();
    expect(session.reply()).toEqual({ ok: true, attached: { label: 'web', tty: false, stdin: true } });
    writeSync(stdout, 'hel');
    await waitFor('output', () => session.text('stdout').endsWith('hel'));
    point.ended(3);
    startRun(8);
    writeSync(stdout, 'lo\n');
    await waitFor('more', () => session.text('stdout').endsWith('hello\n'));
    point.ended(137, 9);
    point.removed();
    await waitFor('the end', () => session.exit() !== undefined);
    expect(session.exit()).toEqual({ exitCode: 137 });
    expect(session.text('stderr')).toBe(
      'podctl: web ended with code 3\npodctl: web started, pid 8\npodctl: web ended with signal 9\n',
    );
  });

  test('ends the input with the first session that gave some, where it is to be so (stdinOnce)', async () => {
    const stdin = startRun(7);
    setNonblocking(stdin);
    await attach({ stdin: true }, { stdinOnce: true });
    client.write(encodeFrame(ExecFrame.stdin, 'one'));
    await waitFor('the input', () => tryRead(stdin) === 'one');
    client.destroy();
    await waitFor('the end of input', () => tryRead(stdin) === '');
    expect(point.write(Buffer.from('late'))).toBe('lost');
  });

  test('writes input to the program that runs, and ends it only when asked', async () => {
    const stdin = startRun(7);
    await attach({ stdin: true });
    let read = '';
    let isEnded = false;
    setNonblocking(stdin);
    const readMore = (): void => {
      const got = tryRead(stdin);
      isEnded ||= got === '';
      read += got ?? '';
    };
    client.write(encodeFrame(ExecFrame.stdin, 'one\n'));
    client.write(encodeFrame(ExecFrame.stdin, 'two\n'));
    await waitFor('the input', () => {
      readMore();
      return read === 'one\ntwo\n';
    });
    expect(isEnded).toBe(false);
    client.write(encodeFrame(ExecFrame.stdinEnd));
    await waitFor('its end', () => {
      readMore();
      return isEnded;
    });
    expect(point.write(Buffer.from('x'))).toBe('lost');
  });

  test('a client that leaves takes nothing with it', async () => {
    const stdin = startRun(7);
    await attach({ stdin: true });
    const closed = new Promise((resolve) => server.close(resolve));
    client.destroy();
    await closed;
    writeSync(stdout, 'still here\n');
    expect(point.write(Buffer.from('in'))).toBe('taken');
    const buffer = Buffer.alloc(2);
    readSync(stdin, buffer);
    expect(buffer.toString()).toBe('in');
  });

  test('input nobody reads is told of once', async () => {
    const session = await attach({ stdin: true });
    client.write(encodeFrame(ExecFrame.stdin, 'a'));
    client.write(encodeFrame(ExecFrame.stdin, 'b'));
    const notes = 'podctl: web does not run now\npodctl: input left out: web does not run\n';
    await waitFor('the notes', () => session.text('stderr') === notes);
  });

  test('a client that does not read loses output, which is told with the number of bytes', async () => {
    startRun(7);
    const session = await attach();
    client.pause();
    const chunk = Buffer.alloc(60_000, 'x');
    let written = 0;
    const watched = new Promise<void>((resolve) => {
      let seen = 0;
      output.tap((_stream, bytes) => {
        seen += bytes.length;
        if (seen >= 6_000_000) resolve();
      });
    });
    while (written < 6_000_000) {
      written += writeSync(stdout, chunk);
      await new Promise(setImmediate);
    }
    await watched;
    client.resume();
    const lost = /^podctl: (\d+) bytes of output left out/m;
    await waitFor('the note', () => lost.test(session.text('stderr')));
    const left = Number(lost.exec(session.text('stderr'))?.[1]);
    expect(left).toBeGreaterThan(3_000_000);
    expect(session.text('stdout').length + left).toBe(written);
    writeSync(stdout, 'after\n');
    await waitFor('what comes after', () => session.text('stdout').endsWith('after\n'));
  });

  test.each<[string, Partial<AttachRequest>, Partial<AttachProgram>, RegExp]>([
    ['that is not there', { program: 'wbe' }, {}, /no program wbe; there is web/],
    ['without a stdin, when it is asked for', { stdin: true }, { stdin: false }, /has no stdin: write "stdin: true"/],
  ])('to a program %s is refused', async (_which, request, program, message) => {
    const session = await attach(request, program);
    expect(session.reply()).toEqual({ ok: false, code: 1, message: expect.stringMatching(message) });
  });

  test('a broken client costs its connection only', async () => {
    startRun(7);
    await attach({ stdin: true });
    const closed = once(client, 'close');
    client.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
    await closed;
    expect(point.write(Buffer.from('x'))).toBe('taken');
  });
});
