/** Resource limits of this process, getrlimit(2). */
import type { Rlimit, RlimitName } from '../model/pod-spec.ts';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cPrlimit = libcFunction('int prlimit64(int pid, int resource, void *wanted, void *old)');

/** RLIMIT_* of asm-generic/resource.h (x86-64 and arm64). */
export const rlimitNumber: Readonly<Record<RlimitName, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

const infinity = 0xffff_ffff_ffff_ffffn;

/** As the kernel wants it: all ones stand for RLIM_INFINITY. */
export const rlimitValue = (value: Rlimit['soft']): bigint => (value === 'unlimited' ? infinity : BigInt(value));

export function readRlimit(name: RlimitName): Rlimit {
  const old = Buffer.alloc(16);
  check('prlimit', cPrlimit(0, rlimitNumber[name], null, old), name);
  return { soft: fromKernel(old.readBigUInt64LE(0)), hard: fromKernel(old.readBigUInt64LE(8)) };
}

/** SysError EPERM where the hard limit would rise without CAP_SYS_RESOURCE. */
export function setRlimit(name: RlimitName, limit: Rlimit): void {
  const wanted = Buffer.alloc(16);
  wanted.writeBigUInt64LE(rlimitValue(limit.soft), 0);
  wanted.writeBigUInt64LE(rlimitValue(limit.hard), 8);
  check('prlimit', cPrlimit(0, rlimitNumber[name], wanted, null), name);
}

const fromKernel = (value: bigint): Rlimit['soft'] => (value === infinity ? 'unlimited' : Number(value));
