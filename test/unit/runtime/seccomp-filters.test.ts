import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultSecurity } from '../../../src/manifest/normalise-security.ts';
import { capabilityNames } from '../../../src/model/capability-names.ts';
import type { SecuritySpec } from '../../../src/model/pod-spec.ts';
import { createSeccompFilters } from '../../../src/runtime/seccomp-filters.ts';
import { architectures, type FilteredCall, runFilter } from '../linux/run-filter.ts';

const directory = mkdtempSync(join(tmpdir(), 'pc-seccomp-'));
afterAll(() => rmSync(directory, { recursive: true }));
const filters = createSeccompFilters(directory);

const security = (over: Partial<SecuritySpec> = {}): SecuritySpec => ({ ...defaultSecurity, ...over });
const withCapabilities = (...added: readonly string[]): SecuritySpec =>
  security({ capabilities: [...defaultSecurity.capabilities, ...added] });

function verdictOf(of: SecuritySpec, call: FilteredCall): number {
  const filter = filters.filterOf(of);
  if (filter === undefined) throw new Error('unconfined');
  return runFilter(Buffer.from(filter.program, 'base64'), call);
}

const allow = 0x7fff0000;
const errno = (number: number): number => 0x50000 | number;
const eperm = errno(constants.errno.EPERM);
const enosys = errno(constants.errno.ENOSYS);
const { x86 } = architectures;
/** asm/unistd_64.h */
const call = { read: 0, socket: 41, clone: 56, ptrace: 101, sysinfo: 99, personality: 135, keyctl: 250, execve: 59 };
const more = {
  mount: 165,
  unshare: 272,
  affinity: 204,
  bpf: 321,
  clone3: 435,
  uring: 425,
  userfaultfd: 323,
  kexec: 246,
};
const chroot = 161;
const reboot = 169;

describe.skipIf(process.arch !== 'x64')('the default profile', () => {
  test.each<[string, FilteredCall, number]>([
    ['read', { number: call.read }, allow],
    ['execve', { number: call.execve }, allow],
    ['sysinfo, which PID 1 answers', { number: call.sysinfo }, allow],
    ['sched_getaffinity, which PID 1 answers', { number: more.affinity }, allow],
    ['chroot, whose capability every container has', { number: chroot }, allow],
    ['ptrace, for Linux is newer than 4.8', { number: call.ptrace }, allow],
    ['keyctl', { number: call.keyctl }, eperm],
    ['mount', { number: more.mount }, eperm],
    ['unshare', { number: more.unshare }, eperm],
    ['bpf', { number: more.bpf }, eperm],
    ['io_uring_setup', { number: more.uring }, eperm],
    ['userfaultfd', { number: more.userfaultfd }, eperm],
    ['kexec_load', { number: more.kexec }, eperm],
    ['reboot', { number: reboot }, eperm],
    ['clone3', { number: more.clone3 }, enosys],
    ['a call younger than the profile', { number: 999 }, enosys],
    ['fork by clone', { number: call.clone, args: [17n] }, allow],
    ['a thread by clone', { number: call.clone, args: [0x3d0f00n] }, allow],
    ['clone with a user namespace', { number: call.clone, args: [0x10000011n] }, eperm],
    ['clone with a mount namespace', { number: call.clone, args: [0x20011n] }, eperm],
    ['clone with a cgroup namespace', { number: call.clone, args: [0x2000011n] }, eperm],
    ['an x32 call', { number: call.read | 0x4000_0000 }, eperm],
    ['a call of another machine', { number: call.read, architecture: architectures.arm64 }, eperm],
    ['personality of Linux', { number: call.personality, args: [0n] }, allow],
    ['personality without ASLR', { number: call.personality, args: [0x40000n] }, eperm],
    ['read of a 32-bit program', { number: 3, architecture: x86 }, allow],
    ['socket of a 32-bit program', { number: 359, architecture: x86, args: [2n] }, allow],
    ['AF_ALG of a 32-bit program', { number: 359, architecture: x86, args: [38n] }, eperm],
    ['socketcall of a 32-bit program', { number: 102, architecture: x86, args: [1n] }, enosys],
    ['connect by socketcall', { number: 102, architecture: x86, args: [3n] }, enosys],
    ['mount of a 32-bit program', { number: 21, architecture: x86 }, eperm],
  ])('%s', (_, made, wanted) => {
    expect(verdictOf(security(), made)).toBe(wanted);
  });

  test('sockets are of every family but AF_ALG and AF_VSOCK, whatever the upper half says', () => {
    const refused = Array.from({ length: 48 }, (_, family) => BigInt(family)).filter(
      (family) => verdictOf(security(), { number: call.socket, args: [family] }) !== allow,
    );
    expect(refused).toEqual([38n, 40n]);
    for (const family of [38n, 40n]) {
      expect(verdictOf(security(), { number: call.socket, args: [family | (1n << 32n)] })).toBe(eperm);
      expect(verdictOf(security(), { number: call.socket, args: [family | (0xffffffffn << 32n)] })).toBe(eperm);
    }
  });

  test.each<[string, FilteredCall]>([
    ['SYS_ADMIN', { number: more.mount }],
    ['SYS_ADMIN', { number: more.unshare }],
    ['SYS_ADMIN', { number: more.clone3 }],
    ['SYS_ADMIN', { number: call.clone, args: [0x10000011n] }],
    ['SYS_BOOT', { number: reboot }],
    ['BPF', { number: more.bpf }],
  ])('%s opens what it is for', (capability, made) => {
    expect(verdictOf(withCapabilities(capability), made)).toBe(allow);
  });

  test('no capability opens what nobody should call', () => {
    const all = security({ capabilities: capabilityNames });
    for (const number of [call.keyctl, more.uring, more.userfaultfd, more.kexec]) {
      expect(verdictOf(all, { number })).toBe(eperm);
    }
  });

  test('without SYS_CHROOT chroot is refused', () => {
    expect(verdictOf(security({ capabilities: [] }), { number: chroot })).toBe(eperm);
  });
});

describe('which profile holds', () => {
  test('none for a privileged container, whatever it asks for, and for Unconfined', () => {
    expect(filters.filterOf(security({ privileged: true, seccomp: { localhost: 'none.json' } }))).toBeUndefined();
    expect(filters.filterOf(security({ seccomp: 'unconfined' }))).toBeUndefined();
  });

  test('a filter is compiled once for the same capabilities', () => {
    expect(filters.filterOf(security())).toBe(filters.filterOf(security()));
    expect(filters.filterOf(withCapabilities('SYS_ADMIN'))).not.toBe(filters.filterOf(security()));
  });

  test('a profile of this machine is compiled anew when it changed', () => {
    const of = security({ seccomp: { localhost: 'mine.json' } });
    writeFileSync(join(directory, 'mine.json'), '{"defaultAction": "SCMP_ACT_ALLOW"}');
    expect(verdictOf(of, { number: call.read })).toBe(allow);
    const syscalls = [{ names: ['read'], action: 'SCMP_ACT_ERRNO', errnoRet: 7 }];
    writeFileSync(join(directory, 'mine.json'), JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
    expect(verdictOf(of, { number: process.arch === 'x64' ? call.read : 63, architecture: nativeArchitecture })).toBe(
      errno(7),
    );
  });

  test('a profile that names no call refuses the youngest as it refuses the oldest', () => {
    writeFileSync(join(directory, 'empty.json'), '{"defaultAction": "SCMP_ACT_ERRNO"}');
    const of = security({ seccomp: { localhost: 'empty.json' } });
    const verdicts = [0, 999].map((number) => verdictOf(of, { number, architecture: nativeArchitecture }));
    expect(verdicts).toEqual([eperm, eperm]);
  });

  test.each([
    ['{', /seccomp profile .*bad.json: .*JSON/],
    ['{}', /bad.json: defaultAction: /],
    ['{"defaultAction": "SCMP_ACT_NOTIFY"}', /action "SCMP_ACT_NOTIFY" asks an agent that is not there/],
    [
      '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": 3}]}',
      /bad.json: syscalls\[0\].action: /,
    ],
  ])('%s is refused', (text, reason) => {
    writeFileSync(join(directory, 'bad.json'), text);
    expect(() => filters.filterOf(security({ seccomp: { localhost: 'bad.json' } }))).toThrow(reason);
  });

  test('one that is not there is named', () => {
    expect(() => filters.filterOf(security({ seccomp: { localhost: 'none.json' } }))).toThrow(
      /cannot load seccomp profile .*none\.json/,
    );
  });
});

const nativeArchitecture = process.arch === 'arm64' ? architectures.arm64 : architectures.x64;
