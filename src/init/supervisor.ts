/** Performs what `supervise` decides: spawns, reaps, signals, timers. One per podinit. */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { growPipe, makePipe } from '../linux/descriptors.ts';
import { decodeStatus, reapOne, sendSignal } from '../linux/process.ts';
import { SIGCHLD } from '../linux/signals.ts';
import { type SpawnOutcome, spawnProgram } from '../linux/spawn.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { InitState } from '../protocol/init.ts';
import { assertNever } from '../util/assert-never.ts';
import type { CgroupTree } from './cgroup-tree.ts';
import type { LogFile } from './log-file.ts';
import { type LogPump, startLogPump } from './log-pump.ts';
import { resolveExecutable } from './resolve-executable.ts';
import {
  type ContainerEnd,
  type Machine,
  newMachine,
  type SuperviseEffect,
  type SuperviseEvent,
  supervise,
} from './supervise.ts';

const { SIGTERM, SIGCONT, SIGKILL } = constants.signals;
/** Between two rounds of KILL on v1, where a fork can slip through. */
const killAgainMs = 5;
const pipeBytes = 1 << 20;

export interface Supervisor {
  readonly begin: () => void;
  readonly stop: (graceMs: number) => void;
  /** a signal PID 1 received: reap, or forward to the essential programs */
  readonly receiveSignal: (signal: number) => void;
  readonly signalProgram: (signal: number, program?: string) => void;
  readonly state: () => InitState;
  /** a child that is no program (an exec session): tell when it is reaped */
  readonly watchChild: (pid: number, onExit: (end: { exitCode: number; signal?: number }) => void) => void;
}

export interface SupervisorDeps {
  readonly id: string;
  readonly programs: readonly ProgramPlan[];
  readonly cgroups: CgroupTree;
  readonly log: LogFile;
  /** an fd of /dev/null of the host's devtmpfs */
  readonly devNull: number;
  readonly onState: () => void;
  readonly onFinish: (end: ContainerEnd, startedAt: string | undefined) => void;
}

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const plans = new Map(deps.programs.map((program) => [program.name, program]));
  const programOf = new Map<number, string>();
  const otherChildren = new Map<number, (end: { exitCode: number; signal?: number }) => void>();
  const pumps: LogPump[] = [];
  let machine: Machine = newMachine(deps.programs);
  let startedAt: string | undefined;
  let graceTimer: { timer: NodeJS.Timeout; endsAt: number } | undefined;
  let killTimer: NodeJS.Timeout | undefined;

  const dispatch = (event: SuperviseEvent): void => {
    const step = supervise(machine, event);
    const changed = step.machine !== machine;
    machine = step.machine;
    for (const effect of step.effects) perform(effect);
    if (changed) deps.onState();
  };

  const perform = (effect: SuperviseEffect): void => {
    switch (effect.effect) {
      case 'spawn':
        return spawn(effect.program);
      case 'termTree':
        deps.cgroups.signalAll(SIGTERM);
        deps.cgroups.signalAll(SIGCONT);
        return reapAll();
      case 'killTree':
        return killTree();
      case 'armGrace':
        return armGrace(effect.ms);
      case 'finish':
        return finish(effect.end);
      default:
        return assertNever(effect, 'supervise effect');
    }
  };

  const spawn = (name: string): void => {
    const plan = plans.get(name);
    if (plan === undefined) throw new Error(`bug: no plan for program ${name}`);
    const outcome = spawnWithPipes(plan, deps, pumps);
    if (!outcome.ok) {
      dispatch({ type: 'spawnFailed', program: name, exitCode: outcome.exitCode, message: outcome.message });
      return;
    }
    programOf.set(outcome.pid, name);
    startedAt ??= new Date().toISOString();
    dispatch({ type: 'spawned', program: name, pid: outcome.pid, at: new Date().toISOString() });
  };

  const reapAll = (): void => {
    let reaped = reapOne();
    for (; typeof reaped === 'object'; reaped = reapOne()) noteExit(reaped.pid, decodeStatus(reaped.status));
    if (reaped === 'childless') dispatch({ type: 'treeEmpty' });
  };

  const noteExit = (pid: number, end: { exitCode: number; signal?: number }): void => {
    const program = programOf.get(pid);
    if (program !== undefined) {
      programOf.delete(pid);
      const oomKilled = end.signal === SIGKILL && deps.cgroups.wasOomKilled(program);
      dispatch({ type: 'exited', program, ...end, oomKilled });
      return;
    }
    otherChildren.get(pid)?.(end);
    otherChildren.delete(pid);
  };

  const killTree = (): void => {
    clearTimeout(killTimer);
    deps.cgroups.killAll();
    killTimer = setTimeout(() => machine.phase !== 'ended' && killTree(), killAgainMs);
    reapAll();
  };

  const armGrace = (ms: number): void => {
    const endsAt = performance.now() + ms;
    if (graceTimer !== undefined && graceTimer.endsAt <= endsAt) return;
    clearTimeout(graceTimer?.timer);
    graceTimer = { timer: setTimeout(() => dispatch({ type: 'graceOver' }), ms), endsAt };
  };

  const finish = (end: ContainerEnd): void => {
    clearTimeout(graceTimer?.timer);
    clearTimeout(killTimer);
    for (const pump of pumps) pump.finish();
    deps.onFinish(end, startedAt);
  };

  const signalProgram = (signal: number, program?: string): void => {
    for (const [pid, name] of programOf) {
      const wanted = program === undefined ? machine.programs[name]?.essential === true : program === name;
      if (wanted) sendSignal(pid, signal);
    }
  };

  return {
    begin: () => dispatch({ type: 'begin' }),
    stop: (graceMs) => {
      dispatch({ type: 'stopRequested', graceMs });
      reapAll();
    },
    receiveSignal: (signal) => (signal === SIGCHLD ? reapAll() : signalProgram(signal)),
    signalProgram,
    state: () => ({
      id: deps.id,
      phase: machine.phase === 'setup' || machine.phase === 'running' ? machine.phase : 'stopping',
      ...(startedAt === undefined ? {} : { startedAt }),
      programs: Object.values(machine.programs).map(({ essential: _essential, ...program }) => program),
      logLinesDropped: deps.log.dropped(),
    }),
    watchChild: (pid, onExit) => otherChildren.set(pid, onExit),
  };
}

type Spawned = { readonly ok: true; readonly pid: number } | { readonly ok: false; readonly exitCode: number; readonly message: string };

function spawnWithPipes(plan: ProgramPlan, deps: SupervisorDeps, pumps: LogPump[]): Spawned {
  const resolved = resolveExecutable(plan.argv[0] ?? '', plan.envp, plan.workingDir);
  if (!resolved.ok) return resolved;
  const [outRead, outWrite] = makePipe();
  const [errRead, errWrite] = makePipe();
  growPipe(outRead, pipeBytes);
  try {
    const outcome = spawnProgram({
      ...plan,
      path: resolved.path,
      cgroupProcs: deps.cgroups.procsOf(plan.name),
      stdio: [deps.devNull, outWrite, errWrite],
      terminal: false,
    });
    return outcome.ok ? outcome : describeFailure(plan, resolved.path, outcome);
  } finally {
    closeSync(outWrite);
    closeSync(errWrite);
    pumps.push(startLogPump(outRead, 'stdout', deps.log), startLogPump(errRead, 'stderr', deps.log));
  }
}

/** What a failed spawn means to the user, with docker's exit codes: 126 not executable, 127 not found, 128 anything else. */
export function describeFailure(
  plan: { readonly workingDir: string },
  path: string,
  outcome: SpawnOutcome & { ok: false },
): { ok: false; exitCode: number; message: string } {
  if (outcome.stage === 'chdir') {
    return { ok: false, exitCode: 128, message: `working directory ${plan.workingDir}: ${outcome.code}` };
  }
  if (outcome.stage !== 'exec') return { ok: false, exitCode: 128, message: `start ${path}: ${outcome.stage}: ${outcome.code}` };
  const exitCode = outcome.code === 'ENOENT' ? 127 : outcome.code === 'ENOMEM' ? 128 : 126;
  return { ok: false, exitCode, message: `exec ${path}: ${outcome.code}${execHint(outcome.code)}` };
}

function execHint(code: string): string {
  if (code === 'ENOEXEC') return ' (neither a binary of this machine nor a script with a #! line)';
  if (code === 'ENOENT') return ' (its interpreter or loader is missing in the container)';
  if (code === 'ENOMEM') return ' (the memory limit is too small to start it)';
  return '';
}
