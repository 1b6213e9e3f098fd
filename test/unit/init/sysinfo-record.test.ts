import { describe, expect, test } from 'vitest';
import { encodeSysinfo } from '../../../src/init/sysinfo-record.ts';

const figures = {
  uptimeSeconds: 77.9,
  loads: [0.5, 1.25, 0] as const,
  totalBytes: 64 * 2 ** 20,
  freeBytes: 5 * 2 ** 30,
  sharedBytes: 4096,
  bufferBytes: 8192,
  swapTotalBytes: 2 ** 40,
  swapFreeBytes: 1,
  processes: 12,
};

describe('encodeSysinfo', () => {
  test('lays the record out as the kernel does', () => {
    const record = encodeSysinfo(figures);
    const words = Array.from({ length: 10 }, (_, index) => Number(record.readBigUInt64LE(index * 8)));
    expect(words).toEqual([77, 32768, 81920, 0, 64 * 2 ** 20, 5 * 2 ** 30, 4096, 8192, 2 ** 40, 1]);
    expect(record.readUInt16LE(80)).toBe(12);
    expect(record.readUInt32LE(104)).toBe(1);
    expect(record).toHaveLength(112);
  });

  test('stays within its fields whatever it is given', () => {
    const record = encodeSysinfo({ ...figures, uptimeSeconds: -3, freeBytes: Number.NaN, processes: 70_000 });
    expect(record.readBigUInt64LE(0)).toBe(0n);
    expect(record.readBigUInt64LE(40)).toBe(0n);
    expect(record.readUInt16LE(80)).toBe(65_535);
  });
});
