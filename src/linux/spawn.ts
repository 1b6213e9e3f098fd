/** Start one program from PID 1: native/spawn.c. */
import koffi from 'koffi';
import type { Rlimit, RlimitName } from '../model/pod-spec.ts';
import { nativeFunction } from './library.ts';
import { rlimitNumber, rlimitValue } from './rlimits.ts';
import { errnoName, SysError } from './sys-error.ts';

koffi.struct('spawn_rlimit', { soft: 'uint64_t', hard: 'uint64_t', resource: 'int32_t' });
koffi.struct('spawn_request', {
  path: 'const char *',
  argv: 'const char **',
  envp: 'const char **',
  working_dir: 'const char *',
  cgroup_procs: 'const int32_t *',
  groups: 'const uint32_t *',
  rlimits: 'const spawn_rlimit *',
  capabilities: 'uint64_t',
  cgroup_count: 'int32_t',
  group_count: 'int32_t',
  rlimit_count: 'int32_t',
  stdio: koffi.array('int32_t', 3),
  extra_fd: 'int32_t',
  extra_target: 'int32_t',
  uid: 'uint32_t',
  gid: 'uint32_t',
  oom_score_adj: 'int32_t',
  nice: 'int32_t',
  umask: 'uint32_t',
  flags: 'uint32_t',
});
koffi.struct('spawn_result', { pid: 'int32_t', stage: 'int32_t', error: 'int32_t', lowered: 'uint32_t' });

const cSpawn = nativeFunction('int podctl_spawn(const spawn_request *request, _Out_ spawn_result *result)');

const cFilterPrograms = nativeFunction(
  'int podctl_filter_programs(const void *filter, uint32_t length, uint32_t flags)',
);

/** In the order of enum spawn_stage, native/podctl.h. */
const stages = [
  'exec',
  'clone',
  'setsid',
  'stdio',
  'controlling terminal',
  'join cgroup',
  'extra descriptor',
  'nice',
  'rlimits',
  'set groups',
  'drop bounding set',
  'set user',
  'set capabilities',
  'no_new_privs',
  'close_range',
  'chdir',
  'seccomp',
  'exec',
] as const;
export type SpawnStage = (typeof stages)[number];

export interface SpawnRequest {
  /** absolute, or relative to workingDir */
  readonly path: string;
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  readonly workingDir: string;
  /** join files (v1 tasks, v2 cgroup.procs) of the program's leaf, open for writing */
  readonly cgroupProcs: readonly number[];
  readonly stdio: readonly [number, number, number];
  /** fd is open in the program as number `target` */
  readonly extraFd?: { readonly fd: number; readonly target: number };
  /** absent: user, groups and capabilities of this process; for one that may not change them */
  readonly credentials?: SpawnCredentials;
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
  /** 0: as this process's own */
  readonly nice: number;
  readonly umask: number;
  readonly rlimits: Readonly<Partial<Record<RlimitName, Rlimit>>>;
  /** stdio[0] is a terminal to become the controlling one */
  readonly terminal: boolean;
  /** its orphaned descendants become its children, not those of this process, while it lives */
  readonly subreaper?: boolean;
}

export interface SpawnCredentials {
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroups: readonly number[];
  readonly capabilities: readonly number[];
  /** for a user other than root: also as ambient set */
  readonly ambient: boolean;
}

export type SpawnOutcome =
  /** `lowered`: limits the kernel refused to raise that far; they are as high as it allows */
  | { readonly ok: true; readonly pid: number; readonly lowered: readonly RlimitName[] }
  | { readonly ok: false; readonly stage: SpawnStage; readonly code: string };

const spawnFlag = { noNewPrivs: 1, terminal: 2, ambient: 4, keepCredentials: 8, subreaper: 16 } as const;

/** Returns after the program's execve succeeded or a stage failed; blocks PID 1 for that long (0.2 ms). */
export function spawnProgram(request: SpawnRequest): SpawnOutcome {
  const result = { pid: 0, stage: 0, error: 0, lowered: 0 };
  const pid: number = cSpawn(encodeRequest(request), result);
  if (pid <= 0) return { ok: false, stage: stages[result.stage] ?? 'exec', code: errnoName(result.error) };
  const asked = Object.keys(request.rlimits) as RlimitName[];
  const lowered = result.lowered === 0 ? [] : asked.filter((name) => (result.lowered >>> rlimitNumber[name]) & 1);
  return { ok: true, pid, lowered };
}

/** struct sock_filter */
const instructionBytes = 8;

/**
 * From now on every program started by this process, whatever it is started for, is under this seccomp filter; PID 1 itself is
 * not. Once per process. A program without no_new_privs takes CAP_SYS_ADMIN in this process's permitted set.
 */
export function filterPrograms(filter: Buffer, flags: number): void {
  const errno: number = cFilterPrograms(filter, filter.length / instructionBytes, flags);
  if (errno !== 0) throw new SysError('seccomp', errno, 'filter of programs');
}

function encodeRequest(request: SpawnRequest): Record<string, unknown> {
  const { credentials, extraFd } = request;
  const rlimits = encodeRlimits(request.rlimits);
  return {
    path: request.path,
    argv: [...request.argv, null],
    envp: [...request.envp, null],
    working_dir: request.workingDir,
    cgroup_procs: request.cgroupProcs,
    groups: credentials?.supplementaryGroups ?? [],
    rlimits,
    capabilities: bitsOf(credentials?.capabilities ?? []),
    cgroup_count: request.cgroupProcs.length,
    group_count: credentials?.supplementaryGroups.length ?? 0,
    rlimit_count: rlimits.length,
    stdio: request.stdio,
    extra_fd: extraFd?.fd ?? -1,
    extra_target: extraFd?.target ?? -1,
    uid: credentials?.uid ?? 0,
    gid: credentials?.gid ?? 0,
    oom_score_adj: request.oomScoreAdj,
    nice: request.nice,
    umask: request.umask,
    flags: flagsOf(request),
  };
}

function encodeRlimits(rlimits: SpawnRequest['rlimits']): object[] {
  return (Object.entries(rlimits) as [RlimitName, Rlimit][]).map(([name, { soft, hard }]) => ({
    soft: rlimitValue(soft),
    hard: rlimitValue(hard),
    resource: rlimitNumber[name],
  }));
}

const bitsOf = (capabilities: readonly number[]): bigint =>
  capabilities.reduce((bits, capability) => bits | (1n << BigInt(capability)), 0n);

const flagsOf = ({ noNewPrivileges, terminal, credentials, subreaper }: SpawnRequest): number =>
  (noNewPrivileges ? spawnFlag.noNewPrivs : 0) |
  (terminal ? spawnFlag.terminal : 0) |
  (credentials?.ambient === true ? spawnFlag.ambient : 0) |
  (credentials === undefined ? spawnFlag.keepCredentials : 0) |
  (subreaper === true ? spawnFlag.subreaper : 0);
