/** Start one program with its output piped into the log; what a failure means to the user. */
import { closeSync, fchownSync } from 'node:fs';
import { growPipe, makePipe } from '../linux/descriptors.ts';
import { type SpawnOutcome, spawnProgram } from '../linux/spawn.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { CgroupTree } from './cgroup-tree.ts';
import type { LogSink } from './log-file.ts';
import { type LogPump, startLogPump } from './log-pump.ts';
import { resolveExecutable } from './resolve-executable.ts';

/** Room for a burst while PID 1 is busy. */
const pipeBytes = 1 << 20;

export interface StartDeps {
  readonly cgroups: CgroupTree;
  readonly log: LogSink;
  readonly devNull: number;
}

/** docker's and the shell's exit codes: 126 not executable, 127 not found, 128 anything else. */
export interface StartFailure {
  readonly ok: false;
  readonly exitCode: number;
  readonly message: string;
}

export type Started = ({ readonly ok: true; readonly pid: number } | StartFailure) & {
  readonly pumps: readonly LogPump[];
};

export function startProgram(plan: ProgramPlan, deps: StartDeps): Started {
  const resolved = resolveExecutable(plan.argv[0] ?? '', plan.envp, plan.workingDir);
  if (!resolved.ok) return { ...resolved, pumps: [] };
  const [outRead, outWrite] = makePipe();
  const [errRead, errWrite] = makePipe();
  growPipe(outRead, pipeBytes);
  // so that it can open /dev/stdout and /dev/stderr by name
  for (const fd of [outWrite, errWrite]) fchownSync(fd, plan.uid, plan.gid);
  const outcome = spawnProgram({
    ...plan,
    path: resolved.path,
    cgroupProcs: deps.cgroups.procsOf(plan.name),
    stdio: [deps.devNull, outWrite, errWrite],
    terminal: false,
  });
  closeSync(outWrite);
  closeSync(errWrite);
  const pumps = [startLogPump(outRead, 'stdout', deps.log), startLogPump(errRead, 'stderr', deps.log)];
  return outcome.ok ? { ...outcome, pumps } : { ...describeFailure(plan.workingDir, resolved.path, outcome), pumps };
}

/** Which stage failed, in words that name the field to change. */
export function describeFailure(workingDir: string, path: string, outcome: SpawnOutcome & { ok: false }): StartFailure {
  const { stage, code } = outcome;
  if (stage === 'chdir') return { ok: false, exitCode: 128, message: `working directory ${workingDir}: ${code}` };
  if (stage !== 'exec') return { ok: false, exitCode: 128, message: `start ${path}: ${stage}: ${code}` };
  return { ok: false, exitCode: execExitCode(code), message: `exec ${path}: ${code}${execHint(code)}` };
}

function execExitCode(code: string): number {
  if (code === 'ENOENT') return 127;
  return code === 'ENOMEM' ? 128 : 126;
}

function execHint(code: string): string {
  if (code === 'ENOEXEC') return ' (neither a binary of this machine nor a script with a #! line)';
  if (code === 'ENOENT') return ' (its interpreter or loader is missing in the container)';
  if (code === 'ENOMEM') return ' (the memory limit is too small to start it)';
  if (code === 'E2BIG') return ' (the memory limit is too small to start it, or its arguments are too long)';
  return '';
}
