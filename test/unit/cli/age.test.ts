import { describe, expect, test } from 'vitest';
import { formatAge, formatSince, formatTime } from '../../../src/cli/age.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('ages', () => {
  // Cases of k8s.io/apimachinery pkg/util/duration HumanDuration.
  test.each([
    [0, '0s'],
    [-1500, '0s'],
    [-2 * second, '<invalid>'],
    [999, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5 * second, '2m5s'],
    [9 * minute + 59 * second, '9m59s'],
    [10 * minute + 30 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [8 * hour + 59 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [2 * day + 4 * hour, '2d4h'],
    [8 * day + 4 * hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [2 * 365 * day + 3 * day, '2y3d'],
    [8 * 365 * day + 3 * day, '8y'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });

  test('a time that is missing or none is unknown', () => {
    expect(formatSince(undefined, 0)).toBe('<unknown>');
    expect(formatSince('yesterday', 0)).toBe('<unknown>');
  });

  test('a time is printed as kubectl describe does', () => {
    expect(formatTime('2026-01-02T12:00:05Z')).toMatch(/^(Thu|Fri|Sat), 0[123] Jan 2026 \d\d:\d\d:05 [+-]\d{4}$/);
  });
});
