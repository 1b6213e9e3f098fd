import { chmodSync, closeSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockInstance } from '../../../src/daemon/lock-instance.ts';
import { prepareDirectories } from '../../../src/daemon/prepare-directories.ts';
import { lockFile } from '../../../src/linux/lock.ts';
import { type InstancePaths, instancePaths } from '../../../src/model/instance-paths.ts';

let base: string;
let paths: InstancePaths;
beforeEach(() => {
  base = mkdtempSync('/tmp/pd-lock-');
  paths = instancePaths({ PODCTL_ROOT: join(base, 'root'), PODCTL_RUN: join(base, 'run') });
  prepareDirectories(paths);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const impatient = { livingMs: 0, deadMs: 0 };

describe('the instance lock', () => {
  test('lets in one podd per run directory and per state directory, and names it', async () => {
    const lock = await lockInstance(paths);
    const message = `already running: podd with pid ${process.pid} holds ${paths.lock}`;
    await expect(lockInstance(paths, impatient)).rejects.toMatchObject({ code: 'AlreadyRunning', message });
    const sameRoot = instancePaths({ PODCTL_ROOT: paths.root, PODCTL_RUN: base });
    await expect(lockInstance(sameRoot, impatient)).rejects.toThrow(`holds ${join(paths.root, 'podd.lock')}`);
    // The refused one let go of what it had.
    const other = await lockInstance(instancePaths({ PODCTL_ROOT: base, PODCTL_RUN: base }));
    other.release();
    lock.release();
  });

  test('waits for a holder that is about to go, and leaves no file', async () => {
    const lock = await lockInstance(paths);
    const next = lockInstance(paths);
    setImmediate(lock.release);
    const second = await next;
    expect(readFileSync(paths.lock, 'utf8')).toBe(`${process.pid}\n`);
    second.release();
    expect(existsSync(paths.lock)).toBe(false);
    expect(existsSync(join(paths.root, 'podd.lock'))).toBe(false);
  });

  test('tells the zygote of a dead podd from a living one', async () => {
    const fd = lockFile(paths.lock) ?? -1;
    writeFileSync(paths.lock, '4194304999\n');
    await expect(lockInstance(paths, impatient)).rejects.toThrow(
      /zygote or a launch of podd with pid \d+, which is gone/,
    );
    closeSync(fd);
  });

  test('takes over what a killed podd left', async () => {
    writeFileSync(paths.lock, '12345678901\n');
    const lock = await lockInstance(paths, impatient);
    expect(readFileSync(paths.lock, 'utf8')).toBe(`${process.pid}\n`);
    lock.release();
  });
});

describe('the directories', () => {
  test('are made for root alone', () => {
    expect(statSync(paths.root).mode & 0o7777).toBe(0o700);
    expect(statSync(paths.run).mode & 0o7777).toBe(0o700);
  });

  test('are refused when others can write there', () => {
    chmodSync(paths.run, 0o777);
    expect(() => prepareDirectories(paths)).toThrow(/belongs to uid \d+ with mode 777/);
  });

  test('are refused when a file is in the way', () => {
    const inTheWay = instancePaths({ PODCTL_ROOT: join(base, 'file'), PODCTL_RUN: paths.run });
    writeFileSync(join(base, 'file'), '');
    expect(() => prepareDirectories(inTheWay)).toThrow(`make ${join(base, 'file')}`);
  });
});
