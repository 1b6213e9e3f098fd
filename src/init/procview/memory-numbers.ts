/** What a container has of memory and swap, by its cgroup's files and the machine's meminfo. Pure. */
import { leastOf, parseCount, parseKeyed, type ReadCgroup } from './cgroup-text.ts';

/** In bytes; the names are those of /proc/meminfo, proc_meminfo(5). */
export interface MemoryNumbers {
  readonly total: number;
  readonly free: number;
  readonly available: number;
  /** page cache, shared memory included */
  readonly cached: number;
  readonly shared: number;
  readonly swapTotal: number;
  readonly swapFree: number;
  readonly swapCached: number;
  readonly activeAnon: number;
  readonly inactiveAnon: number;
  readonly activeFile: number;
  readonly inactiveFile: number;
  readonly unevictable: number;
  readonly dirty: number;
  readonly writeback: number;
  readonly anon: number;
  readonly mapped: number;
  readonly slabReclaimable: number;
  readonly slabUnreclaimable: number;
  readonly kernelStack: number;
  readonly pageTables: number;
  readonly percpu: number;
  readonly anonHuge: number;
  readonly shmemHuge: number;
  readonly fileHuge: number;
  readonly zswap: number;
  readonly zswapped: number;
}

/** One line `Name:  number kB` of meminfo, in bytes; 0 where there is none. PID 1 makes little garbage of it. */
export function meminfoBytes(text: string, name: string): number {
  const at = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`) + 1;
  if (at === 0 && !text.startsWith(`${name}:`)) return 0;
  return Number.parseInt(text.slice(at + name.length + 1, text.indexOf('\n', at)), 10) * 1024;
}

/** `kernelMeminfo`: the machine's. Undefined where the kernel does not count the container's memory. */
export function memoryNumbers(read: ReadCgroup, kernelMeminfo: string): MemoryNumbers | undefined {
  const stat = parseKeyed(read('memory.stat'));
  const v1Usage = parseCount(read('memory.usage_in_bytes'));
  const usage = v1Usage ?? parseCount(read('memory.current'));
  if (usage === undefined) return undefined;
  const hostTotal = meminfoBytes(kernelMeminfo, 'MemTotal');
  const hostSwap = meminfoBytes(kernelMeminfo, 'SwapTotal');
  return v1Usage === undefined
    ? derive(usage, fromV2(read, stat), hostTotal, hostSwap)
    : derive(usage, fromV1(read, stat), hostTotal, hostSwap);
}

type Counted = Omit<MemoryNumbers, 'total' | 'free' | 'available' | 'swapTotal' | 'swapFree'> & {
  readonly limit: number;
  readonly swapLimit: number;
  readonly swapUsed: number;
};

/** What follows from the counts. Memory that is free on the machine but not the container's does not count, nor the other way round. */
function derive(usage: number, counted: Counted, hostTotal: number, hostSwap: number): MemoryNumbers {
  const { limit, swapLimit, swapUsed, ...numbers } = counted;
  const total = Math.min(limit, hostTotal);
  const free = Math.max(0, total - usage);
  const swapTotal = Math.min(swapLimit, hostSwap);
  return {
    ...numbers,
    total,
    free,
    available: Math.min(total, free + numbers.activeFile + numbers.inactiveFile + numbers.slabReclaimable),
    swapTotal,
    swapFree: Math.max(0, swapTotal - swapUsed),
  };
}

/** memory.stat of cgroup-v2.rst. */
function fromV2(read: ReadCgroup, stat: ReadonlyMap<string, number>): Counted {
  const of = (key: string): number => stat.get(key) ?? 0;
  const least = (file: string): number =>
    leastOf(read, (readHere) => parseCount(readHere(file)) ?? Number.POSITIVE_INFINITY);
  return {
    ...commonCounts(of),
    limit: least('memory.max'),
    swapLimit: read('memory.swap.max') === '' ? 0 : least('memory.swap.max'),
    swapUsed: parseCount(read('memory.swap.current')) ?? 0,
    cached: Math.max(0, of('file') - of('swapcached')),
    dirty: of('file_dirty'),
    writeback: of('file_writeback'),
    anon: of('anon'),
    mapped: of('file_mapped'),
    slabReclaimable: of('slab_reclaimable'),
    slabUnreclaimable: of('slab_unreclaimable'),
    kernelStack: of('kernel_stack'),
    pageTables: of('pagetables'),
    percpu: of('percpu'),
    anonHuge: of('anon_thp'),
    shmemHuge: of('shmem_thp'),
    fileHuge: of('file_thp'),
    zswap: of('zswap'),
    zswapped: of('zswapped'),
  };
}

/** memory.stat of cgroup-v1/memory.rst, which knows one number for all of the kernel's own memory. */
function fromV1(read: ReadCgroup, stat: ReadonlyMap<string, number>): Counted {
  const of = (key: string): number => stat.get(`total_${key}`) ?? stat.get(key) ?? 0;
  const limit = stat.get('hierarchical_memory_limit') ?? Number.POSITIVE_INFINITY;
  // absent where the kernel does not account swap (swapaccount=0)
  const memsw = stat.get('hierarchical_memsw_limit') ?? limit;
  return {
    ...commonCounts(of),
    limit,
    swapLimit: isUnlimited(memsw) ? memsw : Math.max(0, memsw - limit),
    swapUsed: of('swap'),
    cached: Math.max(0, of('cache') - of('swapcached')),
    dirty: of('dirty'),
    writeback: of('writeback'),
    anon: of('rss'),
    mapped: of('mapped_file'),
    slabReclaimable: 0,
    slabUnreclaimable: parseCount(read('memory.kmem.usage_in_bytes')) ?? 0,
    kernelStack: 0,
    pageTables: 0,
    percpu: 0,
    anonHuge: of('rss_huge'),
    shmemHuge: 0,
    fileHuge: 0,
    zswap: 0,
    zswapped: 0,
  };
}

const commonCounts = (of: (key: string) => number) => ({
  shared: of('shmem'),
  swapCached: of('swapcached'),
  activeAnon: of('active_anon'),
  inactiveAnon: of('inactive_anon'),
  activeFile: of('active_file'),
  inactiveFile: of('inactive_file'),
  unevictable: of('unevictable'),
});

/** v1 writes its largest number of pages where v2 writes `max`. */
const isUnlimited = (bytes: number): boolean => bytes > Number.MAX_SAFE_INTEGER;
