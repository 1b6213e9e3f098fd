import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  addInotifyWatch,
  closeInotify,
  inotifyBits,
  openInotify,
  readInotify,
  removeInotifyWatch,
} from '../../../src/linux/inotify.ts';

let fd: number;
let dir: string;
beforeEach(() => {
  fd = openInotify();
  dir = mkdtempSync(join(tmpdir(), 'podctl-inotify-'));
});
afterEach(() => {
  closeInotify(fd);
  rmSync(dir, { recursive: true, force: true });
});

const buffer = Buffer.alloc(4096);
const read = () => [...readInotify(fd, buffer)];
const { create, modify, ignored, deleteSelf, onlyDirectory } = inotifyBits;

describe('inotify', () => {
  test('tells entries by name, also more than a buffer holds', () => {
    const watch = addInotifyWatch(fd, dir, create);
    const names = Array.from({ length: 300 }, (_, i) => `${i}-${'ü'.repeat(i % 100)}`);
    for (const name of names) writeFileSync(join(dir, name), 'x');
    expect(read()).toEqual(names.map((name) => ({ watch, mask: create, name })));
    expect(read()).toEqual([]);
  });

  test('is quiet about what was not asked for, and after the watch is removed', () => {
    const watch = addInotifyWatch(fd, dir, modify);
    writeFileSync(join(dir, 'empty'), '');
    expect(read()).toEqual([]);
    removeInotifyWatch(fd, watch);
    writeFileSync(join(dir, 'empty'), 'x');
    expect(read()).toEqual([{ watch, mask: ignored, name: '' }]);
  });

  test('says that the directory itself is gone', () => {
    const watch = addInotifyWatch(fd, dir, deleteSelf);
    rmSync(dir, { recursive: true });
    expect(read()).toEqual([
      { watch, mask: deleteSelf, name: '' },
      { watch, mask: ignored, name: '' },
    ]);
  });

  test('refuses with the path', () => {
    writeFileSync(join(dir, 'file'), '');
    expect(() => addInotifyWatch(fd, join(dir, 'none'), create)).toThrow(`inotify_add_watch ${dir}/none: ENOENT`);
    expect(() => addInotifyWatch(fd, join(dir, 'file'), create | onlyDirectory)).toThrow('ENOTDIR');
  });
});
