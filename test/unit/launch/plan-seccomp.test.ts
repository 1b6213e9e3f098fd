import { describe, expect, test } from 'vitest';
import { parseSeccompProfile } from '../../../src/launch/parse-seccomp-profile.ts';
import { planSeccomp } from '../../../src/launch/plan-seccomp.ts';
import type { SeccompPlan } from '../../../src/model/seccomp.ts';

const machine = { architecture: 'x64', kernel: '6.1.0-13-amd64' } as const;

function plan(profile: object, capabilities: readonly string[] = [], on: Parameters<typeof planSeccomp>[2] = machine) {
  const parsed = parseSeccompProfile(JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', ...profile }));
  if (!parsed.ok) throw new Error(parsed.error);
  return planSeccomp(parsed.value, capabilities, on);
}

function planned(...args: Parameters<typeof plan>): SeccompPlan {
  const result = plan(...args);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

const rule = (over: object) => ({ names: ['bpf'], action: 'SCMP_ACT_ALLOW', ...over });
const isKept = (over: object, capabilities: readonly string[] = [], on = machine): boolean =>
  planned({ syscalls: [rule(over)] }, capabilities, on).rules.length === 1;

describe('conditions of a rule', () => {
  test.each([
    ['none', {}, [], true],
    ['a capability that is there', { includes: { caps: ['CAP_BPF'] } }, ['BPF'], true],
    ['a capability that is not', { includes: { caps: ['CAP_BPF'] } }, ['KILL'], false],
    ['one of two capabilities', { includes: { caps: ['CAP_BPF', 'CAP_KILL'] } }, ['KILL'], false],
    ['excluded by a capability', { excludes: { caps: ['CAP_BPF', 'CAP_KILL'] } }, ['KILL'], false],
    ['not excluded', { excludes: { caps: ['CAP_BPF'] } }, ['KILL'], true],
    ['this architecture', { includes: { arches: ['amd64', 'x32'] } }, [], true],
    ['another architecture', { includes: { arches: ['s390x'] } }, [], false],
    ['excluded by architecture', { excludes: { arches: ['amd64'] } }, [], false],
    ['no architecture named', { includes: { arches: [] } }, [], true],
    ['an older kernel', { includes: { minKernel: '4.8' } }, [], true],
    ['this kernel', { includes: { minKernel: '6.1' } }, [], true],
    ['a later minor', { includes: { minKernel: '6.10' } }, [], false],
    ['a later major', { includes: { minKernel: '7.0' } }, [], false],
    ['written as null, as Go does', { includes: null, excludes: null, args: null }, [], true],
  ])('%s', (_, over, capabilities, kept) => {
    expect(isKept(over, capabilities)).toBe(kept);
  });
});

test('a rule that says what is done anyway is left out, with another errno it stays', () => {
  expect(isKept({ action: 'SCMP_ACT_ERRNO' })).toBe(false);
  expect(isKept({ action: 'SCMP_ACT_ERRNO', errnoRet: 38 })).toBe(true);
});

test('every call that is named is known, whatever its conditions', () => {
  expect(planned({ syscalls: [rule({ includes: { caps: ['CAP_BPF'] } })] }).known).toEqual(['bpf']);
});

test('one argument compared twice in a rule makes two rules', () => {
  const args = [
    { index: 0, value: 1, op: 'SCMP_CMP_LT' },
    { index: 0, value: 5, op: 'SCMP_CMP_GT' },
  ];
  const { rules } = planned({ syscalls: [rule({ args })] });
  expect(rules.map(({ conditions }) => conditions)).toEqual([
    [{ index: 0, operator: 2, value: 1n, valueTwo: 0n }],
    [{ index: 0, operator: 6, value: 5n, valueTwo: 0n }],
  ]);
});

test('architectures come from either way to write them; those of other machines mean nothing', () => {
  const archMap = [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ];
  expect(planned({ archMap }).architectures).toEqual([0x40000003, 0x4000003e]);
  expect(planned({ archMap }, [], { ...machine, architecture: 'arm64' }).architectures).toEqual([0x40000028]);
  const architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_S390X', 'SCMP_ARCH_MIPS'];
  expect(planned({ architectures }).architectures).toEqual([0x40000003]);
});

test.each([
  [{}, 4],
  [{ flags: [] }, 0],
  [{ flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_TSYNC'] }, 2],
])('flags of %j', (profile, flags) => {
  expect(planned(profile).flags).toBe(flags);
});

test.each([
  [{ defaultAction: 'SCMP_ACT_FOO' }, 'action "SCMP_ACT_FOO" is not known'],
  [{ flags: ['FOO'] }, 'flag "FOO" is not known'],
  [{ syscalls: [rule({ args: [{ index: 0, value: 1, op: 'EQ' }] })] }, 'operator "EQ" is not known'],
])('%j is refused', (profile, reason) => {
  expect(plan(profile)).toEqual({ ok: false, error: reason });
});
