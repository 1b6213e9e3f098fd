import { describe, expect, test } from 'vitest';
import { matchLine } from '../../../src/init/log-line-matcher.ts';

describe('log line matcher', () => {
  test.each([
    ['ready to accept', 'LOG:  database system is ready to accept connections', true],
    ['^ready$', 'ready', true],
    ['^ready$', 'not ready', false],
    ['listening on :\\d+', '2026 INFO listening on :8080', true],
    ['(?:started|up) in [\\d.]{1,6}s', 'Tomcat started in 12.5s', true],
    ['\\bready\\b', 'already', false],
    ['[Rr]eady', 'Ready', true],
    ['a+b', 'xaab', true],
    ['', 'anything', true],
  ])('/%s/ and %j: %s', (pattern, line, isMatch) => {
    expect(matchLine(pattern)(line)).toBe(isMatch);
  });

  test('keeps no state from one line to the next', () => {
    const isReady = matchLine('ready');
    expect([isReady('ready'), isReady('ready'), isReady('no')]).toEqual([true, true, false]);
  });

  test.each([
    ['nested repetition', '(a+)+$', `${'a'.repeat(40)}b`],
    ['overlapping choices', '^(a|aa)+$', `${'a'.repeat(80)}b`],
    ['nested stars', '(.*)*x', 'a'.repeat(16_384)],
    ['three of them', '(x+x+)+y', 'x'.repeat(16_384)],
    ['words', '(\\w+\\s?)*$', `${'a'.repeat(60)}!`],
  ])('is done in a moment with %s', (_name, pattern, line) => {
    const isMatch = matchLine(pattern);
    const before = process.cpuUsage();
    isMatch(line);
    const { user, system } = process.cpuUsage(before);
    // backtracking would take years
    expect((user + system) / 1000).toBeLessThan(1000);
  });

  test.each([
    ['a look-ahead', '(?=a)(a+)+$'],
    ['a look-behind', '(?<=a)b'],
    ['a back reference', '(a+)+\\1$'],
    ['a repetition that is written out more than 16 times', 'x{17}'],
  ])('refuses %s and says so', (what, pattern) => {
    expect(() => matchLine(pattern)).toThrow(`logLine /${pattern}/ cannot be matched in linear time: it uses ${what}`);
  });

  test('says what is no regular expression', () => {
    expect(() => matchLine('(ready')).toThrow('logLine Invalid regular expression: /(ready/: Unterminated group');
  });

  test('looks at the first 16 KiB of a line', () => {
    const isReady = matchLine('ready');
    expect(isReady(`${'x'.repeat(16_384 - 5)}ready`)).toBe(true);
    expect(isReady(`${'x'.repeat(16_384)}ready`)).toBe(false);
  });
});
