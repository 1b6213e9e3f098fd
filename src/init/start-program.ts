/** Start one process of a container: whose it is, what it may, where it runs; and what a failure means to the user. */
import { permittedCapabilities } from '../linux/process.ts';
import { readRlimit } from '../linux/rlimits.ts';
import { type SpawnCredentials, type SpawnOutcome, type SpawnRequest, spawnProgram } from '../linux/spawn.ts';
import type { ProgramExecPlan } from '../model/launch-plan.ts';
import type { Rlimit, RlimitName } from '../model/pod-spec.ts';
import type { ProcessTree } from './process-tree.ts';
import { resolveExecutable } from './resolve-executable.ts';
import { resolveUser } from './resolve-user.ts';

/** docker's and the shell's exit codes: 126 not executable, 127 not found, 128 anything else. */
export interface StartFailure {
  readonly ok: false;
  readonly exitCode: number;
  readonly message: string;
}

/** A program's user as the container's files know it now, and the environment that goes with it. */
export interface Identity {
  readonly ok: true;
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroups: readonly number[];
  readonly envp: readonly string[];
}

/** Looked up at each start: /etc/passwd is the container's and may have changed. */
export function identityOf(exec: ProgramExecPlan): Identity | StartFailure {
  const user = resolveUser(exec);
  if (!user.ok) return { ok: false, exitCode: 128, message: user.message };
  const { uid, gid, supplementaryGroups, home } = user;
  const envp = exec.homeOfUser && home !== undefined ? mergeEnv(exec.envp, [`HOME=${home}`]) : exec.envp;
  return { ok: true, uid, gid, supplementaryGroups, envp };
}

export interface StartRequest extends Pick<SpawnRequest, 'argv' | 'envp' | 'workingDir' | 'stdio' | 'terminal'> {
  readonly exec: ProgramExecPlan;
  readonly identity: Identity;
  readonly leaf: string;
  readonly extraFd?: SpawnRequest['extraFd'];
  readonly subreaper?: boolean;
}

export type Started =
  /** `lowered`: rlimits the kernel refused to raise that far */
  { readonly ok: true; readonly pid: number; readonly lowered: readonly RlimitName[] } | StartFailure;

/** Blocks until the process has exec'd (0.2 ms). Its descriptors stay the caller's. Never throws. */
export function startProcess(request: StartRequest, tree: ProcessTree): Started {
  const { argv, envp, workingDir, leaf } = request;
  const resolved = resolveExecutable(argv[0] ?? '', envp, workingDir);
  if (!resolved.ok) return resolved;
  try {
    if (tree.isFrozen(leaf))
      return { ok: false, exitCode: 128, message: `start ${resolved.path}: its cgroup is frozen` };
    const spawnRequest = toSpawnRequest(request, resolved.path);
    const outcome = tree.withJoinFds(leaf, (cgroupProcs) => spawnProgram({ ...spawnRequest, cgroupProcs }));
    if (!outcome.ok) return describeFailure(request, resolved.path, outcome);
    tree.started(leaf, outcome.pid);
    return outcome;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, exitCode: 128, message: `start ${resolved.path}: ${message}` };
  }
}

function toSpawnRequest(request: StartRequest, path: string): Omit<SpawnRequest, 'cgroupProcs'> {
  const { exec, identity, argv, envp, workingDir, stdio, terminal, extraFd, subreaper = false } = request;
  const { noNewPrivileges, oomScoreAdj, nice, umask, rlimits } = exec;
  const credentials = credentialsOf(exec, identity);
  return {
    ...{ path, argv, envp, workingDir, stdio, terminal, subreaper, noNewPrivileges, oomScoreAdj, nice, umask },
    rlimits: { nofile: defaultNofile(), ...rlimits },
    ...(credentials === undefined ? {} : { credentials }),
    ...(extraFd === undefined ? {} : { extraFd }),
  };
}

/** CAP_SETGID, CAP_SETUID, CAP_SETPCAP: what changing credentials takes. */
const changing = (1n << 6n) | (1n << 7n) | (1n << 8n);

/** Undefined: those of this process, which may not change its own and need not. */
function credentialsOf(exec: ProgramExecPlan, identity: Identity): SpawnCredentials | undefined {
  const { uid, gid, supplementaryGroups } = identity;
  const permitted = permittedCapabilities();
  const mayChange = (permitted & changing) === changing;
  if (!mayChange && uid === process.getuid?.() && gid === process.getgid?.()) return undefined;
  const capabilities = exec.capabilities.filter((capability) => ((permitted >> BigInt(capability)) & 1n) === 1n);
  return { uid, gid, supplementaryGroups, capabilities, ambient: exec.ambient };
}

/** The kernel's INR_OPEN_CUR, and what systemd starts services with: programs that use select(2) break beyond it. */
const softNofile = 1024;
let nofile: Rlimit | undefined;

/**
 * What programs get that ask for no other: Node raised this process's own soft limit to the hard one, which programs must
 * not inherit. A launcher that knew the limit before Node started tells by PODINIT_NOFILE.
 */
function defaultNofile(): Rlimit {
  if (nofile !== undefined) return nofile;
  const { hard } = readRlimit('nofile');
  const told = Number(process.env.PODINIT_NOFILE ?? softNofile);
  const soft = Number.isSafeInteger(told) && told > 0 ? told : softNofile;
  nofile = { soft: hard === 'unlimited' ? soft : Math.min(soft, hard), hard };
  return nofile;
}

/** Which stage failed, in words that name the field to change. */
function describeFailure(request: StartRequest, path: string, outcome: SpawnOutcome & { ok: false }): StartFailure {
  const { stage, code } = outcome;
  const { exec, workingDir } = request;
  const failed = (message: string): StartFailure => ({ ok: false, exitCode: 128, message });
  if (stage === 'chdir') return failed(`working directory ${workingDir}: ${code}`);
  if (stage === 'nice') return failed(`start ${path}: nice ${exec.nice}: ${code}${niceHint(code)}`);
  if (stage === 'rlimits') return failed(`start ${path}: rlimits ${Object.keys(exec.rlimits).join(', ')}: ${code}`);
  if (stage !== 'exec') return failed(`start ${path}: ${stage}: ${code}`);
  return { ok: false, exitCode: execExitCode(code), message: `exec ${path}: ${code}${execHint(code)}` };
}

const niceHint = (code: string): string =>
  code === 'EACCES' || code === 'EPERM' ? ' (a lower value than podinit has itself takes CAP_SYS_NICE)' : '';

function execExitCode(code: string): number {
  if (code === 'ENOENT') return 127;
  return code === 'ENOMEM' ? 128 : 126;
}

function execHint(code: string): string {
  if (code === 'ENOEXEC') return ' (neither a binary of this machine nor a script with a #! line)';
  if (code === 'ENOENT') return ' (its interpreter or loader is missing in the container)';
  if (code === 'ENOMEM') return ' (the memory limit is too small to start it)';
  if (code === 'E2BIG') return ' (the memory limit is too small to start it, or its arguments are too long)';
  if (code === 'EAGAIN') return ' (its user has as many processes as rlimits nproc allows)';
  return '';
}

/** Later variables replace earlier ones of their name. */
export function mergeEnv(base: readonly string[], added: readonly string[]): string[] {
  const byName = new Map([...base, ...added].map((entry) => [entry.split('=', 1)[0], entry]));
  return [...byName.values()];
}
