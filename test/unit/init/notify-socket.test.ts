import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseNotifyFields } from '../../../src/init/notify-fields.ts';
import { openNotifySocket } from '../../../src/init/notify-socket.ts';
import { sendDatagram } from '../../support/datagram-sender.ts';

describe('notify fields', () => {
  test.each([
    ['READY=1', { READY: '1' }],
    ['READY=1\n', { READY: '1' }],
    ['STATUS=a = b\nMAINPID=7\nREADY=1', { STATUS: 'a = b', MAINPID: '7', READY: '1' }],
    ['READY=0\nREADY=1', { READY: '1' }],
    ['X_OURS=', { X_OURS: '' }],
    ['READY', {}],
    ['=1', {}],
    ['ready=1', {}],
    [' READY=1', {}],
    ['__proto__=1\nconstructor=2', {}],
    ['\0\0\n\n', {}],
    ['', {}],
  ])('of %j', (text, fields) => {
    expect(parseNotifyFields(text)).toEqual(fields);
  });

  test('takes any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 400 }).map((list) => Buffer.from(list).toString());
    fc.assert(fc.property(bytes, (text) => void parseNotifyFields(text)));
  });
});

describe('notify socket', () => {
  let directory: string;
  let path: string;
  let socket: { close(): void } | undefined;
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'podctl-nf-'));
    path = join(directory, 'web.sock');
  });
  afterEach(() => {
    socket?.close();
    socket = undefined;
    rmSync(directory, { recursive: true });
  });

  /** Opens it, sends, and then a last message that shows that the others have been read. */
  function exchange(...messages: (string | Buffer)[]): Promise<{ ready: number; heard: Record<string, string>[] }> {
    return new Promise((resolve) => {
      let ready = 0;
      const heard: Record<string, string>[] = [];
      socket = openNotifySocket(
        path,
        owner,
        () => ready++,
        (fields) => {
          if (fields.LAST !== undefined) resolve({ ready, heard });
          else heard.push(fields);
        },
      );
      for (const message of [...messages, 'LAST=1']) sendDatagram(path, message);
    });
  }

  test('hears READY=1 and the status', async () => {
    expect(await exchange('STATUS=warming up', 'READY=1\nSTATUS=serving\n')).toEqual({
      ready: 1,
      heard: [{ STATUS: 'warming up' }, { READY: '1', STATUS: 'serving' }],
    });
  });

  test.each([
    ['an empty one', ''],
    ['other keys', 'WATCHDOG=1'],
    ['another value', 'READY=yes'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xc3])],
    ['one of 64 KiB', Buffer.from(`READY=1\n${'x'.repeat(65_536)}`)],
    ['one over 4 KiB', Buffer.from(`READY=1\n${'x'.repeat(4_089)}`)],
  ])('is not made ready by %s', async (_name, message) => {
    expect((await exchange(message)).ready).toBe(0);
  });

  test('takes a message of exactly 4 KiB', async () => {
    expect((await exchange(`READY=1\n${'x'.repeat(4_088)}`)).ready).toBe(1);
  });

  test('keeps no descriptor that is sent along', async () => {
    await exchange();
    const before = readdirSync('/proc/self/fd').length;
    socket?.close();
    const answer = exchange('STATUS=x');
    for (let i = 0; i < 3; i++) sendDatagram(path, 'FDSTORE=1', 0);
    await answer;
    sendDatagram(path, 'FDSTORE=1', 0);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('reads on after a flood', async () => {
    // net.unix.max_dgram_qlen is 10 by default: the sender would block where nobody reads
    const messages = Array.from({ length: 9 }, (_, i) => `STATUS=${i}`);
    expect((await exchange(...messages)).heard).toHaveLength(9);
  });

  test('can be closed by whoever hears that it is ready', async () => {
    let ready = 0;
    await new Promise<void>((resolve) => {
      socket = openNotifySocket(path, owner, () => {
        ready++;
        socket?.close();
        setImmediate(resolve);
      });
      for (let i = 0; i < 3; i++) sendDatagram(path, 'READY=1');
    });
    expect(ready).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  test('removes its socket and its descriptor, once', () => {
    const before = readdirSync('/proc/self/fd').length;
    const opened = openNotifySocket(path, owner, () => {});
    expect(existsSync(path)).toBe(true);
    opened.close();
    opened.close();
    expect(existsSync(path)).toBe(false);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('takes the place of a socket that an earlier life left', () => {
    openNotifySocket(path, owner, () => {});
    const opened = openNotifySocket(path, owner, () => {});
    opened.close();
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ['a file', () => writeFileSync(path, 'precious')],
    ['a directory', () => mkdirSync(path)],
    ['a link', () => symlinkSync(join(directory, 'elsewhere'), path)],
  ])('leaves %s in its place and says so', (_name, plant) => {
    plant();
    expect(() => openNotifySocket(path, owner, () => {})).toThrow(`bind ${path}: EADDRINUSE`);
    expect(readdirSync(directory)).toEqual(['web.sock']);
  });

  test('can be closed when its directory is gone', () => {
    const opened = openNotifySocket(path, owner, () => {});
    rmSync(directory, { recursive: true });
    opened.close();
    mkdirSync(directory);
  });
});
