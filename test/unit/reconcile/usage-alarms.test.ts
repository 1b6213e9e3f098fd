import { describe, expect, test } from 'vitest';
import { memoryHighMessage, oomMessage, throttlingMessage } from '../../../src/reconcile/alarm-words.ts';
import { throttledShare } from '../../../src/reconcile/throttle-watch.ts';
import { planAlarms } from '../../../src/reconcile/usage-alarms.ts';
import { aContainer, aProgram, withPrograms } from './builders.ts';

describe('what is listened to', () => {
  test('is memory in any case, CPU where a limit stands', () => {
    expect(planAlarms(aContainer(), 'p/u/app')).toEqual({ cpuLimited: [], memoryLimited: [] });
    expect(planAlarms(aContainer({ resources: { cpuLimitMillis: 200 } }), 'p/u/app').cpuLimited).toEqual([
      { cgroup: 'p/u/app/app', what: 'container app', cpuLimitMillis: 200 },
    ]);
  });

  test('are leaves with limits of their own, each instance', () => {
    const container = withPrograms(
      aProgram('a', { resources: { memoryLimitBytes: 1024 }, instances: 2 }),
      aProgram('b', { resources: { cpuLimitMillis: 50 } }),
      aProgram('c'),
    );
    expect(planAlarms(container, 'p/u/app')).toEqual({
      cpuLimited: [{ cgroup: 'p/u/app/app/b', what: 'program b of container app', cpuLimitMillis: 50 }],
      memoryLimited: ['a', 'a:1'],
    });
  });
});

describe('words', () => {
  test('name the program, the processes as far as known, and how many', () => {
    expect(oomMessage('app', 'program web', 1, ['node'])).toBe(
      'Out of memory: the kernel killed a process (node) of program web in container app',
    );
    expect(oomMessage('app', undefined, 3, ['b', 'a', 'b'])).toBe(
      'Out of memory: the kernel killed 3 processes (a, b) in container app',
    );
    expect(oomMessage('app', undefined, 1, [])).toBe('Out of memory: the kernel killed a process in container app');
  });

  test('of throttling are the same for nearly the same share', () => {
    expect(throttlingMessage('container app', 200, 0.93)).toBe(
      'The CPU limit of 200m holds container app back in about 90 % of all periods',
    );
    expect(throttlingMessage('container app', 200, 0.87)).toBe(throttlingMessage('container app', 200, 0.93));
  });

  test('of memory.high name it', () => {
    expect(memoryHighMessage('app', { memoryHighBytes: 1024 })).toContain('memory.high (1024 bytes)');
  });
});

test('the throttled share is of the periods that passed', () => {
  expect(throttledShare({ periods: 10, throttledPeriods: 1 }, { periods: 30, throttledPeriods: 11 })).toBe(0.5);
  expect(throttledShare({ periods: 10, throttledPeriods: 1 }, { periods: 10, throttledPeriods: 1 })).toBe(0);
  expect(throttledShare({}, {})).toBe(0);
});
