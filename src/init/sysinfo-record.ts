/** struct sysinfo as sysinfo(2) fills it on 64-bit machines, linux/sysinfo.h. */

export interface SysinfoFigures {
  readonly uptimeSeconds: number;
  /** of 1, 5 and 15 minutes */
  readonly loads: readonly [number, number, number];
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly sharedBytes: number;
  readonly bufferBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
  /** threads too, as the kernel counts */
  readonly processes: number;
}

const recordBytes = 112;
/** SI_LOAD_SHIFT */
const loadUnit = 1 << 16;

/** Sizes in bytes (mem_unit 1); high memory is a matter of 32-bit machines. */
export function encodeSysinfo(figures: SysinfoFigures): Buffer {
  const record = Buffer.alloc(recordBytes);
  const { totalBytes, freeBytes, sharedBytes, bufferBytes, swapTotalBytes, swapFreeBytes } = figures;
  const words = [
    Math.floor(figures.uptimeSeconds),
    ...figures.loads.map((load) => Math.round(load * loadUnit)),
    ...[totalBytes, freeBytes, sharedBytes, bufferBytes, swapTotalBytes, swapFreeBytes].map(Math.round),
  ];
  words.forEach((word, index) => {
    writeWord(record, word, index * 8);
  });
  record.writeUInt16LE(Math.min(figures.processes, 0xffff), 80);
  record.writeUInt32LE(1, 104);
  return record;
}

/** Without BigInt: each would be garbage in PID 1. */
function writeWord(record: Buffer, word: number, offset: number): void {
  const value = Number.isFinite(word) ? Math.max(0, word) : 0;
  record.writeUInt32LE(value % 2 ** 32, offset);
  record.writeUInt32LE(Math.floor(value / 2 ** 32) >>> 0, offset + 4);
}
