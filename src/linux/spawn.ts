/** Start one program from PID 1: native/spawn.c. */
import koffi from 'koffi';
import { nativeFunction } from './library.ts';
import { errnoName } from './sys-error.ts';

koffi.struct('spawn_request', {
  path: 'const char *',
  argv: 'const char **',
  envp: 'const char **',
  working_dir: 'const char *',
  cgroup_procs: 'const int32_t *',
  groups: 'const uint32_t *',
  capabilities: 'uint64_t',
  cgroup_count: 'int32_t',
  group_count: 'int32_t',
  stdio: koffi.array('int32_t', 3),
  uid: 'uint32_t',
  gid: 'uint32_t',
  oom_score_adj: 'int32_t',
  flags: 'uint32_t',
});
koffi.struct('spawn_result', { pid: 'int32_t', stage: 'int32_t', error: 'int32_t' });

const cSpawn = nativeFunction('int podctl_spawn(const spawn_request *request, _Out_ spawn_result *result)');

/** In the order of enum spawn_stage, native/podctl.h. */
const stages = [
  'exec',
  'clone',
  'setsid',
  'stdio',
  'controlling terminal',
  'join cgroup',
  'set groups',
  'drop bounding set',
  'set user',
  'set capabilities',
  'no_new_privs',
  'close_range',
  'chdir',
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
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroups: readonly number[];
  readonly capabilities: readonly number[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
  /** stdio[0] is a terminal to become the controlling one */
  readonly terminal: boolean;
}

export type SpawnOutcome =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly stage: SpawnStage; readonly code: string };

const SPAWN_NO_NEW_PRIVS = 1;
const SPAWN_TERMINAL = 2;

/** Returns after the program's execve succeeded or a stage failed; blocks PID 1 for that long (0.2 ms). */
export function spawnProgram(request: SpawnRequest): SpawnOutcome {
  const result = { pid: 0, stage: 0, error: 0 };
  const pid: number = cSpawn(
    {
      path: request.path,
      argv: [...request.argv, null],
      envp: [...request.envp, null],
      working_dir: request.workingDir,
      cgroup_procs: request.cgroupProcs,
      groups: request.supplementaryGroups,
      capabilities: request.capabilities.reduce((bits, capability) => bits | (1n << BigInt(capability)), 0n),
      cgroup_count: request.cgroupProcs.length,
      group_count: request.supplementaryGroups.length,
      stdio: request.stdio,
      uid: request.uid,
      gid: request.gid,
      oom_score_adj: request.oomScoreAdj,
      flags: (request.noNewPrivileges ? SPAWN_NO_NEW_PRIVS : 0) | (request.terminal ? SPAWN_TERMINAL : 0),
    },
    result,
  );
  if (pid > 0) return { ok: true, pid };
  return { ok: false, stage: stages[result.stage] ?? 'exec', code: errnoName(result.error) };
}
