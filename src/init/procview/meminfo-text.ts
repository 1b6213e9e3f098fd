/** /proc/meminfo of a container: the kernel's fields in its order, proc_meminfo(5). Pure. */
import { type MemoryNumbers, meminfoBytes } from './memory-numbers.ts';

/** Fields that are not the container's stay the machine's: huge pages, the kernel's address space, its direct map. */
export function meminfoText(kernel: string, memory: MemoryNumbers): string {
  const bytes: Readonly<Record<string, number>> = { ...fieldsOf(memory), ...commitFields(kernel, memory) };
  return kernel
    .split('\n')
    .map((line) => {
      const name = line.slice(0, line.indexOf(':'));
      const value = bytes[name];
      return value === undefined ? line : formatLine(name, value);
    })
    .join('\n');
}

const formatLine = (name: string, bytes: number): string =>
  `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB`;

function fieldsOf(memory: MemoryNumbers): Record<string, number> {
  return {
    MemTotal: memory.total,
    MemFree: memory.free,
    MemAvailable: memory.available,
    Buffers: 0,
    Cached: memory.cached,
    SwapCached: memory.swapCached,
    Active: memory.activeAnon + memory.activeFile,
    Inactive: memory.inactiveAnon + memory.inactiveFile,
    'Active(anon)': memory.activeAnon,
    'Inactive(anon)': memory.inactiveAnon,
    'Active(file)': memory.activeFile,
    'Inactive(file)': memory.inactiveFile,
    Unevictable: memory.unevictable,
    Mlocked: memory.unevictable,
    SwapTotal: memory.swapTotal,
    SwapFree: memory.swapFree,
    Zswap: memory.zswap,
    Zswapped: memory.zswapped,
    Dirty: memory.dirty,
    Writeback: memory.writeback,
    AnonPages: memory.anon,
    Mapped: memory.mapped,
    Shmem: memory.shared,
    ...kernelFieldsOf(memory),
    AnonHugePages: memory.anonHuge,
    ShmemHugePages: memory.shmemHuge,
    ShmemPmdMapped: 0,
    FileHugePages: memory.fileHuge,
    FilePmdMapped: 0,
  };
}

const kernelFieldsOf = (memory: MemoryNumbers): Record<string, number> => ({
  KReclaimable: memory.slabReclaimable,
  Slab: memory.slabReclaimable + memory.slabUnreclaimable,
  SReclaimable: memory.slabReclaimable,
  SUnreclaim: memory.slabUnreclaimable,
  KernelStack: memory.kernelStack,
  PageTables: memory.pageTables,
  SecPageTables: 0,
  NFS_Unstable: 0,
  Bounce: 0,
  WritebackTmp: 0,
  Percpu: memory.percpu,
});

/** The share of memory that may be promised is the machine's setting; of what is promised only what is used is known. */
function commitFields(kernel: string, memory: MemoryNumbers): Record<string, number> {
  const total = meminfoBytes(kernel, 'MemTotal');
  const promised = meminfoBytes(kernel, 'CommitLimit') - meminfoBytes(kernel, 'SwapTotal');
  return {
    CommitLimit: (total === 0 ? 0 : Math.max(0, promised / total)) * memory.total + memory.swapTotal,
    Committed_AS: memory.anon + memory.shared,
  };
}
