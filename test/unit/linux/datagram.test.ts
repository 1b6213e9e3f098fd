import { closeSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bindDatagram, receiveDatagram } from '../../../src/linux/datagram.ts';

let directory: string;
let path: string;
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-dg-'));
  path = join(directory, 'socket');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('datagram socket', () => {
  test('belongs to its owner alone', () => {
    const fd = bindDatagram(path, owner);
    closeSync(fd);
    const stat = lstatSync(path);
    expect(stat.isSocket()).toBe(true);
    expect(stat.mode & 0o777).toBe(0o600);
    expect([stat.uid, stat.gid]).toEqual([owner.uid, owner.gid]);
  });

  test('has nothing to receive at first, and does not wait', () => {
    const fd = bindDatagram(path, owner);
    expect(receiveDatagram(fd, Buffer.alloc(16))).toBeUndefined();
    closeSync(fd);
  });

  test.each([
    ['a path over 107 bytes', () => join(directory, 'x'.repeat(107 - directory.length)), 'ENAMETOOLONG'],
    ['a path that is taken', () => join(directory, 'file'), 'EADDRINUSE'],
    ['a directory that is absent', () => join(directory, 'absent', 'socket'), 'ENOENT'],
  ])('refuses %s and keeps no descriptor', (_name, pathOf, code) => {
    writeFileSync(join(directory, 'file'), '');
    const before = readdirSync('/proc/self/fd').length;
    expect(() => bindDatagram(pathOf(), owner)).toThrow(expect.objectContaining({ code, path: pathOf() }));
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('takes a path of 107 bytes', () => {
    const longest = join(directory, 'x'.repeat(106 - directory.length));
    closeSync(bindDatagram(longest, owner));
    expect(lstatSync(longest).isSocket()).toBe(true);
  });
});
