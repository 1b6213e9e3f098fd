/** What the system and e2e tests need of the machine; vitest calls `setup` once per project. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { inRepository } from './repository.ts';

/** Why the tests on the real kernel cannot run here; undefined when they can. */
export function whyNoRealKernel(): string | undefined {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'needs root: namespaces, cgroups and mounts are made for real (try sudo)';
  if (!existsSync(inRepository('dist/init/podinit.cjs'))) return 'needs the build: npm run build';
  return whyNoCgroups();
}

function whyNoCgroups(): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const cgroups = mounts.map((line) => line.split(' ')).filter(([, , type]) => type === 'cgroup' || type === 'cgroup2');
  if (cgroups.length === 0) return 'needs a mounted cgroup file system at /sys/fs/cgroup';
  try {
    for (const [, point] of cgroups) accessSync(point ?? '', constants.W_OK);
    return undefined;
  } catch (error) {
    return `needs writable cgroups: ${String(error)}`;
  }
}

/** Vitest's globalSetup: says once why a whole project skips itself. */
export function setup(): void {
  const reason = whyNoRealKernel();
  if (reason !== undefined) console.warn(`system and e2e tests are skipped: ${reason}`);
}

/** Multiplies every time limit: 10 on an emulated CPU. */
export const slowFactor = Number(process.env.PODCTL_TEST_SLOW ?? '1');
