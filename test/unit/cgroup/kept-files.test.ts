import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readKept } from '../../../src/cgroup/kept-files.ts';

let dir: string;
beforeEach(() => {
  vi.useFakeTimers();
  dir = mkdtempSync(join(tmpdir(), 'kept-'));
});
afterEach(() => {
  vi.advanceTimersByTime(10_000);
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

const openIn = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir);
    } catch {
      return false;
    }
  }).length;

test('reads a file anew each time, of any size, and keeps it open as long as it is read', () => {
  const file = join(dir, 'count');
  for (const text of ['1\n', 'x'.repeat(40_000), '']) {
    writeFileSync(file, text);
    expect(readKept(file)).toBe(text);
    vi.advanceTimersByTime(4_000);
  }
  expect(openIn()).toBe(1);
  vi.advanceTimersByTime(5_000);
  expect(openIn()).toBe(0);
});

test('what cannot be read is undefined, and nothing stays open of it', () => {
  expect(readKept(join(dir, 'none'))).toBeUndefined();
  mkdirSync(join(dir, 'directory'));
  expect(readKept(join(dir, 'directory'))).toBeUndefined();
  expect(openIn()).toBe(0);
});

test('no timer is left when all is closed', () => {
  writeFileSync(join(dir, 'a'), 'a');
  readKept(join(dir, 'a'));
  vi.advanceTimersByTime(5_000);
  expect(vi.getTimerCount()).toBe(0);
});
