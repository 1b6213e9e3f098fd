/** A long session in short: ten thousand changes, and nothing that grows, and nothing missed. */
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { aRule, WatchedDirectory } from '../support/watched-directory.ts';

// in memory: tens of thousands of writes
const files = new WatchedDirectory('/dev/shm');
afterAll(() => files.close());

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const rounds = 100;
const eventsARound = 100;

test('after 10,000 changes watches and memory are as before, and what was told is what is there', async () => {
  const pick = randomFrom(4);
  const below = (limit: number): number => Math.floor(pick() * limit);
  const names = Array.from({ length: 400 }, (_, i) => `src/d${i % 20}/e${i % 3}/f${i}`);
  for (const name of names) files.write(name, 'first');
  const watcher = await files.watch([aRule({ paths: [files.path('src')], debounceMs: 10 })]);
  const mirror = new Map(names.map((name) => [name, 'first']));
  const measured: Measured[] = [];

  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < eventsARound; i++) change(names[below(names.length)] ?? '', `${round}.${i}`, below(5));
    await takeRound(mirror, `${round}`);
    if ((round + 1) % 10 === 0) measured.push(measure(watcher.stats().watchedPaths));
  }

  const here = new Map(listed('src').map((name) => [name, readFileSync(files.path(name), 'utf8')]));
  expect(Object.fromEntries(mirror)).toEqual(Object.fromEntries(here));
  const [second, last] = [measured[1], measured.at(-1)];
  expect(last?.watches).toBe(second?.watches);
  expect(last?.kernel).toBe(second?.kernel);
  expect((last?.heap ?? 0) - (second?.heap ?? 0)).toBeLessThan(1024 * 1024);
  expect(files.problems).toEqual([]);
});

interface Measured {
  readonly heap: number;
  readonly watches: number;
  readonly kernel: number;
}

/** Writes a last file and takes batches until it is told: what came before has been told then. */
async function takeRound(mirror: Map<string, string>, text: string): Promise<void> {
  files.write('src/round', text);
  while (mirror.get('src/round') !== text) {
    const { changes } = await files.nextBatch();
    for (const { path } of changes) note(mirror, path.slice(files.base.length + 1));
  }
}

/** One of the things that editors and tools do. */
function change(name: string, text: string, way: number): void {
  const path = files.path(name);
  if (way === 0) {
    rmSync(path, { force: true });
  } else if (way === 1) {
    files.write(`${name}.${text}`, text);
    renameSync(`${path}.${text}`, path);
  } else if (way === 2) {
    files.write(`src/passing-${text}/x`, text);
    rmSync(files.path(`src/passing-${text}`), { recursive: true });
  } else {
    if (way === 3) rmSync(path, { force: true });
    files.write(name, text);
  }
}

function note(mirror: Map<string, string>, name: string): void {
  try {
    mirror.set(name, readFileSync(files.path(name), 'utf8'));
  } catch {
    mirror.delete(name);
  }
}

function measure(watches: number): Measured {
  collect();
  return { heap: process.memoryUsage().heapUsed, watches, kernel: kernelWatches() };
}

/** Lines `inotify wd:…` of all descriptors, proc_pid_fdinfo(5). */
function kernelWatches(): number {
  return readdirSync('/proc/self/fdinfo').reduce((sum, fd) => sum + watchesOf(fd), 0);
}

function watchesOf(fd: string): number {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify wd:/gm)?.length ?? 0;
  } catch {
    return 0;
  }
}

function listed(directory: string): string[] {
  return readdirSync(files.path(directory), { withFileTypes: true }).flatMap((entry) => {
    const name = join(directory, entry.name);
    return entry.isDirectory() ? listed(name) : [name];
  });
}
