/** Performs what `supervise` decides: spawns, reaps, signals, timers. One per podinit. */
import { constants } from 'node:os';
import { currentPid, decodeStatus, reapOne, sendSignal } from '../linux/process.ts';
import { SIGCHLD } from '../linux/signals.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { InitState } from '../protocol/init.ts';
import { assertNever } from '../util/assert-never.ts';
import type { CgroupTree } from './cgroup-tree.ts';
import type { LogSink } from './log-file.ts';
import type { LogPump } from './log-pump.ts';
import { startProgram } from './start-program.ts';
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
/** setTimeout takes 32 bits, and more would mean at once; 24.8 days. */
const longestTimerMs = 0x7fff_ffff;

export interface SupervisorDeps {
  readonly id: string;
  readonly programs: readonly ProgramPlan[];
  readonly cgroups: CgroupTree;
  readonly log: LogSink;
  /** an fd of /dev/null of the host's devtmpfs */
  readonly devNull: number;
  readonly onState: () => void;
  readonly onFinish: (end: ContainerEnd, startedAt: string | undefined) => void;
}

/** How a child ended, wait(2). */
export interface ChildEnd {
  readonly exitCode: number;
  readonly signal?: number;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #programOf = new Map<number, string>();
  readonly #otherChildren = new Map<number, (end: ChildEnd) => void>();
  readonly #pumps: LogPump[] = [];
  #machine: Machine;
  #startedAt: string | undefined;
  #graceTimer: { readonly timer: NodeJS.Timeout; readonly endsAt: number } | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#machine = newMachine(deps.programs);
  }

  begin(): void {
    this.#dispatch({ type: 'begin' });
  }

  /** TERM to everything, KILL after the grace; a second stop can only shorten it. */
  stop(graceMs: number): void {
    this.#dispatch({ type: 'stopRequested', graceMs });
    this.#reapAll();
  }

  /** A signal that PID 1 received: reap, or forward to the essential programs. */
  receiveSignal(signal: number): void {
    if (signal === SIGCHLD) this.#reapAll();
    else this.signalProgram(signal);
  }

  /** To one program, or to the essential ones. */
  signalProgram(signal: number, program?: string): void {
    for (const [pid, name] of this.#programOf) {
      const isEssential = this.#machine.programs[name]?.essential === true;
      if (program === undefined ? isEssential : program === name) sendSignal(pid, signal);
    }
  }

  /** Tell when a child that is no program (an exec session's) was reaped. */
  watchChild(pid: number, onExit: (end: ChildEnd) => void): void {
    this.#otherChildren.set(pid, onExit);
  }

  state(): InitState {
    const { phase, programs } = this.#machine;
    return {
      id: this.#deps.id,
      phase: phase === 'setup' || phase === 'running' ? phase : 'stopping',
      ...(this.#startedAt === undefined ? {} : { startedAt: this.#startedAt }),
      programs: Object.values(programs).map(({ essential: _essential, ...program }) => program),
      logLinesDropped: this.#deps.log.dropped(),
    };
  }

  #dispatch(event: SuperviseEvent): void {
    const step = supervise(this.#machine, event);
    const changed = step.machine !== this.#machine;
    this.#machine = step.machine;
    for (const effect of step.effects) this.#perform(effect);
    if (changed) this.#deps.onState();
  }

  #perform(effect: SuperviseEffect): void {
    switch (effect.effect) {
      case 'spawn':
        return this.#spawn(effect.program);
      case 'termTree':
        this.#deps.cgroups.signalAll(SIGTERM);
        return this.#deps.cgroups.signalAll(SIGCONT);
      case 'killTree':
        return this.#killTree();
      case 'armGrace':
        return this.#armGrace(effect.ms);
      case 'finish':
        return this.#finish(effect.end);
      default:
        return assertNever(effect, 'supervise effect');
    }
  }

  #spawn(name: string): void {
    const plan = this.#deps.programs.find((program) => program.name === name);
    if (plan === undefined) throw new Error(`bug: no plan for program ${name}`);
    const started = startProgram(plan, this.#deps);
    this.#pumps.push(...started.pumps);
    if (!started.ok) {
      const { exitCode, message } = started;
      return this.#dispatch({ type: 'spawnFailed', program: name, exitCode, message });
    }
    this.#programOf.set(started.pid, name);
    const at = new Date().toISOString();
    this.#startedAt ??= at;
    this.#dispatch({ type: 'spawned', program: name, pid: started.pid, at });
  }

  /** SIGCHLDs coalesce: until there is nothing more to reap. Without a child left, the container is empty. */
  #reapAll(): void {
    let reaped = reapOne();
    for (; typeof reaped === 'object'; reaped = reapOne()) this.#noteExit(reaped.pid, decodeStatus(reaped.status));
    if (reaped === 'childless') this.#dispatch({ type: 'treeEmpty' });
  }

  #noteExit(pid: number, end: ChildEnd): void {
    const program = this.#programOf.get(pid);
    if (program === undefined) {
      this.#otherChildren.get(pid)?.(end);
      this.#otherChildren.delete(pid);
      return;
    }
    this.#programOf.delete(pid);
    const oomKilled = end.signal === SIGKILL && this.#deps.cgroups.wasOomKilled(program);
    this.#dispatch({ type: 'exited', program, ...end, oomKilled });
  }

  #killTree(): void {
    clearTimeout(this.#killTimer);
    this.#deps.cgroups.killAll();
    // also what a privileged container moved out of its cgroups; who joined this pid namespace ends with it anyway
    if (currentPid() === 1) sendSignal(-1, SIGKILL);
    this.#killTimer = setTimeout(() => this.#killTree(), killAgainMs);
    this.#reapAll();
  }

  #armGrace(ms: number): void {
    const delayMs = Math.min(ms, longestTimerMs);
    const endsAt = performance.now() + delayMs;
    if (this.#graceTimer !== undefined && this.#graceTimer.endsAt <= endsAt) return;
    clearTimeout(this.#graceTimer?.timer);
    this.#graceTimer = { timer: setTimeout(() => this.#dispatch({ type: 'graceOver' }), delayMs), endsAt };
  }

  #finish(end: ContainerEnd): void {
    clearTimeout(this.#graceTimer?.timer);
    clearTimeout(this.#killTimer);
    for (const pump of this.#pumps) pump.finish();
    this.#deps.onFinish(end, this.#startedAt);
  }
}
