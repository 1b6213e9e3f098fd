/** One podd per state directory and per run directory. */
import { closeSync, fstatSync, ftruncateSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lockFile } from '../linux/lock.ts';
import { processRuns } from '../linux/procfs.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import { PodError } from '../util/pod-error.ts';

export interface InstanceLock {
  /** flock(2) on the run directory's lock file, to be shared with the zygote: the next podd waits for it, too */
  readonly fd: number;
  /** Removes the lock files and lets go. A podd that dies instead leaves the files, unlocked. */
  readonly release: () => void;
}

/** How long to wait for a podd that lives (it may be about to end), and for the zygote and the launches in flight of one that died. */
export interface LockPatience {
  readonly livingMs: number;
  readonly deadMs: number;
}

const defaultPatience: LockPatience = { livingMs: 1_000, deadMs: 10_000 };
// flock(2) tells nobody when it could succeed, but for blocking the whole thread.
const retryMs = 10;

/** Locks both directories. Rejects with PodError `AlreadyRunning` naming the holder. */
export async function lockInstance(paths: InstancePaths, patience = defaultPatience): Promise<InstanceLock> {
  const runLock = await acquire(paths.lock, patience);
  const rootPath = join(paths.root, 'podd.lock');
  if (rootPath === paths.lock) return { fd: runLock, release: () => remove(paths.lock, runLock) };
  try {
    const rootLock = await acquire(rootPath, patience);
    const release = (): void => {
      remove(rootPath, rootLock);
      remove(paths.lock, runLock);
    };
    return { fd: runLock, release };
  } catch (error) {
    closeSync(runLock);
    throw error;
  }
}

async function acquire(path: string, patience: LockPatience): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const fd = lockFile(path);
    if (fd !== undefined && isStillThere(path, fd)) {
      ftruncateSync(fd);
      writeSync(fd, `${process.pid}\n`, 0);
      return fd;
    }
    if (fd !== undefined) closeSync(fd);
    const holder = readHolder(path);
    const isLiving = holder !== undefined && processRuns(holder);
    if (performance.now() - startedAt > (isLiving ? patience.livingMs : patience.deadMs)) {
      throw alreadyRunning(path, holder, isLiving);
    }
    await delay(retryMs);
  }
}

// Its last holder removes the file: a lock on a file that is gone, or another one by now, excludes nobody.
function isStillThere(path: string, fd: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}

function remove(path: string, fd: number): void {
  rmSync(path, { force: true });
  closeSync(fd);
}

function readHolder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function alreadyRunning(path: string, holder: number | undefined, isLiving: boolean): PodError {
  if (isLiving) {
    return new PodError('AlreadyRunning', `already running: podd with pid ${holder} holds ${path}`, {
      hint: 'stop it with podctl system stop, or set PODCTL_ROOT and PODCTL_RUN to directories of their own',
    });
  }
  const who = holder === undefined ? 'an earlier podd' : `podd with pid ${holder}, which is gone`;
  return new PodError('AlreadyRunning', `the zygote or a launch of ${who}, is still running and holds ${path}`, {
    hint: `fuser ${path} shows which process it is`,
  });
}
