/** /proc/diskstats and /proc/swaps of a container. Pure. */
import type { ReadCgroup } from './cgroup-text.ts';
import type { MemoryNumbers } from './memory-numbers.ts';

interface DiskUse {
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  readonly discards: number;
  readonly discardedBytes: number;
}

/** The machine's disks with what the container did to each; it is not known how long that took. diskstats: iostats.rst. */
export function diskstatsText(kernel: string, read: ReadCgroup): string {
  const uses = readUses(read);
  return kernel.replace(/^( *(\d+) +(\d+) \S+)((?: \d+)+)$/gm, (_, head: string, major, minor, counts: string) => {
    const fields = new Array<number>(counts.split(' ').length - 1).fill(0);
    const use = uses.get(`${major}:${minor}`);
    if (use !== undefined) fillFields(fields, use);
    return `${head} ${fields.join(' ')}`;
  });
}

const sectorBytes = 512;

function fillFields(fields: number[], use: DiskUse): void {
  const set = (index: number, value: number): void => {
    if (index < fields.length) fields[index] = value;
  };
  set(0, use.reads);
  set(2, Math.floor(use.readBytes / sectorBytes));
  set(4, use.writes);
  set(6, Math.floor(use.writtenBytes / sectorBytes));
  set(11, use.discards);
  set(13, Math.floor(use.discardedBytes / sectorBytes));
}

/** Bytes read from and written to all disks. */
export function diskBytes(read: ReadCgroup): { readonly read: number; readonly written: number } {
  const uses = [...readUses(read).values()];
  return {
    read: uses.reduce((sum, { readBytes }) => sum + readBytes, 0),
    written: uses.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0),
  };
}

/** By `major:minor`; empty where no controller counts. */
function readUses(read: ReadCgroup): Map<string, DiskUse> {
  const uses = new Map<string, DiskUse>();
  for (const line of read('io.stat').split('\n')) {
    const [disk = '', ...pairs] = line.split(' ');
    const of = (key: string): number =>
      Number(pairs.find((pair) => pair.startsWith(`${key}=`))?.slice(key.length + 1) ?? 0);
    if (disk === '') continue;
    uses.set(disk, {
      reads: of('rios'),
      readBytes: of('rbytes'),
      writes: of('wios'),
      writtenBytes: of('wbytes'),
      discards: of('dios'),
      discardedBytes: of('dbytes'),
    });
  }
  return uses.size > 0 ? uses : readUsesV1(read);
}

/** Lines `8:0 Read 4096`, cgroup-v1/blkio-controller.rst. */
function readUsesV1(read: ReadCgroup): Map<string, DiskUse> {
  const bytes = parseV1(read('blkio.throttle.io_service_bytes_recursive'));
  const counts = parseV1(read('blkio.throttle.io_serviced_recursive'));
  const disks = [...bytes.keys()].map((key) => key.split(' ', 1)[0] ?? '');
  return new Map(
    [...new Set(disks)].map((disk) => [
      disk,
      {
        reads: counts.get(`${disk} Read`) ?? 0,
        readBytes: bytes.get(`${disk} Read`) ?? 0,
        writes: counts.get(`${disk} Write`) ?? 0,
        writtenBytes: bytes.get(`${disk} Write`) ?? 0,
        discards: counts.get(`${disk} Discard`) ?? 0,
        discardedBytes: bytes.get(`${disk} Discard`) ?? 0,
      },
    ]),
  );
}

function parseV1(text: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [, key = '', value] of text.matchAll(/^(\d+:\d+ \w+) (\d+)$/gm)) numbers.set(key, Number(value));
  return numbers;
}

const swapsHeader = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';

/** The container's share of all swap areas as one, or none. */
export function swapsText({ swapTotal, swapFree }: MemoryNumbers): string {
  if (swapTotal === 0) return swapsHeader;
  const kilobytes = (bytes: number): number => Math.floor(bytes / 1024);
  return `${swapsHeader}${'none'.padEnd(40)}virtual\t\t${kilobytes(swapTotal)}\t\t${kilobytes(swapTotal - swapFree)}\t\t-2\n`;
}
