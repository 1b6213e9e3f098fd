import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../../../src/cli/client.ts';
import { type ExecOptions, runExec } from '../../../src/cli/exec-session.ts';
import { podPath } from '../../../src/cli/pod-paths.ts';
import { encodeFrame, FrameDecoder } from '../../../src/protocol/exec-frames.ts';
import { ExecFrame, type ExecReply, type ExecRequest } from '../../../src/protocol/init.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { memoryIo } from './memory-io.ts';
import { aPod } from './pod-builder.ts';

/** podinit's end of one session: `play` answers the request, `received` gathers the client's frames. */
interface Peer {
  readonly request: ExecRequest;
  readonly socket: Socket;
  readonly received: { kind: number; text: string }[];
  readonly reply: (reply: ExecReply) => void;
  readonly send: (kind: number, payload: string | Uint8Array) => void;
}

let podd: TestServer;
let init: Server;
let play: (peer: Peer) => void;

beforeEach(async () => {
  podd = await startTestServer();
  init = createServer((socket) => socket.once('data', (chunk) => void accept(socket, chunk)));
  init.listen(join(podd.dir, 'ctl.sock'));
  await once(init, 'listening');
  podd.reconciler.put(aPod(), [
    { container: 'app', runDir: podd.dir, logDir: podd.dir, network: 'pod', attempt: 0, isPlain: true, programs: [] },
  ]);
});
afterEach(async () => {
  init.close();
  await podd.close();
});

function accept(socket: Socket, first: Buffer): void {
  const end = first.indexOf(0x0a);
  const received: Peer['received'] = [];
  const decoder = new FrameDecoder((kind, payload) => received.push({ kind, text: payload.toString('utf8') }));
  decoder.push(first.subarray(end + 1));
  socket.on('data', (chunk) => decoder.push(chunk)).on('error', () => undefined);
  play({
    request: JSON.parse(first.toString('utf8', 0, end)) as ExecRequest,
    socket,
    received,
    reply: (reply) => socket.write(`${JSON.stringify(reply)}\n`),
    send: (kind, payload) => socket.write(encodeFrame(kind, payload)),
  });
}

class Terminal extends PassThrough {
  readonly isTTY = true;
  rows = 24;
  columns = 80;
  readonly modes: boolean[] = [];
  setRawMode(on: boolean): void {
    this.modes.push(on);
  }
}

function session(more: Partial<ExecOptions> = {}) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const io = memoryIo({ TERM: 'xterm' });
  const options: ExecOptions = {
    argv: ['sh'],
    stdin: false,
    tty: false,
    env: [],
    workingDir: undefined,
    io,
    streams,
    ...more,
  };
  const path = podPath('default', 'web', 'exec', { container: 'app' });
  return { code: runExec(createClient(podd.socket), path, options), ...streams, io };
}

const exit = (exitCode: number): string => JSON.stringify({ exitCode });

describe('an exec session', () => {
  test('output goes where it belongs and the exit code comes back', async () => {
    play = ({ request, reply, send }) => {
      expect(request).toEqual({ op: 'exec', argv: ['sh'], tty: false, stdin: false });
      reply({ ok: true });
      send(ExecFrame.stdout, 'out');
      send(ExecFrame.stderr, 'err');
      send(ExecFrame.exit, exit(137));
    };
    const { code, stdout, stderr } = session();
    expect(await code).toBe(137);
    expect([String(stdout.read()), String(stderr.read())]).toEqual(['out', 'err']);
  });

  test('reply and frames may come in one piece or byte by byte', async () => {
    play = ({ socket }) => {
      const bytes = Buffer.concat([
        Buffer.from('{"ok":true}\n'),
        encodeFrame(ExecFrame.stdout, 'x'),
        encodeFrame(ExecFrame.exit, exit(0)),
      ]);
      socket.setNoDelay(true);
      for (const byte of bytes) socket.write(Buffer.of(byte));
    };
    const { code, stdout } = session();
    expect(await code).toBe(0);
    expect(String(stdout.read())).toBe('x');
  });

  test.each([126, 127])('a command that cannot be started ends with %d and the reason', async (code) => {
    play = ({ reply }) => reply({ ok: false, code, message: 'exec: "sh": no' });
    const run = session();
    expect(await run.code).toBe(code);
    expect(run.io.written.err).toBe('error: exec: "sh": no\n');
  });

  test('input is passed on to its end', async () => {
    play = ({ reply, send, socket, received }) => {
      reply({ ok: true });
      socket.on('data', () => {
        if (received.at(-1)?.kind !== ExecFrame.stdinEnd) return;
        const all = received.filter(({ kind }) => kind === ExecFrame.stdin).map(({ text }) => text);
        send(ExecFrame.stdout, String(all.join('').length));
        send(ExecFrame.exit, exit(0));
      });
    };
    const { code, stdin, stdout } = session({ stdin: true });
    stdin.end('x'.repeat(300_000));
    expect(await code).toBe(0);
    expect(String(stdout.read())).toBe('300000');
  });

  test('a slow reader holds the container back, and loses nothing', async () => {
    const total = 8 * 1024 * 1024;
    play = ({ reply, send, socket }) => {
      reply({ ok: true });
      for (let sent = 0; sent < total; sent += 65_536) send(ExecFrame.stdout, Buffer.alloc(65_536));
      send(ExecFrame.exit, exit(0));
      socket.once('drain', () => undefined);
    };
    const { code, stdout } = session();
    await once(stdout, 'readable');
    expect(stdout.writableNeedDrain).toBe(true);
    let read = 0;
    stdout.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    expect(await code).toBe(0);
    expect(read).toBe(total);
  });

  test('a terminal is raw while the command runs, and its size is told', async () => {
    const terminal = new Terminal();
    play = ({ request, reply, send, socket, received }) => {
      expect(request).toMatchObject({ tty: true, stdin: true, rows: 24, columns: 80, env: ['TERM=xterm'] });
      reply({ ok: true });
      socket.on('data', () => {
        if (received.some(({ kind, text }) => kind === ExecFrame.resize && text === '{"rows":50,"columns":132}'))
          send(ExecFrame.exit, exit(0));
      });
      const resize = (): void => {
        terminal.rows = 50;
        terminal.columns = 132;
        terminal.emit('resize');
      };
      terminal.setRawMode = (on) => {
        terminal.modes.push(on);
        if (on) setImmediate(resize);
      };
    };
    const { code } = session({
      tty: true,
      stdin: true,
      streams: { stdin: terminal, stdout: terminal, stderr: new PassThrough() },
    });
    expect(await code).toBe(0);
    expect(terminal.modes).toEqual([true, false]);
  });

  test('a connection that breaks is said to, and the terminal is given back', async () => {
    const terminal = new Terminal();
    play = ({ reply, socket }) => {
      reply({ ok: true });
      terminal.setRawMode = (on) => {
        terminal.modes.push(on);
        if (on) socket.destroy();
      };
    };
    const { code } = session({
      tty: true,
      stdin: true,
      streams: { stdin: terminal, stdout: terminal, stderr: new PassThrough() },
    });
    await expect(code).rejects.toThrow('the connection to the container broke');
    expect(terminal.modes).toEqual([true, false]);
  });

  test('a command too long for the request is refused before anything runs', async () => {
    await expect(session({ argv: ['sh', '-c', 'x'.repeat(20_000)] }).code).rejects.toThrow('too long');
  });
});
