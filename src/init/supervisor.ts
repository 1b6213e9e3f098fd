/** Performs what `supervise` decides: spawns, reaps, signals, timers. One per podinit, whatever contains its programs. */
import { constants } from 'node:os';
import { SIGCHLD } from '../linux/signals.ts';
import type { ProgramExecPlan, ProgramLogsPlan, ProgramPlan } from '../model/launch-plan.ts';
import type { HealthSpec } from '../model/lifecycle-spec.ts';
import { formatProgramRef, type ProgramRef } from '../model/program-name.ts';
import type { InitReply, InitRequest, InitState } from '../protocol/init.ts';
import type { AttachProgram } from './attach-session.ts';
import { Children } from './children.ts';
import { GraceTimer } from './grace-timer.ts';
import { HandsTable } from './hands-table.ts';
import { followContainer, HealthHands, noHealth } from './health-hands.ts';
import { startKillLoop } from './kill-loop.ts';
import { LeafFreezer } from './leaf-freezer.ts';
import type { ContainerEnd, ProgramRequest, SuperviseEffect, SuperviseEvent } from './machine.ts';
import { performOnProgram } from './perform-on-program.ts';
import { presentMoment } from './present-moment.ts';
import { execLeaf, type ProcessTree } from './process-tree.ts';
import { type HandsDeps, ProgramHands } from './program-hands.ts';
import type { ProgramOutput } from './program-output.ts';
import { removeEmptyDirectory } from './root-files.ts';
import { type ChildEnd, runAsProgram } from './run-command.ts';
import { refuseRequest, selectPrograms } from './select-programs.ts';
import { StatePublisher } from './state-publisher.ts';
import {
  historyOf,
  isPaused,
  type Machine,
  newMachine,
  phaseOf,
  planOf,
  programStates,
  supervise,
} from './supervise.ts';

const { SIGCONT, SIGSTOP, SIGTSTP } = constants.signals;

export interface SupervisorDeps {
  readonly id: string;
  readonly container: string;
  readonly programs: readonly ProgramPlan[];
  /** probes and hooks of the container as a whole */
  readonly health?: HealthSpec;
  readonly tree: ProcessTree;
  readonly openOutput: (logs: ProgramLogsPlan) => ProgramOutput;
  /** an fd of /dev/null, not of the container's own */
  readonly devNull: number;
  /** where programs find their NOTIFY_SOCKET; made when first needed */
  readonly notifyDirectory: string;
  /** something changed: ask state() */
  readonly onState: () => void;
  readonly onNote: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** no process is left; startedAt: when the first program was exec'd */
  readonly onFinish: (end: ContainerEnd, startedAt: string | undefined) => void;
}

/** Without its number: whoever asks. */
export type UpdateRequest = Omit<InitRequest & { readonly op: 'update' }, 'op' | 'seq'>;

/**
 * Events wait in a queue while a step is performed: all effects of one step come first, then the next event (machine.ts).
 */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #handsDeps: HandsDeps;
  readonly #hands = new HandsTable((plan) => new ProgramHands(plan, this.#handsDeps));
  readonly #children = new Children();
  readonly #queue: SuperviseEvent[] = [];
  readonly #publisher: StatePublisher;
  readonly #notes: (SuperviseEffect & { effect: 'note' })[] = [];
  #machine: Machine;
  #isPerforming = false;
  #startedAt: string | undefined;
  readonly #grace = new GraceTimer(() => this.#emit({ type: 'graceOver' }));
  #endKillLoop: (() => void) | undefined;
  #look: NodeJS.Immediate | undefined;
  /** of the whole container */
  #freezer: LeafFreezer | undefined;
  #health: HealthHands | undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#machine = newMachine(deps.programs);
    this.#publisher = new StatePublisher(deps.onState);
    this.#handsDeps = {
      ...deps,
      emit: (event) => this.#emit(event),
      watchChild: (pid, onExit) => this.watchChild(pid, onExit),
      programCount: () => Math.max(1, this.#hands.size()),
      onLowered: (label, names) =>
        deps.onNote(
          'Warning',
          'RlimitsLowered',
          `Program ${label}: rlimits ${names.join(', ')} are lower than wanted: the kernel allows no more here`,
        ),
    };
    if (deps.health !== undefined) this.#health = this.#makeHealth(deps.health);
  }

  begin(): void {
    this.#emit({ type: 'begin' });
    this.#health?.emit({ type: 'begin' });
  }

  /** Stops every program, after preStop if there is one; KILL after the grace; a second stop can only shorten it. */
  stop(graceMs: number): void {
    if (this.#health === undefined) this.#stopPrograms(graceMs);
    else this.#health.emit({ type: 'stopRequested', graceMs });
  }

  #stopPrograms(graceMs: number): void {
    this.#emit({ type: 'stopRequested', graceMs });
    this.#reapAll();
  }

  #makeHealth(health: HealthSpec): HealthHands {
    const { container, onNote } = this.#deps;
    return new HealthHands(health, {
      container,
      onNote,
      runExec: (argv, timeoutMs, done) => runAsProgram(this.execModel(), argv, timeoutMs, this.#handsDeps, done),
      onChange: () => this.#publisher.changed(),
      onStop: (graceMs) => this.#stopPrograms(graceMs),
      onResume: () => this.#emit({ type: 'resumeRequested' }),
    });
  }

  /** What people ask of programs. */
  request(request: ProgramRequest): InitReply {
    const keys = selectPrograms(this.#machine, request.targets);
    if (!keys.ok) return { ok: false, code: 'NotFound', message: keys.error };
    const refusal = refuseRequest(this.#machine, request);
    if (refusal !== undefined) return { ok: false, code: 'Conflict', message: refusal };
    const { verb, targets, signal, cascade = false } = request;
    const obstacle = verb === 'pause' ? this.#whyNoPause() : undefined;
    if (obstacle !== undefined) return { ok: false, code: 'Conflict', message: obstacle };
    if ((verb === 'pause' || verb === 'resume') && targets.length === 0)
      return { ok: true, affected: this.#emit({ type: `${verb}Requested` }) };
    const programs = keys.value;
    const asked = signal === undefined ? {} : { signal };
    return { ok: true, affected: this.#emit({ type: 'requested', verb, programs, cascade, ...asked }) };
  }

  #whyNoPause(): string | undefined {
    if (!this.#deps.tree.canFreeze()) return noFreezer;
    return this.#health?.isStopping() === true ? 'the container is being stopped' : undefined;
  }

  /** Nothing can be started in the container now: not even an exec session. */
  isPaused(): boolean {
    return isPaused(this.#machine);
  }

  /** The programs and probes wanted from now on, and the leaves of all programs. */
  update({ programs, leaves, cascade = false, health = noHealth }: UpdateRequest): InitReply {
    this.#deps.tree.addLeaves(leaves);
    const affected = this.#emit({ type: 'updated', programs, cascade });
    if (this.#health === undefined && health !== noHealth) {
      this.#health = this.#makeHealth(noHealth);
      this.#health.emit({ type: 'begin' });
    }
    this.#health?.emit({ type: 'updated', spec: health });
    return { ok: true, affected };
  }

  /** OOM kills in the program's leaf that are not to be taken for its own end. */
  forgetKills(program: string, kills: number): void {
    this.#deps.tree.forgetKills(program, kills);
  }

  /** The newest decisions about the targets, by label. */
  why(targets: readonly ProgramRef[]): InitReply {
    const keys = selectPrograms(this.#machine, targets);
    if (!keys.ok) return { ok: false, code: 'NotFound', message: keys.error };
    const entries = keys.value.map((key) => [planOf(this.#machine, key)?.label ?? key, historyOf(this.#machine, key)]);
    return { ok: true, affected: [], decisions: Object.fromEntries(entries) };
  }

  /** A signal that this process received: reap, or forward. */
  receiveSignal(signal: number): void {
    if (signal === SIGCHLD) this.#reapAll();
    else this.forwardSignal(signal);
  }

  /** To the main processes of the essential programs; of a container without any, to all. */
  forwardSignal(signal: number): void {
    const running = programStates(this.#machine).filter(({ pid }) => pid !== undefined);
    const essential = running.filter((program) => program.essential);
    for (const { name } of essential.length > 0 ? essential : running) {
      this.#handsOf(name)?.signal({ effect: 'signal', program: name, signal, wholeTree: false, wake: false });
    }
  }

  /** Tell once when a child that is no program's main process (an exec session's) was reaped. */
  watchChild(pid: number, onExit: (end: ChildEnd) => void): void {
    this.#children.watch(pid, onExit);
  }

  /** The program to attach to (the first of several), whether it runs or not; else why there is none. */
  attachable(ref: ProgramRef): AttachProgram | { readonly error: string } {
    const keys = selectPrograms(this.#machine, [ref]);
    if (!keys.ok) return { error: keys.error };
    const [key] = keys.value;
    const hands = key === undefined ? undefined : this.#handsOf(key);
    return hands?.attachable() ?? { error: `program ${formatProgramRef(ref)} has no instances` };
  }

  /** Whose user, environment and capabilities exec'd processes get: the first essential program's, else the first's. */
  execModel(): ProgramExecPlan | undefined {
    const states = programStates(this.#machine);
    const model = states.find(({ essential }) => essential) ?? states[0];
    return model === undefined ? undefined : planOf(this.#machine, model.name)?.exec;
  }

  state(): InitState {
    const phase = phaseOf(this.#machine);
    const health = this.#health;
    const isGoing = (phase === 'setup' || phase === 'running') && health?.isStopping() !== true;
    return {
      id: this.#deps.id,
      phase: isGoing ? phase : 'stopping',
      ...(this.#startedAt === undefined || health?.isUp() === false ? {} : { startedAt: this.#startedAt }),
      programs: programStates(this.#machine),
      ...(health === undefined ? {} : { health: health.state() }),
      logLinesDropped: this.#hands.linesDropped(),
    };
  }

  /** The labels that this event moves; empty for one that has to wait for the present step. */
  #emit(event: SuperviseEvent): readonly string[] {
    this.#queue.push(event);
    if (this.#isPerforming) return [];
    this.#isPerforming = true;
    try {
      const affected = this.#step();
      while (this.#queue.length > 0) this.#step();
      return affected;
    } finally {
      this.#isPerforming = false;
      this.#tellNotes();
    }
  }

  /** After everything was done: who is told takes the CPU from who is to be started. */
  #tellNotes(): void {
    for (const { type, reason, message } of this.#notes.splice(0)) this.#deps.onNote(type, reason, message);
  }

  #step(): readonly string[] {
    const event = this.#queue.shift();
    if (event === undefined) return [];
    const moment = presentMoment();
    if (event.type === 'spawned') this.#startedAt ??= moment.at;
    const { machine, effects, affected } = supervise(this.#machine, event, moment);
    const before = this.#machine;
    const isChanged = machine !== before;
    this.#machine = machine;
    if (event.type === 'updated') this.#hands.follow((key) => planOf(this.#machine, key));
    for (const effect of effects) this.#tryPerform(effect);
    if (isChanged) this.#publisher.changed();
    if (isChanged && this.#health !== undefined) followContainer(this.#health, before, machine);
    return affected;
  }

  /** PID 1 lives on, whatever fails: its end would be that of all its programs. */
  #tryPerform(effect: SuperviseEffect): void {
    try {
      this.#perform(effect);
    } catch (error) {
      const what = 'program' in effect ? `${effect.effect} ${effect.program}` : effect.effect;
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#deps.onNote('Warning', 'EffectFailed', `${what}: ${why}`);
    }
  }

  #perform(effect: SuperviseEffect): void {
    switch (effect.effect) {
      case 'forget':
        this.#hands.forget(effect.program);
        return this.#deps.tree.dropLeaf(effect.program);
      case 'signalOthers':
        return this.#signalOthers(effect.signal);
      case 'armGrace':
        return this.#grace.arm(effect.ms);
      case 'killAll':
        this.#endKillLoop ??= startKillLoop(this.#deps.tree, () => this.#reapAll());
        return;
      case 'freezeAll':
      case 'thawAll':
        return this.#freezeAll(effect.effect === 'freezeAll');
      case 'note':
        return void this.#notes.push(effect);
      case 'finish':
        return this.#finish(effect.end);
      default: {
        const hands = this.#handsOf(effect.program);
        if (hands !== undefined) performOnProgram(hands, effect);
      }
    }
  }

  /** Undefined for a program that is gone already. */
  #handsOf(key: string): ProgramHands | undefined {
    return this.#hands.of(key, planOf(this.#machine, key));
  }

  #signalOthers(signal: number): void {
    this.#deps.tree.signal(execLeaf, signal);
    if (signal !== SIGSTOP && signal !== SIGTSTP) this.#deps.tree.signal(execLeaf, SIGCONT);
  }

  #freezeAll(isWanted: boolean): void {
    this.#freezer ??= new LeafFreezer(this.#deps.tree, undefined, () => this.#emit({ type: 'allFrozen' }));
    if (isWanted) this.#freezer.freeze();
    else this.#freezer.thaw();
    for (const hands of this.#hands.all()) hands.holdEmptying(isWanted);
  }

  #reapAll(): void {
    const { isOrphan, isChildless } = this.#children.reapAll((pid) => this.#deps.tree.reaped(pid));
    if (isOrphan) this.#lookSoon();
    if (isChildless) this.#emit({ type: 'childless' });
  }

  /** An orphan may have been the last of its leaf. Once per turn: it may be one of thousands. */
  #lookSoon(): void {
    this.#look ??= setImmediate(() => {
      this.#look = undefined;
      for (const hands of this.#hands.all()) hands.lookAgain();
    });
  }

  #finish(end: ContainerEnd): void {
    this.#grace.cancel();
    this.#health?.close();
    this.#endKillLoop?.();
    this.#freezer?.stop();
    clearImmediate(this.#look);
    for (const hands of this.#hands.all()) hands.close();
    removeEmptyDirectory(this.#deps.notifyDirectory);
    this.#tellNotes();
    this.#publisher.changed();
    this.#publisher.flush();
    this.#deps.onFinish(this.#health?.isUnhealthy() === true ? { ...end, unhealthy: true } : end, this.#startedAt);
  }
}

const noFreezer = 'nothing can be paused here: there is no cgroup freezer';
