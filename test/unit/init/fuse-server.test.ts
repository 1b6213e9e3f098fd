import { describe, expect, test } from 'vitest';
import { FuseServer } from '../../../src/init/fuse-server.ts';
import { opcode } from '../../../src/init/procview/fuse-messages.ts';

const ENOENT = -2;
const EIO = -5;
const EACCES = -13;
const ENOSYS = -38;
const EOPNOTSUPP = -95;

/** fuse_in_header and a body */
function ask(server: FuseServer, code: number, node: number, body: Buffer = Buffer.alloc(0)) {
  const request = Buffer.alloc(8192);
  const length = 40 + body.length;
  request.writeUInt32LE(length, 0);
  request.writeUInt32LE(code, 4);
  request.writeBigUInt64LE(0x1234_5678_9abc_def0n, 8);
  request.writeBigUInt64LE(BigInt(node), 16);
  body.copy(request, 40);
  const replyLength = server.answer(request, length);
  if (replyLength === 0) return undefined;
  const reply = server.reply.subarray(0, replyLength);
  expect(reply.readUInt32LE(0)).toBe(replyLength);
  expect(reply.readBigUInt64LE(8)).toBe(0x1234_5678_9abc_def0n);
  return { error: reply.readInt32LE(4), body: Buffer.from(reply.subarray(16)) };
}

const nameBody = (name: string): Buffer => Buffer.from(`${name}\0`);

const lookup = (server: FuseServer, name: string) => ask(server, opcode.lookup, 1, nameBody(name));

const open = (server: FuseServer, node: number, flags = 0): number => {
  const body = Buffer.alloc(8);
  body.writeUInt32LE(flags, 0);
  return ask(server, opcode.open, node, body)?.body.readUInt32LE(0) ?? -1;
};

const FUSE_READ_LOCKOWNER = 2;

function read(
  server: FuseServer,
  node: number,
  handle: number,
  offset: number,
  size: number,
  flags = FUSE_READ_LOCKOWNER,
) {
  const body = Buffer.alloc(40);
  body.writeUInt32LE(handle, 0);
  body.writeBigUInt64LE(BigInt(offset), 8);
  body.writeUInt32LE(size, 16);
  body.writeUInt32LE(flags, 20);
  return ask(server, opcode.read, node, body);
}

const textOf = (server: FuseServer, node: number): string =>
  read(server, node, open(server, node), 0, 4096)?.body.toString() ?? '';

/** The first file has node 2. */
function aServer(...texts: readonly (() => string)[]): FuseServer {
  const names = texts.map((_, i) => `file${i}`);
  const server = new FuseServer(names);
  server.show(new Map(texts.map((text, i) => [`file${i}`, text])));
  return server;
}

describe('a FUSE server', () => {
  test('finds its files and no other', () => {
    const server = aServer(
      () => 'a',
      () => 'b',
    );
    expect(lookup(server, 'file1')?.body.readUInt32LE(0)).toBe(3);
    expect(lookup(server, 'file')?.error).toBe(ENOENT);
  });

  test('shows files that anyone may read and nobody may write, neither empty nor sparse', () => {
    const entry = lookup(
      aServer(() => 'abc'),
      'file0',
    );
    expect(entry?.body.readUInt32LE(40 + 60)).toBe(0o100444);
    expect(entry?.body.readBigUInt64LE(40 + 8)).toBe(8192n);
    expect(entry?.body.readBigUInt64LE(40 + 16)).toBe(16n);
    expect(entry?.body.readUInt32LE(40 + 80)).toBe(8192);
  });

  test('lists all files with their attributes', () => {
    const server = aServer(
      () => 'a',
      () => 'b',
    );
    const body = Buffer.alloc(40);
    body.writeUInt32LE(4096, 16);
    const listed = ask(server, opcode.readdirplus, 1, body)?.body ?? Buffer.alloc(0);
    expect(listed.length).toBe(2 * 160);
    expect(listed.toString('latin1', 152, 157)).toBe('file0');
    expect(listed.readUInt32LE(160)).toBe(3);
    body.writeBigUInt64LE(2n, 8);
    expect(ask(server, opcode.readdirplus, 1, body)?.body.length).toBe(0);
  });

  test('refuses to open a file for writing', () => {
    const body = Buffer.alloc(8);
    body.writeUInt32LE(1, 0);
    expect(
      ask(
        aServer(() => 'a'),
        opcode.open,
        2,
        body,
      )?.error,
    ).toBe(EACCES);
  });

  test('answers what it does not know, so that nobody waits', () => {
    for (const code of [4, 8, 16, 20, 22, 36, 40, 46, 52, 4096])
      expect(
        ask(
          aServer(() => 'a'),
          code,
          2,
        )?.error,
      ).toBe(ENOSYS);
  });

  test('does not answer what wants no answer', () => {
    for (const code of [opcode.forget, opcode.batchForget])
      expect(
        ask(
          aServer(() => 'a'),
          code,
          2,
          Buffer.alloc(16),
        ),
      ).toBeUndefined();
  });

  test('gives a reader in small pieces one text, however often it changes', () => {
    let version = 0;
    const server = aServer(() => `version ${version++} `.repeat(3));
    const handle = open(server, 2);
    let text = '';
    for (let offset = 0; ; offset = text.length) {
      const piece = read(server, 2, handle, offset, 7)?.body.toString() ?? '';
      if (piece === '') break;
      text += piece;
      // others read meanwhile, and the text is made anew for each
      busyWait(6);
      textOf(server, 2);
    }
    expect(text).toBe('version 0 version 0 version 0 ');
  });

  test('makes the text anew for one that reads from the beginning again', () => {
    let version = 0;
    const server = aServer(() => `version ${version++}`);
    const handle = open(server, 2);
    expect(read(server, 2, handle, 0, 100)?.body.toString()).toBe('version 0');
    busyWait(6);
    expect(read(server, 2, handle, 0, 100)?.body.toString()).toBe('version 1');
    expect(read(server, 2, handle, 9, 100)?.body.length).toBe(0);
  });

  test('makes a text once for all that read at the same moment', () => {
    let made = 0;
    const server = aServer(() => `made ${++made}`);
    const texts = new Set(Array.from({ length: 1000 }, () => textOf(server, 2)));
    expect(made).toBeLessThan(100);
    expect(texts.size).toBe(made);
  });

  test('gives texts that are longer than a page', () => {
    const server = aServer(() => 'x'.repeat(100_000));
    const handle = open(server, 2);
    expect(read(server, 2, handle, 0, 65_536)?.body.length).toBe(65_536);
    expect(read(server, 2, handle, 65_536, 65_536)?.body.length).toBe(100_000 - 65_536);
  });

  test('gives the page cache nothing to keep', () => {
    const server = aServer(() => 'abc');
    const handle = open(server, 2);
    expect(read(server, 2, handle, 0, 4096, 0)?.error).toBe(EOPNOTSUPP);
    expect(read(server, 2, handle, 0, 4096)?.body.toString()).toBe('abc');
  });

  test('tells a reader of trouble and goes on', () => {
    const server = aServer(
      () => {
        throw new Error('no descriptor left');
      },
      () => 'fine',
    );
    expect(read(server, 2, open(server, 2), 0, 100)?.error).toBe(EIO);
    expect(textOf(server, 3)).toBe('fine');
    expect(read(server, 99, open(server, 99), 0, 100)?.error).toBe(EIO);
  });
});

function busyWait(ms: number): void {
  for (const from = performance.now(); performance.now() - from < ms; );
}
