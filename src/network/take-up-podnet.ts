/** Which podnet serves an instance: found, started, made to give way, stopped. */
import { closeSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lockDescriptor, openLockFile } from '../linux/lock.ts';
import { watchProcess } from '../linux/pidfd.ts';
import { trySignal } from '../linux/process.ts';
import { isAlive, readStartTicks } from '../linux/procfs.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import { type PodnetRecord, podnetFiles } from '../protocol/podnet.ts';
import { PodError } from '../util/pod-error.ts';
import { type PodnetProcess, spawnPodnet } from './podnet-process.ts';

const SIGTERM = 15;
const SIGKILL = 9;
/** podnet ends at once when it is told to; one that does not is stuck. */
const graceMs = 2_000;
const patienceMs = 5_000;
/** flock(2) tells nobody when it could succeed. */
const retryMs = 10;

/** The podnet that serves, of whatever version; undefined when none is alive. */
export function findPodnet(paths: InstancePaths): PodnetRecord | undefined {
  const record = readRecord(join(paths.networkDir, podnetFiles.record));
  return record !== undefined && isAlive(record.pid, record.startTicks) ? record : undefined;
}

/** The one that serves when it is of this version, else a new one in its place. Rejects with PodError `PodnetFailed`. */
export async function takeUpPodnet(paths: InstancePaths, version: string): Promise<PodnetRecord> {
  const found = findPodnet(paths);
  if (found?.version === version) return found;
  const lockPath = join(paths.networkDir, podnetFiles.lock);
  const lock = openLockFile(lockPath);
  let podnet: PodnetProcess | undefined;
  try {
    podnet = spawnPodnet(paths, version, lock);
    await podnet.said('ready');
    const rival = await lockWhenFree(paths, version, lock, lockPath);
    if (rival !== undefined) {
      podnet.abandon();
      return rival;
    }
    podnet.go();
    await podnet.said('serving');
    return { pid: podnet.pid, startTicks: readStartTicks(podnet.pid) ?? 0, version };
  } catch (error) {
    podnet?.abandon();
    throw error;
  } finally {
    closeSync(lock);
  }
}

/** Whoever serves the instance, also one that is not on record yet, is gone when this resolves, and podnet's files but its log with it. */
export async function clearPodnet(paths: InstancePaths): Promise<void> {
  const lockPath = join(paths.networkDir, podnetFiles.lock);
  if (!existsSync(paths.networkDir)) return;
  const lock = openLockFile(lockPath);
  try {
    await lockWhenFree(paths, undefined, lock, lockPath);
    const { wanted, record, status } = podnetFiles;
    for (const name of [wanted, record, status]) rmSync(join(paths.networkDir, name), { force: true });
    rmSync(lockPath, { force: true });
  } finally {
    closeSync(lock);
  }
}

/**
 * Whoever serves gives way only now, when the next one is loaded; one of the same version is returned instead: an earlier podd
 * started it in its last moment, before it was on record.
 */
async function lockWhenFree(
  paths: InstancePaths,
  version: string | undefined,
  lock: number,
  lockPath: string,
): Promise<PodnetRecord | undefined> {
  const startedAtMs = performance.now();
  while (!lockDescriptor(lock, lockPath)) {
    const holder = findPodnet(paths);
    if (holder !== undefined && holder.version === version) return holder;
    if (holder !== undefined) await stopPodnet(holder);
    else await delay(retryMs);
    if (performance.now() - startedAtMs < patienceMs) continue;
    throw new PodError('PodnetFailed', `another process holds ${lockPath}`, { hint: `fuser ${lockPath} shows which` });
  }
  return undefined;
}

/** Resolves when it is gone; rejects with PodError `PodnetFailed` when not even SIGKILL ended it. */
async function stopPodnet({ pid, startTicks }: PodnetRecord): Promise<void> {
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    const watch = watchProcess(pid, startTicks, () => resolve());
    if (watch === undefined) resolve();
  }).then(() => {
    gone = true;
  });
  for (const [signal, ms] of [
    [SIGTERM, graceMs],
    [SIGKILL, patienceMs],
  ] as const) {
    if (isAlive(pid, startTicks)) trySignal(pid, signal);
    const patience = new AbortController();
    await Promise.race([ended, delay(ms, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    if (gone) return;
  }
  throw new PodError('PodnetFailed', `podnet ${pid} does not end`);
}

function readRecord(path: string): PodnetRecord | undefined {
  try {
    const { pid, startTicks, version } = JSON.parse(readFileSync(path, 'utf8')) as Partial<PodnetRecord>;
    const isWhole = typeof pid === 'number' && typeof startTicks === 'number' && typeof version === 'string';
    return isWhole ? { pid, startTicks, version } : undefined;
  } catch {
    return undefined;
  }
}
