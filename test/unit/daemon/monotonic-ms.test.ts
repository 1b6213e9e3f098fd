import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { monotonicMs } from '../../../src/daemon/monotonic-ms.ts';

test('the clock of decisions is the machine’s, not of one process: deadlines on record hold for the next podd', () => {
  const before = monotonicMs();
  const other = Number(execFileSync(process.execPath, ['-p', 'String(process.hrtime.bigint())'])) / 1e6;
  expect(other).toBeGreaterThan(before);
  expect(other).toBeLessThan(monotonicMs());
});
