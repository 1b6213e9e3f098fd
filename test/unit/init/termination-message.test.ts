import { describe, expect, test } from 'vitest';
import { lastLines, withLastWords } from '../../../src/init/termination-message.ts';

const failed = { exitCode: 1, reason: 'Error' } as const;
const line = (text: string, tag = 'F'): string => `2026-01-01T00:00:00.000000000Z stdout ${tag} ${text}\n`;

describe('a termination message', () => {
  test.each<
    [string, Parameters<typeof withLastWords>[0], 'File' | 'FallbackToLogsOnError', string, string | undefined]
  >([
    ['is what the file says', failed, 'File', 'words', 'words'],
    ['is none without words', failed, 'File', '', undefined],
    ['follows what podinit says', { ...failed, message: 'it failed' }, 'File', 'words', 'it failed: words'],
    ['is the end of the log after an error', failed, 'FallbackToLogsOnError', '', 'log'],
    ['is the file rather than the log', failed, 'FallbackToLogsOnError', 'words', 'words'],
    ['is none after a good end', { exitCode: 0, reason: 'Completed' }, 'FallbackToLogsOnError', '', undefined],
  ])('%s', (_, end, policy, file, message) => {
    expect(withLastWords(end, policy, file, () => 'log').message).toBe(message);
  });
});

describe('the end of a log', () => {
  test('is its last 80 lines', () => {
    const log = Array.from({ length: 100 }, (_, n) => line(`line ${n}`)).join('');
    expect(lastLines(Buffer.from(log))).toBe(Array.from({ length: 80 }, (_, n) => `line ${n + 20}\n`).join(''));
  });

  test('is at most 2048 bytes', () => {
    const last = lastLines(Buffer.from(line('x'.repeat(5000)) + line('end')));
    expect([last.length, last.slice(-5)]).toEqual([2048, 'x\nend\n'.slice(-5)]);
  });

  test('joins parts of lines, and leaves out what is torn', () => {
    expect(lastLines(Buffer.from(`rn line\n${line('a', 'P')}${line('b')}`))).toBe('ab\n');
  });
});
