import { describe, expect, test } from 'vitest';
import { advanceLoad, emptyLedger, type ThreadSample } from '../../../../src/init/procview/load-average.ts';
import { sampleOf } from '../../../../src/init/procview/thread-texts.ts';

const idle: ThreadSample = { running: 0, blocked: 0, waitedMs: new Map(), switches: new Map() };
const minute = 60_000;

describe('load averages', () => {
  test('approach the number of threads that are busy', () => {
    const hour = advanceLoad(emptyLedger(0), 60 * minute, 2 * 60 * minute, idle);
    expect(hour.averages.map((average) => average.toFixed(1))).toEqual(['2.0', '2.0', '2.0']);
  });

  test('count a thread that waits for a CPU like one that runs', () => {
    const waiting = { ...idle, waitedMs: new Map([[7, 30 * minute]]) };
    const ledger = advanceLoad(emptyLedger(0), 60 * minute, 30 * minute, waiting);
    expect(ledger.averages[0]).toBeCloseTo(1, 5);
  });

  test('count uninterruptible sleep', () => {
    expect(advanceLoad(emptyLedger(0), 60 * minute, 0, { ...idle, blocked: 3 }).averages[0]).toBeCloseTo(3, 5);
  });

  test('come out the same however often one looks', () => {
    let often = emptyLedger(0);
    for (let at = 1000; at <= 5 * minute; at += 1000) often = advanceLoad(often, at, at / 2, idle);
    const once = advanceLoad(emptyLedger(0), 5 * minute, 2.5 * minute, idle);
    for (const [i, average] of often.averages.entries()) expect(average).toBeCloseTo(once.averages[i] ?? -1, 6);
  });

  test('decay when nothing runs any more, the first one fastest', () => {
    const busy = advanceLoad(emptyLedger(0), 60 * minute, 60 * minute, idle);
    const [one, five, fifteen] = advanceLoad(busy, 61 * minute, 60 * minute, idle).averages;
    expect(one).toBeCloseTo(Math.exp(-1), 2);
    expect(five).toBeGreaterThan(one);
    expect(fifteen).toBeGreaterThan(five);
  });

  test('do not move within a moment', () => {
    const ledger = emptyLedger(0);
    expect(advanceLoad(ledger, 50, 50, idle)).toBe(ledger);
  });

  test('take a counter that fell for a new thread of an old number', () => {
    const first = advanceLoad(emptyLedger(0), minute, 0, { ...idle, switches: new Map([[7, 100]]) });
    const second = advanceLoad(first, 2 * minute, 0, { ...idle, switches: new Map([[7, 5]]) });
    expect(second.switches).toBe(105);
  });
});

describe('a look at threads', () => {
  const thread = (id: number, state: string, schedstat = '') => ({ id, stat: `${id} (a) b) ${state} 1 1`, schedstat });

  test('tells who runs and who is blocked, whatever their names', () => {
    expect(sampleOf([thread(1, 'R'), thread(2, 'D'), thread(3, 'S')], 3)).toMatchObject({ running: 1, blocked: 1 });
  });

  test('takes those that were not looked at for like the others', () => {
    const sample = sampleOf([thread(1, 'R', '5 2000000 4'), thread(2, 'S')], 4);
    expect(sample.running).toBe(2);
    expect(sample.waitedMs.get(1)).toBe(4);
    expect(sample.switches.get(1)).toBe(8);
  });

  test('leaves out what ended meanwhile', () => {
    expect(sampleOf([{ id: 9, stat: '', schedstat: '' }], 1)).toMatchObject({ running: 0, blocked: 0 });
  });
});
