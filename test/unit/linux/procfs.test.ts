import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { processExists, processRuns } from '../../../src/linux/procfs.ts';

test('what has ended does not run, though nobody has reaped it', async () => {
  // The shell becomes a sleep, which never waits for the child that the shell made; the child ends after that.
  const untilSleep = 'until [ "$(cat /proc/$$/comm)" = sleep ]; do :; done';
  const parent = spawn('sh', ['-c', `(${untilSleep}) & echo $!; exec sleep 1000`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(line);
    await expect.poll(() => processRuns(child)).toBe(false);
    expect(processExists(child)).toBe(true);
    expect([process.pid, parent.pid ?? 0].map(processRuns)).toEqual([true, true]);
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
  expect(processRuns(parent.pid ?? 0)).toBe(false);
});
