import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration, parseMicroseconds } from '../../../src/util/duration.ts';

describe('parseDuration', () => {
  test.each([
    ['100ms', 100],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['0', 0],
    ['0s', 0],
    ['-1h', -3_600_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '10', 's', '1d', '1 s', '1h 30m', '--1s', '1e3s', '0x10s', '99999999999999h', '1s\n'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('parseMicroseconds', () => {
  test.each([
    ['0', 0],
    ['500us', 500],
    ['1.5ms', 1_500],
    ['50ms', 50_000],
    ['1s500us', 1_000_500],
  ])('reads %s', (text, us) => {
    expect(parseMicroseconds(text)).toBe(us);
  });

  test.each(['', '50', '-1ms', '1ns', '99999999999999h'])('refuses %j', (text) => {
    expect(parseMicroseconds(text)).toBeUndefined();
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [100, '100ms'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [-1500, '-1s500ms'],
  ])('writes %d as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('is read back by parseDuration', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
