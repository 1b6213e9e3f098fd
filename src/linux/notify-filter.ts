/** The seccomp filter that hands over two system calls, as BPF: seccomp(2), bpf instructions of linux/filter.h. */

import { callField, encodeFilter, type FilterInstruction, filterCode, verdict } from './filter-instruction.ts';

/** Executable addresses, the end not included. */
export interface CodeRange {
  readonly start: number;
  readonly end: number;
}

/** Audit architecture and system call numbers, linux/audit.h and asm/unistd.h. */
export interface CallNumbers {
  readonly architecture: number;
  readonly sysinfo: number;
  readonly sched_getaffinity: number;
}

export const callNumbers = {
  x64: { architecture: 0xc000003e, sysinfo: 99, sched_getaffinity: 204 },
  arm64: { architecture: 0xc00000b7, sysinfo: 179, sched_getaffinity: 123 },
} as const satisfies Record<string, CallNumbers>;

const { load, ifEqual, ifAbove, ifAtLeast, give } = filterCode;
const perSegment = 5;

/**
 * An array of struct sock_filter. Calls from `ownCode` pass: the process that answers must never wait for itself. They are told
 * by the address they come from, which after an execve is another's (ASLR). Other calls, and other ABIs' calls, are allowed by
 * number alone, so that the kernel keeps their verdicts in a bitmap (seccomp_cache_prepare).
 */
export function notifyFilter(numbers: CallNumbers, ownCode: CodeRange): Buffer {
  const segments = splitRange(ownCode);
  const allow = 5 + segments.length * perSegment + 1;
  const program: FilterInstruction[] = [
    [load, 0, 0, callField.architecture],
    [ifEqual, 0, allow - 2, numbers.architecture],
    [load, 0, 0, callField.number],
    [ifEqual, 1, 0, numbers.sysinfo],
    [ifEqual, 0, allow - 5, numbers.sched_getaffinity],
  ];
  for (const { high, low, last } of segments) {
    program.push([load, 0, 0, callField.addressHigh], [ifEqual, 0, 3, high], [load, 0, 0, callField.addressLow]);
    program.push([ifAtLeast, 0, 1, low]);
    program.push([ifAbove, 0, allow - program.length - 1, last]);
  }
  program.push([give, 0, 0, verdict.notify], [give, 0, 0, verdict.allow]);
  return encodeFilter(program);
}

/** Addresses are compared by halves: one piece per 4 GiB. The address told is that after the instruction: the end counts too. */
function splitRange({ start, end }: CodeRange): { high: number; low: number; last: number }[] {
  const size = 2 ** 32;
  const segments: { high: number; low: number; last: number }[] = [];
  for (let high = Math.floor(start / size); high * size <= end; high++) {
    const low = Math.max(start - high * size, 0);
    segments.push({ high, low, last: Math.min(end - high * size, size - 1) });
  }
  return segments;
}
