/** Copies into a directory that stands for a container's root; what real containers do is in test/system/sync.test.ts. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDirectory } from '../../../src/linux/at.ts';
import type { SyncResponse } from '../../../src/protocol/api.ts';
import { syncInto } from '../../../src/sync/sync-into.ts';

let base: string;
let root: number;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-sync-'));
  mkdirSync(join(base, 'root/etc'), { recursive: true });
  mkdirSync(join(base, 'host'));
  writeFileSync(join(base, 'host/file'), 'content');
  root = openDirectory(join(base, 'root'));
});
afterEach(() => {
  closeSync(root);
  rmSync(base, { recursive: true, force: true });
});

const host = (name: string): string => join(base, 'host', name);
const inside = (name: string): string => join(base, 'root', name);
const textOf = (name: string): string => readFileSync(inside(name), 'utf8');

async function copy(from: string, to: string): Promise<SyncResponse> {
  const container = { fd: root, rootId: 0, isAlive: () => true, close: () => undefined };
  return (await syncInto(container, { files: [{ from: host(from), to }], remove: [] })).response;
}
async function remove(...paths: string[]): Promise<SyncResponse> {
  const container = { fd: root, rootId: 0, isAlive: () => true, close: () => undefined };
  return (await syncInto(container, { files: [], remove: paths })).response;
}

describe('a copied file', () => {
  test('has its content, permissions and times, in directories that are made', async () => {
    chmodSync(host('file'), 0o751);
    utimesSync(host('file'), 1_000, 2_000);
    expect(await copy('file', '/a/b/c')).toEqual({ copied: 1, removed: 0, bytes: 7, skipped: [] });
    const { mode, mtimeMs } = statSync(inside('a/b/c'));
    expect([textOf('a/b/c'), mode & 0o7777, mtimeMs]).toEqual(['content', 0o751, 2_000_000]);
    expect(statSync(inside('a/b')).mode & 0o7777).toBe(0o755);
    expect(readdirSync(inside('a/b'))).toEqual(['c']);
  });

  test('takes the place of the old one, which stays whole for who has it open', async () => {
    writeFileSync(inside('f'), 'older');
    const fd = openSync(inside('f'), 'r');
    try {
      await copy('file', '/f');
      const buffer = Buffer.alloc(20);
      expect(buffer.toString('utf8', 0, readSync(fd, buffer))).toBe('older');
      expect(textOf('f')).toBe('content');
    } finally {
      closeSync(fd);
    }
  });

  test('is never setuid', async () => {
    chmodSync(host('file'), 0o4755);
    await copy('file', '/f');
    expect(statSync(inside('f')).mode & 0o7777).toBe(0o755);
  });

  test('may be larger than any buffer', async () => {
    writeFileSync(host('big'), Buffer.alloc(3_000_001, 'abc'));
    expect((await copy('big', '/big')).bytes).toBe(3_000_001);
    expect(readFileSync(inside('big')).equals(readFileSync(host('big')))).toBe(true);
  });

  test.runIf(process.geteuid?.() === 0)(
    'belongs to the owner of the directory it goes into, as do directories that are made',
    async () => {
      mkdirSync(inside('home'));
      execFileSync('chown', ['1234:5678', inside('home')]);
      await copy('file', '/home/x/y');
      for (const name of ['home/x', 'home/x/y']) {
        const { uid, gid } = statSync(inside(name));
        expect([uid, gid]).toEqual([1234, 5678]);
      }
    },
  );
});

describe('symlinks', () => {
  test('are copied as symlinks, also over one, whose target is left alone', async () => {
    writeFileSync(inside('etc/passwd'), 'kept');
    symlinkSync('etc/passwd', inside('link'));
    symlinkSync('/anywhere/at/all', host('link'));
    expect(await copy('link', '/link')).toMatchObject({ copied: 1, bytes: 0 });
    expect(readlinkSync(inside('link'))).toBe('/anywhere/at/all');
    await copy('file', '/link');
    expect(lstatSync(inside('link')).isFile()).toBe(true);
    expect(textOf('etc/passwd')).toBe('kept');
  });

  test.each(['/etc', '../../../../../../etc', '/../../etc', 'up/etc'])(
    'on the way end in the root: %s',
    async (target) => {
      symlinkSync('..', inside('up'));
      symlinkSync(target, inside('way'));
      expect((await copy('file', '/way/podctl-sync-test')).copied).toBe(1);
      expect(textOf('etc/podctl-sync-test')).toBe('content');
      expect(existsSync('/etc/podctl-sync-test')).toBe(false);
      expect((await remove('/way/podctl-sync-test')).removed).toBe(1);
      expect(readdirSync(inside('etc'))).toEqual([]);
    },
  );

  test('that lead nowhere or in circles are refused', async () => {
    symlinkSync('missing', inside('dangling'));
    symlinkSync('circle', inside('circle'));
    expect((await copy('file', '/dangling/f')).skipped[0]).toMatchObject({
      path: '/dangling/f',
      why: 'something on the way to it is gone, or leads nowhere (ENOENT)',
    });
    expect((await copy('file', '/circle/f')).skipped[0]?.why).toBe(
      'the symlinks on the way to it lead nowhere (ELOOP)',
    );
    expect(readdirSync(inside('')).sort()).toEqual(['circle', 'dangling', 'etc']);
  });
});

describe('what cannot be', () => {
  test.each([
    ['a directory in the way', '/etc', 'a directory is in the way (EISDIR)'],
    ['a file on the way', '/f/g', 'something on the way to it is no directory (ENOTDIR)'],
  ])('%s is told and leaves nothing', async (_what, to, why) => {
    writeFileSync(inside('f'), '');
    expect((await copy('file', to)).skipped).toEqual([{ path: to, why }]);
    expect(readdirSync(inside('')).sort()).toEqual(['etc', 'f']);
  });

  test('a fifo or a socket is told', async () => {
    execFileSync('mkfifo', [host('fifo')]);
    expect((await copy('fifo', '/x')).skipped[0]?.why).toBe(
      `${host('fifo')} is neither a file, a directory nor a symlink`,
    );
  });

  test('once the container has ended nothing more is done', async () => {
    let asked = 0;
    const container = { fd: root, rootId: 0, isAlive: () => ++asked <= 2, close: () => undefined };
    const files = ['/a', '/b', '/c'].map((to) => ({ from: host('file'), to }));
    const { isComplete, response } = await syncInto(container, { files, remove: [] });
    expect([isComplete, response.copied, readdirSync(inside('')).sort()]).toEqual([false, 2, ['a', 'b', 'etc']]);
  });
});

describe('removal', () => {
  test('takes files, symlinks without their targets, and directories with all that is in them', async () => {
    mkdirSync(inside('d/e'), { recursive: true });
    writeFileSync(inside('d/e/f'), '');
    symlinkSync('../../etc', inside('d/e/link'));
    writeFileSync(inside('etc/kept'), '');
    symlinkSync('etc', inside('link'));
    expect(await remove('/d', '/link', '/nothing', '/no/thing')).toEqual({
      copied: 0,
      removed: 2,
      bytes: 0,
      skipped: [],
    });
    expect(readdirSync(inside(''))).toEqual(['etc']);
    expect(readdirSync(inside('etc'))).toEqual(['kept']);
  });

  test('comes first: a directory can take the place of a file', async () => {
    writeFileSync(inside('x'), 'a file');
    mkdirSync(host('dir'));
    const container = { fd: root, rootId: 0, isAlive: () => true, close: () => undefined };
    const files = [
      { from: host('dir'), to: '/x' },
      { from: host('file'), to: '/x/f' },
    ];
    expect((await syncInto(container, { files, remove: ['/x'] })).response).toMatchObject({ copied: 2, removed: 1 });
    expect(textOf('x/f')).toBe('content');
  });
});

test('what is to be removed below a file is not there', async () => {
  writeFileSync(inside('a'), 'a file');
  expect(await remove('/a/b', '/a/b/c')).toEqual({ copied: 0, removed: 0, bytes: 0, skipped: [] });
});
