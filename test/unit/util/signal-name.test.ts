import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { parseSignal, signalName, signalNames } from '../../../src/util/signal-name.ts';

describe('parseSignal', () => {
  test.each<[string | number, number | undefined]>([
    ['TERM', 15],
    ['SIGTERM', 15],
    ['sigusr1', 10],
    ['Hup', 1],
    ['9', 9],
    [64, 64],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['RTMAX-1', 63],
    ['RTMAX', 64],
    ['RTMIN+30', 64],
    ['RTMIN+31', undefined],
    ['RTMAX-31', undefined],
    ['RTMIN-1', undefined],
    ['RTMAX+1', undefined],
    ['RTMIN+', undefined],
    ['POLL', 29],
    ['TREM', undefined],
    ['SIG', undefined],
    ['', undefined],
    ['015', undefined],
    [0, undefined],
    ['0', undefined],
    [65, undefined],
    [1.5, undefined],
    [-9, undefined],
    ['__proto__', undefined],
  ])('%j is %j', (written, number) => {
    expect(parseSignal(written)).toBe(number);
  });

  test('knows every signal of this machine by its name', () => {
    const numbers = Object.entries(constants.signals);
    expect(numbers.map(([name]) => parseSignal(name))).toEqual(numbers.map(([, number]) => number));
  });
});

test('signalName names what parseSignal reads', () => {
  for (const signal of [...signalNames.map((_, index) => index + 1), 34, 50, 64])
    expect(parseSignal(signalName(signal))).toBe(signal);
  expect(signalName(32)).toBe('signal 32');
  expect(signalName(34)).toBe('SIGRTMIN');
});
