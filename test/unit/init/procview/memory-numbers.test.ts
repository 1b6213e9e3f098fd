import { describe, expect, test } from 'vitest';
import { meminfoBytes, memoryNumbers } from '../../../../src/init/procview/memory-numbers.ts';
import { aCgroup, mib } from './a-cgroup.ts';

const host = 'MemTotal:       24684096 kB\nMemFree:  100 kB\nSwapTotal:      1048576 kB\nHugePages_Total:       0\n';
const hostTotal = 24_684_096 * 1024;

const v2 = {
  'memory.current': `${40 * mib}\n`,
  'memory.max': `${64 * mib}\n`,
  'memory.swap.max': 'max\n',
  'memory.swap.current': `${mib}\n`,
  'memory.stat': `anon ${10 * mib}\nfile ${20 * mib}\nshmem ${2 * mib}\nactive_file ${5 * mib}\ninactive_file ${13 * mib}\nslab_reclaimable ${4 * mib}\n`,
};

const v1 = {
  'memory.usage_in_bytes': `${40 * mib}\n`,
  'memory.kmem.usage_in_bytes': `${3 * mib}\n`,
  'memory.stat': `cache 1\nhierarchical_memory_limit ${64 * mib}\nhierarchical_memsw_limit ${96 * mib}\ntotal_cache ${20 * mib}\ntotal_rss ${10 * mib}\ntotal_swap ${mib}\ntotal_active_file ${5 * mib}\n`,
};

describe('memory of a container', () => {
  test('is its limit, less what it uses, on v2', () => {
    const memory = memoryNumbers(aCgroup(v2), host);
    expect(memory).toMatchObject({
      total: 64 * mib,
      free: 24 * mib,
      cached: 20 * mib,
      shared: 2 * mib,
      anon: 10 * mib,
    });
  });

  test('is its limit, less what it uses, on v1', () => {
    const memory = memoryNumbers(aCgroup(v1), host);
    expect(memory).toMatchObject({ total: 64 * mib, free: 24 * mib, cached: 20 * mib, slabUnreclaimable: 3 * mib });
  });

  test('is available as far as the kernel can take it back', () => {
    expect(memoryNumbers(aCgroup(v2), host)?.available).toBe((24 + 5 + 13 + 4) * mib);
  });

  test('is bounded by a limit above the container', () => {
    const memory = memoryNumbers(aCgroup({ ...v2, '../../memory.max': `${48 * mib}\n` }), host);
    expect(memory?.total).toBe(48 * mib);
  });

  test("is the machine's where nothing limits it", () => {
    const unlimited = { ...v2, 'memory.max': 'max\n' };
    expect(memoryNumbers(aCgroup(unlimited), host)?.total).toBe(hostTotal);
    const v1Unlimited = { ...v1, 'memory.stat': 'hierarchical_memory_limit 9223372036854771712\n' };
    expect(memoryNumbers(aCgroup(v1Unlimited), host)?.total).toBe(hostTotal);
  });

  test('is never less than nothing while it is over its limit', () => {
    expect(memoryNumbers(aCgroup({ ...v2, 'memory.current': `${70 * mib}\n` }), host)?.free).toBe(0);
  });

  test('is unknown where the kernel does not count it', () => {
    expect(memoryNumbers(aCgroup({}), host)).toBeUndefined();
  });
});

describe('swap of a container', () => {
  const gib = 1024 * mib;
  test.each([
    ['v2, unlimited', v2, gib, gib - mib],
    ['v2, limited', { ...v2, 'memory.swap.max': `${8 * mib}\n` }, 8 * mib, 7 * mib],
    ['v2, none', { ...v2, 'memory.swap.max': '0\n', 'memory.swap.current': '0\n' }, 0, 0],
    ['v2, a kernel that does not count it', { ...v2, 'memory.swap.max': '' }, 0, 0],
    ['v1, memory and swap together limited', v1, 32 * mib, 31 * mib],
    [
      'v1, unlimited',
      { ...v1, 'memory.stat': 'hierarchical_memory_limit 67108864\nhierarchical_memsw_limit 9223372036854771712\n' },
      gib,
      gib,
    ],
    ['v1, a kernel that does not count it', { ...v1, 'memory.stat': 'hierarchical_memory_limit 67108864\n' }, 0, 0],
  ])('%s', (_, files, total, free) => {
    expect(memoryNumbers(aCgroup(files), host)).toMatchObject({ swapTotal: total, swapFree: free });
  });
});

test('a line of meminfo is found by its whole name', () => {
  expect(meminfoBytes(host, 'MemTotal')).toBe(hostTotal);
  expect(meminfoBytes(host, 'Total')).toBe(0);
  expect(meminfoBytes(host, 'SwapTotal')).toBe(1024 * mib);
  expect(meminfoBytes('', 'MemTotal')).toBe(0);
});
