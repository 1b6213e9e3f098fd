import { describe, expect, test } from 'vitest';
import { callNumbers, notifyFilter } from '../../../src/linux/notify-filter.ts';
import { type FilteredCall, runFilter } from './run-filter.ts';

const allow = 0x7fff0000;
const notify = 0x7fc00000;
const { x64, arm64 } = callNumbers;
const libc = { start: 0x7f11_2233_4000, end: 0x7f11_2239_9000 };
const acrossHalves = { start: 0x7f11_ffff_0000, end: 0x7f12_0001_0000 };

describe('the filter', () => {
  test.each<[string, FilteredCall, number]>([
    ['sysinfo of a program', { number: x64.sysinfo }, notify],
    ['sched_getaffinity of a program', { number: x64.sched_getaffinity }, notify],
    ['the call before sysinfo', { number: x64.sysinfo - 1 }, allow],
    ['the call after sched_getaffinity', { number: x64.sched_getaffinity + 1 }, allow],
    ['read', { number: 0 }, allow],
    ['no call (-1)', { number: -1 }, allow],
    ['sysinfo of the x32 ABI', { number: x64.sysinfo | 0x4000_0000 }, allow],
    ['call 99 of a 32-bit program', { number: x64.sysinfo, architecture: 0x4000_0003 }, allow],
    ['sysinfo right before libc', { number: x64.sysinfo, from: libc.start - 1 }, notify],
    ['sysinfo of libc, first address', { number: x64.sysinfo, from: libc.start }, allow],
    ['sysinfo of libc', { number: x64.sysinfo, from: libc.start + 0x1234 }, allow],
    ['sched_getaffinity of libc', { number: x64.sched_getaffinity, from: libc.end - 2 }, allow],
    ['a call whose instruction is the last of libc', { number: x64.sysinfo, from: libc.end }, allow],
    ['sysinfo right behind libc', { number: x64.sysinfo, from: libc.end + 1 }, notify],
    ['the same low half, 4 GiB above', { number: x64.sysinfo, from: libc.start + 2 ** 32 }, notify],
    ['the same low half, 4 GiB below', { number: x64.sysinfo, from: libc.start - 2 ** 32 }, notify],
  ])('%s', (_, call, wanted) => {
    expect(runFilter(notifyFilter(x64, libc), call)).toBe(wanted);
  });

  test.each([
    [acrossHalves.start - 1, notify],
    [acrossHalves.start, allow],
    [0x7f11_ffff_ffff, allow],
    [0x7f12_0000_0000, allow],
    [acrossHalves.end, allow],
    [acrossHalves.end + 1, notify],
  ])('of a libc that lies across 4 GiB, from %d', (from, wanted) => {
    expect(runFilter(notifyFilter(x64, acrossHalves), { number: x64.sysinfo, from })).toBe(wanted);
  });

  test('knows the numbers of arm64', () => {
    const filter = notifyFilter(arm64, libc);
    expect(runFilter(filter, { number: arm64.sysinfo, architecture: arm64.architecture })).toBe(notify);
    expect(runFilter(filter, { number: x64.sysinfo, architecture: arm64.architecture })).toBe(allow);
  });
});
