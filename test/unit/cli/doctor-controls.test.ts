import { describe, expect, test } from 'vitest';
import {
  controlChecks,
  judgeHugePages,
  judgeIoWeights,
  judgeNotification,
  judgePressure,
  judgeSwap,
} from '../../../src/cli/doctor/control-checks.ts';
import { runCheck } from '../../../src/cli/doctor.ts';

describe('doctor on single controls', () => {
  test('swap that is not counted is a doubt, swap that cannot be seen is none', () => {
    expect(judgeSwap(true).verdict).toBe('ok');
    expect(judgeSwap(undefined).verdict).toBe('ok');
    expect(judgeSwap(false)).toMatchObject({ verdict: 'warn', advice: expect.stringContaining('swapaccount=1') });
  });

  test('io weights name the disks on which they count', () => {
    expect(judgeIoWeights({ bfq: ['vda'], cost: ['8:0'] })).toEqual({
      verdict: 'ok',
      fact: 'bfq on vda, iocost on 8:0',
    });
    expect(judgeIoWeights({ bfq: [], cost: [] })).toMatchObject({
      verdict: 'warn',
      advice: expect.stringMatching(/bfq/),
    });
  });

  test('huge pages are counted by size', () => {
    expect(judgeHugePages({ 'hugepages-2048kB': 8, 'hugepages-1048576kB': 0 }).fact).toBe(
      '8 of 2048kB, 0 of 1048576kB',
    );
    expect(judgeHugePages({}).fact).toBe('the kernel has none');
  });

  test('pressure is there when it can be read', () => {
    expect(judgePressure('some avg10=0.00').verdict).toBe('ok');
    expect(judgePressure(undefined)).toMatchObject({ verdict: 'warn', advice: expect.stringContaining('psi=1') });
  });

  test('the seccomp notification is looked for as a whole word', () => {
    expect(judgeNotification('kill_process errno user_notif trace log allow\n').verdict).toBe('ok');
    expect(judgeNotification('kill_process errno trace log allow\n').verdict).toBe('warn');
    expect(judgeNotification(undefined).verdict).toBe('warn');
  });

  test.each(controlChecks.map((check) => [check.name, check] as const))('%s says something here', async (_, check) => {
    const finding = await runCheck(check);
    expect(finding.fact).not.toBe('');
    expect(finding.advice ?? '').not.toContain('bug');
    expect(finding.verdict === 'ok').toBe(finding.advice === undefined);
  });
});
