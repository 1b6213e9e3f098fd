import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstVerdict, noteResult } from '../../../src/init/probe-verdict.ts';

/** Where the verdict turns: `+` to ok, `-` to not ok, `.` where it stays; results written as `y` and `n`. */
function turnsOf(kind: 'readiness' | 'liveness', results: string, successThreshold: number, failureThreshold: number) {
  let verdict = firstVerdict(kind);
  return [...results]
    .map((result) => {
      const before = verdict;
      verdict = noteResult(verdict, result === 'y', { successThreshold, failureThreshold });
      if (verdict.ok === before.ok) return '.';
      return verdict.ok ? '+' : '-';
    })
    .join('');
}

describe('probe verdict', () => {
  test.each([
    ['a readiness turns at its first success', 'readiness', 'nny', 1, 3, '..+'],
    ['a readiness that never succeeds never turns', 'readiness', 'nnnnnn', 1, 3, '......'],
    ['a readiness is lost after failures in a row', 'readiness', 'ynnnn', 1, 3, '+..-.'],
    ['a success between starts the count anew', 'readiness', 'ynnynnn', 1, 3, '+.....-'],
    ['successes have to come in a row as well', 'readiness', 'yynyyy', 3, 1, '.....+'],
    ['a readiness comes back', 'readiness', 'ynyyn', 2, 1, '...+-'],
    ['a liveness that succeeds says nothing', 'liveness', 'yyyy', 1, 3, '....'],
    ['a liveness turns after failures in a row', 'liveness', 'nnynnn', 1, 3, '.....-'],
    ['a threshold of one turns at once', 'liveness', 'yn', 1, 1, '.-'],
  ] as const)('%s', (_name, kind, results, success, failure, turns) => {
    expect(turnsOf(kind, results, success, failure)).toBe(turns);
  });

  test('turns exactly when the last results in a row reach the threshold', () => {
    const threshold = fc.integer({ min: 1, max: 5 });
    const results = fc.array(fc.constantFrom('y', 'n'), { maxLength: 60 }).map((list) => list.join(''));
    fc.assert(
      fc.property(results, threshold, threshold, (text, success, failure) => {
        const turns = turnsOf('readiness', text, success, failure);
        const expected = [...text].map((_, i) => {
          const isOk = turns.slice(0, i).lastIndexOf('+') > turns.slice(0, i).lastIndexOf('-');
          const opposite = isOk ? 'n'.repeat(failure) : 'y'.repeat(success);
          return text.slice(0, i + 1).endsWith(opposite) ? (isOk && '-') || '+' : '.';
        });
        expect(turns).toBe(expected.join(''));
      }),
    );
  });
});
