import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { advanceCpus, emptyCpuLedger } from '../../../../src/init/procview/cpu-ledger.ts';
import {
  cpuinfoText,
  loadavgText,
  newestProcess,
  statText,
  uptimeText,
} from '../../../../src/init/procview/cpu-texts.ts';
import { diskstatsText, swapsText } from '../../../../src/init/procview/disk-texts.ts';
import { emptyLedger, emptySample } from '../../../../src/init/procview/load-average.ts';
import { meminfoText } from '../../../../src/init/procview/meminfo-text.ts';
import { meminfoBytes, memoryNumbers } from '../../../../src/init/procview/memory-numbers.ts';
import { vmstatText } from '../../../../src/init/procview/vmstat-text.ts';
import { aCgroup, mib } from './a-cgroup.ts';

const kernelMeminfo = readFileSync('/proc/meminfo', 'utf8');
const memory = memoryNumbers(
  aCgroup({
    'memory.current': `${40 * mib}`,
    'memory.max': `${64 * mib}`,
    'memory.swap.max': '0',
    'memory.stat': `file ${20 * mib}\nactive_file ${8 * mib}\nslab_reclaimable ${mib}\nslab_unreclaimable ${mib}\n`,
  }),
  kernelMeminfo,
);
if (memory === undefined) throw new Error('bug: the fixture counts memory');

describe('meminfo', () => {
  const text = meminfoText(kernelMeminfo, memory);
  const names = (of: string): string[] => of.split('\n').map((line) => line.split(':')[0] ?? '');

  test("has the kernel's fields in the kernel's order and form", () => {
    expect(names(text)).toEqual(names(kernelMeminfo));
    expect(text).toContain('MemTotal:          65536 kB\nMemFree:           24576 kB\n');
  });

  test("tells the container's memory, and the machine's huge pages", () => {
    expect(meminfoBytes(text, 'Cached')).toBe(20 * mib);
    expect(meminfoBytes(text, 'Slab')).toBe(2 * mib);
    expect(meminfoBytes(text, 'Hugepagesize')).toBe(meminfoBytes(kernelMeminfo, 'Hugepagesize'));
  });
});

describe('stat', () => {
  const cpus = advanceCpus(emptyCpuLedger(0), 10_000, { userMs: 1000, systemMs: 500 }, [0, 2], [0, 2]);
  const load = { ...emptyLedger(0), switches: 41.6, sample: { ...emptySample, running: 3, blocked: 1 } };
  const text = statText({ cpus, shown: [0, 2], load, bootTime: 1700000000, processes: 17 });

  test('has a line for all CPUs and for each that is seen, in ticks', () => {
    expect(text.split('\n').slice(0, 3)).toEqual([
      'cpu  100 0 50 1850 0 0 0 0 0 0',
      'cpu0 50 0 25 925 0 0 0 0 0 0',
      'cpu2 50 0 25 925 0 0 0 0 0 0',
    ]);
  });

  test("has the kernel's other lines", () => {
    const keys = (of: string): string[] => of.split('\n').map((line) => line.split(' ')[0] ?? '');
    const kernel = keys(readFileSync('/proc/stat', 'utf8')).filter((key) => !/^cpu\d/.test(key));
    expect(keys(text).filter((key) => !/^cpu\d/.test(key))).toEqual(kernel);
    expect(text).toContain('ctxt 42\nbtime 1700000000\nprocesses 17\nprocs_running 3\nprocs_blocked 1\n');
  });

  test('counts who reads it among those that run', () => {
    const idle = statText({ cpus, shown: [0], load: emptyLedger(0), bootTime: 1, processes: 1 });
    expect(idle).toContain('procs_running 1\n');
  });
});

describe('uptime and loadavg', () => {
  const cpus = advanceCpus(emptyCpuLedger(0), 10_000, { userMs: 1500, systemMs: 0 }, [0], [0]);

  test("uptime is the kernel's, idle time the container's", () => {
    expect(uptimeText('12.34 99.99\n', cpus)).toBe('12.34 8.50\n');
  });

  test('loadavg keeps the newest process of the pid namespace', () => {
    const ledger = { ...emptyLedger(0), averages: [0.5, 0.25, 1.239] as const };
    expect(loadavgText('9.99 9.99 9.99 5/500 77\n', ledger, 12)).toBe('0.50 0.25 1.24 1/12 77\n');
    expect(newestProcess('9.99 9.99 9.99 5/500 77\n')).toBe(77);
  });
});

describe('cpuinfo', () => {
  const kernel =
    'processor\t: 0\nmodel name\t: A\n\nprocessor\t: 1\nmodel name\t: B\n\nprocessor\t: 10\nmodel name\t: C\n\n';

  test('has the paragraphs of CPUs that are seen', () => {
    expect(cpuinfoText(kernel, [1, 10])).toBe(
      'processor\t: 1\nmodel name\t: B\n\nprocessor\t: 10\nmodel name\t: C\n\n',
    );
  });

  test('keeps what is said of no CPU', () => {
    expect(cpuinfoText(`${kernel}Hardware\t: X\n`, [0])).toBe('processor\t: 0\nmodel name\t: A\n\nHardware\t: X\n');
  });
});

describe('diskstats', () => {
  const kernel =
    ' 254       0 vda 10 1 2048 5 20 2 4096 6 0 7 8 3 0 24 1 9 1\n   7       0 loop0 1 0 8 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n';

  test('counts what the container did on v2', () => {
    const read = aCgroup({ 'io.stat': '254:0 rbytes=1024 wbytes=2048 rios=3 wios=4 dbytes=512 dios=1\n' });
    expect(diskstatsText(kernel, read)).toBe(
      ' 254       0 vda 3 0 2 0 4 0 4 0 0 0 0 1 0 1 0 0 0\n   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n',
    );
  });

  test('counts what the container did on v1', () => {
    const read = aCgroup({
      'blkio.throttle.io_service_bytes_recursive': '254:0 Read 1024\n254:0 Write 2048\n254:0 Total 3072\nTotal 3072\n',
      'blkio.throttle.io_serviced_recursive': '254:0 Read 3\n254:0 Write 4\n',
    });
    expect(diskstatsText(kernel, read).split('\n')[0]).toBe(' 254       0 vda 3 0 2 0 4 0 4 0 0 0 0 0 0 0 0 0 0');
  });

  test('knows of nothing where no controller counts', () => {
    expect(diskstatsText(kernel, aCgroup({})).split('\n')[0]).toBe(
      ' 254       0 vda 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0',
    );
  });
});

describe('vmstat', () => {
  const kernel = 'nr_free_pages 999\nnr_zone_active_anon 77\npgpgin 12345\npgpgout 6789\npgfault 100\n';

  test('has pages and KiB of the container, and 0 for what nobody counts', () => {
    const read = aCgroup({
      'io.stat': '254:0 rbytes=4096 wbytes=8192 rios=1 wios=1\n8:0 rbytes=1024 wbytes=0 rios=1 wios=0\n',
      'memory.stat': 'pgfault 42\n',
    });
    expect(vmstatText(kernel, memory, read)).toBe(
      'nr_free_pages 6144\nnr_zone_active_anon 0\npgpgin 5\npgpgout 8\npgfault 42\n',
    );
  });
});

describe('swaps', () => {
  const header = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';

  test('shows one area of what the container may swap', () => {
    const text = swapsText({ ...memory, swapTotal: 8 * mib, swapFree: 6 * mib });
    expect(text.startsWith(header)).toBe(true);
    expect(text.split('\n')[1]?.split(/\s+/)).toEqual(['none', 'virtual', '8192', '2048', '-2']);
  });

  test('shows none where there is none', () => {
    expect(swapsText(memory)).toBe(header);
  });
});
