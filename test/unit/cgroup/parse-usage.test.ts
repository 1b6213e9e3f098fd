/** Texts as a Linux 6.1 (v2) and a 6.18 (v1) wrote them. */
import { describe, expect, test } from 'vitest';
import { parseOomKills, parsePressure, parseUsageV1, parseUsageV2 } from '../../../src/cgroup/parse-usage.ts';

const cpuStatV2 = `usage_usec 2035871
user_usec 1999041
system_usec 36830
core_sched.force_idle_usec 0
nr_periods 101
nr_throttled 99
throttled_usec 8012345
nr_bursts 0
burst_usec 0
`;
const memoryStatV2 = `anon 524288
file 8388608
kernel 65536
kernel_stack 16384
inactive_anon 500000
active_anon 24288
inactive_file 6291456
active_file 2097152
`;
const memoryEvents = 'low 0\nhigh 17\nmax 4\noom 2\noom_kill 1\noom_group_kill 0\n';
const pressure = `some avg10=12.50 avg60=3.10 avg300=0.70 total=8123456
full avg10=11.00 avg60=2.90 avg300=0.60 total=7000001
`;

describe('a v2 directory', () => {
  test('is read with CPU, throttling, memory with and without cache, swap, io, pids, pressure and events', () => {
    const usage = parseUsageV2({
      cpu: cpuStatV2,
      memory: '9000000\n',
      memoryStat: memoryStatV2,
      swap: '4096\n',
      oom: memoryEvents,
      pids: '7\n',
      io: '254:0 rbytes=4096 wbytes=1048576 rios=1 wios=256 dbytes=0 dios=0\n7:0 rbytes=100 wbytes=0 rios=2 wios=0 dbytes=0 dios=0\n',
      pressure: { cpu: pressure },
    });
    expect(usage).toEqual({
      cpuMs: 2035.871,
      userMs: 1999.041,
      systemMs: 36.83,
      periods: 101,
      throttledPeriods: 99,
      throttledMs: 8012.345,
      memoryBytes: 9_000_000,
      workingSetBytes: 9_000_000 - 6_291_456,
      cacheBytes: 8_388_608,
      swapBytes: 4096,
      pids: 7,
      io: { readBytes: 4196, writeBytes: 1_048_576, reads: 3, writes: 256 },
      pressure: {
        cpu: {
          some: { avg10: 12.5, avg60: 3.1, avg300: 0.7, totalMs: 8123.456 },
          full: { avg10: 11, avg60: 2.9, avg300: 0.6, totalMs: 7000.001 },
        },
      },
      oomKills: 1,
      memoryHighEvents: 17,
    });
  });

  test('whose controllers are off has what is left', () => {
    expect(parseUsageV2({ cpu: 'usage_usec 10\nuser_usec 5\nsystem_usec 5\n' })).toEqual({
      ...{ cpuMs: 0.01, userMs: 0.005, systemMs: 0.005 },
    });
    expect(parseUsageV2({})).toEqual({});
  });

  test('no device has been used yet: that is 0, not unknown', () => {
    expect(parseUsageV2({ io: '' }).io).toEqual({ readBytes: 0, writeBytes: 0, reads: 0, writes: 0 });
  });
});

describe('a v1 directory', () => {
  test('is read in its own units', () => {
    const usage = parseUsageV1({
      cpu: 'nr_periods 82\nnr_throttled 81\nthrottled_time 5473022755\nnr_bursts 0\nburst_time 0\n',
      cpuacct: '1648860318\n',
      cpuacctStat: 'user 164\nsystem 3\n',
      memory: '9728000\n',
      memoryStat:
        'cache 1\nrss 2\ninactive_file 3\ntotal_cache 2567168\ntotal_rss 25382912\ntotal_swap 512\ntotal_inactive_file 1897758\n',
      oom: 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
      pids: '4\n',
      io: '254:0 Read 4096\n254:0 Write 8192\n254:0 Sync 8192\n254:0 Async 4096\n254:0 Discard 0\n254:0 Total 12288\nTotal 12288\n',
      ioOperations: '254:0 Read 1\n254:0 Write 2\n254:0 Total 3\nTotal 3\n',
    });
    expect(usage).toEqual({
      cpuMs: expect.closeTo(1648.86, 2),
      userMs: 1640,
      systemMs: 30,
      periods: 82,
      throttledPeriods: 81,
      throttledMs: expect.closeTo(5473.02, 2),
      memoryBytes: 9_728_000,
      workingSetBytes: 9_728_000 - 1_897_758,
      cacheBytes: 2_567_168,
      swapBytes: 512,
      pids: 4,
      io: { readBytes: 4096, writeBytes: 8192, reads: 1, writes: 2 },
      oomKills: 3,
    });
  });

  test('a working set is never below nothing', () => {
    expect(parseUsageV1({ memory: '10\n', memoryStat: 'total_inactive_file 20\n' }).workingSetBytes).toBe(0);
  });
});

test('an old kernel that does not count OOM kills gives none', () => {
  expect(parseOomKills('oom_kill_disable 0\nunder_oom 0\n')).toBeUndefined();
});

test('cpu pressure of a kernel before 5.13 has no full line', () => {
  expect(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n')).toEqual({
    some: { avg10: 0, avg60: 0, avg300: 0, totalMs: 0 },
  });
  expect(parsePressure('')).toBeUndefined();
});
