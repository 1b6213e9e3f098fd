/** /proc/vmstat of a container: what vmstat(8) and its like compute rates from. Pure. */
import { parseKeyed, type ReadCgroup } from './cgroup-text.ts';
import { diskBytes } from './disk-texts.ts';
import type { MemoryNumbers } from './memory-numbers.ts';

/** The kernel's names in its order; 0 for what nobody counts for a container. */
export function vmstatText(kernel: string, memory: MemoryNumbers, read: ReadCgroup): string {
  const numbers: Record<string, number> = { ...pagesOf(memory), ...eventsOf(read) };
  return kernel.replace(/^(\S+) \d+$/gm, (_, name: string) => `${name} ${Math.floor(numbers[name] ?? 0)}`);
}

/** The size that all of x86-64 and most of arm64 has. */
const pageBytes = 4096;

function pagesOf(memory: MemoryNumbers): Record<string, number> {
  const bytes = {
    nr_free_pages: memory.free,
    nr_inactive_anon: memory.inactiveAnon,
    nr_active_anon: memory.activeAnon,
    nr_inactive_file: memory.inactiveFile,
    nr_active_file: memory.activeFile,
    nr_unevictable: memory.unevictable,
    nr_anon_pages: memory.anon,
    nr_mapped: memory.mapped,
    nr_file_pages: memory.cached + memory.swapCached,
    nr_dirty: memory.dirty,
    nr_writeback: memory.writeback,
    nr_shmem: memory.shared,
    nr_slab_reclaimable: memory.slabReclaimable,
    nr_slab_unreclaimable: memory.slabUnreclaimable,
    nr_page_table_pages: memory.pageTables,
  };
  return Object.fromEntries(Object.entries(bytes).map(([name, count]) => [name, count / pageBytes]));
}

/** pgpgin and pgpgout count KiB of disks, whatever their names say. */
function eventsOf(read: ReadCgroup): Record<string, number> {
  const stat = parseKeyed(read('memory.stat'));
  const of = (key: string): number => stat.get(`total_${key}`) ?? stat.get(key) ?? 0;
  const disks = diskBytes(read);
  return {
    pgpgin: disks.read / 1024,
    pgpgout: disks.written / 1024,
    pswpin: of('pswpin'),
    pswpout: of('pswpout'),
    pgfault: of('pgfault'),
    pgmajfault: of('pgmajfault'),
  };
}
