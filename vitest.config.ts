import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** How much slower than a real machine this one is (an emulated CPU: 10); stretches every time limit of the tests. */
const slow = Number(process.env.PODCTL_TEST_SLOW ?? '1');

/** Root, cgroups and real processes: one file at a time, so that each can prove that it leaves nothing behind. */
const realKernel = {
  globalSetup: ['test/support/real-kernel.ts'],
  fileParallelism: false,
  // Only what hangs is to end by them: every wait has a limit of its own.
  testTimeout: Math.max(180_000, 60_000 * slow),
  hookTimeout: Math.max(180_000, 60_000 * slow),
  expect: { poll: { timeout: 30_000 * slow } },
};

export default defineConfig({
  cacheDir: process.env.VITEST_CACHE_DIR ?? 'node_modules/.vite',
  test: {
    maxWorkers: Math.max(1, availableParallelism()),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          // Only what hangs is to end by it: properties and texts of a megabyte take seconds on a busy machine.
          testTimeout: 120_000 * slow,
          hookTimeout: 120_000 * slow,
          expect: { poll: { timeout: 30_000 * slow } },
          sequence: { groupOrder: 0 },
        },
      },
      { test: { name: 'system', include: ['test/system/**/*.test.ts'], ...realKernel, sequence: { groupOrder: 1 } } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...realKernel, sequence: { groupOrder: 2 } } },
    ],
  },
});
