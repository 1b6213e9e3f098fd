import { describe, expect, test } from 'vitest';
import { logFileName } from '../../../src/model/program-name.ts';
import { isOldLog } from '../../../src/reconcile/old-logs.ts';

describe('isOldLog', () => {
  test.each([
    ['the log of the run before the previous one', logFileName(3, 'main', true), true],
    ['a program’s log of the run before the previous one', logFileName(3, 'web', false), true],
    ['an instance’s log of the first run', logFileName(0, 'web:2', false), true],
    ['a rotated file of an old run', `${logFileName(3, 'web', false)}.7`, true],
    ['the log of the previous run', logFileName(4, 'main', true), false],
    ['a rotated file of the previous run', `${logFileName(4, 'web', false)}.1`, false],
    ['a log of this run', logFileName(5, 'web', false), false],
    ['a log of a run with more digits', logFileName(10, 'web', false), false],
    ['a file that is no log', '3.txt', false],
    ['a file without a number', 'notes.log', false],
  ])('takes %s for old or not', (_, name, isOld) => {
    expect(isOldLog(name, 5)).toBe(isOld);
  });
});
