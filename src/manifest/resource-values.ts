/** Values of resources that are written in several ways. Rules ask whether they can be read, normalise reads them. */
import { formatCpuList, parseCpuList } from '../util/cpu-list.ts';
import { parseMicroseconds } from '../util/duration.ts';
import { parseQuantity, quantityUnits } from '../util/quantity.ts';

/** What the kernel takes for `cpu.max` and `cpu.cfs_period_us`, and its least quota (kernel/sched/core.c). */
export const periodUs = { least: 1_000, most: 1_000_000, usual: 100_000 } as const;

/** A quantity of whole bytes (or operations), rounded up, 2^53−1 at most; undefined when it is none or negative. */
export function parseAmount(written: string | number | undefined): number | undefined {
  const nano = written === undefined ? undefined : parseQuantity(String(written));
  return nano === undefined || nano < 0n ? undefined : Math.min(quantityUnits(nano), Number.MAX_SAFE_INTEGER);
}

const dockerUnits: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};
const dockerSize = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgtp]?)(?:i?b)?$/i;

/** Bytes as docker reads them (go-units RAMInBytes): `64m`, `64mb`, `1.5g`, all powers of 1024; undefined when it is no size. */
export function parseDockerBytes(written: string | number | undefined): number | undefined {
  const [, amount, unit = ''] = dockerSize.exec(String(written ?? '').trim()) ?? [];
  const bytes = amount === undefined ? Number.NaN : Math.floor(Number(amount) * (dockerUnits[unit.toLowerCase()] ?? 1));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** µs: a duration, in docker's words a number of them. */
export function parseUs(written: string | number | undefined): number | undefined {
  if (typeof written === 'number') return Number.isSafeInteger(written) ? written : undefined;
  return written === undefined ? undefined : parseMicroseconds(written);
}

/** `0-1,3` in the kernel's spelling; a number is one CPU; undefined when it is no list. */
export function canonicalCpuList(written: string | number | undefined): string | undefined {
  const ranges = written === undefined ? undefined : parseCpuList(String(written));
  return ranges === undefined ? undefined : formatCpuList(ranges);
}

const hugepagesPrefix = 'hugepages-';
const byteUnits = ['Ki', 'Mi', 'Gi'] as const;

export const isHugepagesName = (name: string): boolean => name.startsWith(hugepagesPrefix);

/** Bytes of one page of `hugepages-2Mi`; undefined when that is no size. */
export function hugepageBytes(name: string): number | undefined {
  const bytes = isHugepagesName(name) ? parseAmount(name.slice(hugepagesPrefix.length)) : undefined;
  return bytes === undefined || bytes === 0 || !Number.isSafeInteger(bytes) ? undefined : bytes;
}

/** The size as Kubernetes writes it: `2Mi`, `1Gi`; `2048Ki` is `2Mi`. */
export function hugepageSize(name: string): string | undefined {
  const bytes = hugepageBytes(name);
  return bytes === undefined ? undefined : formatBytes(bytes);
}

/** The quantity with the largest unit that says it exactly: `64Mi`, `1000`. */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let suffix = '';
  for (const unit of byteUnits) {
    if (amount === 0 || amount % 1024 !== 0) break;
    amount /= 1024;
    suffix = unit;
  }
  return `${amount}${suffix}`;
}

export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** `254:0`; undefined when it is something else. */
export function parseDeviceNumber(written: string): DeviceNumber | undefined {
  const [, major, minor] = /^(0|[1-9]\d{0,3}):(0|[1-9]\d{0,6})$/.exec(written) ?? [];
  const number = { major: Number(major), minor: Number(minor) };
  return number.major <= maxMajor && number.minor <= maxMinor ? number : undefined;
}

/** 12 and 20 bits, linux/kdev_t.h. */
export const maxMajor = 4_095;
export const maxMinor = 1_048_575;
