/**
 * One started container (or `_pod`), from the launch to its exit: launching → running → exited, one way.
 *
 * What is true: gone, when the pidfd or the zygote's wait(2) says so, never because a socket closed or time passed. How it ended:
 * podinit's exit.json, else the wait status, else `Unknown`.
 */
import { hasPendingKill } from '../linux/procfs.ts';
import type { RecordedExit } from '../model/pod-record.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { ProcessMark } from '../model/process-mark.ts';
import type { HealthState, InitReply, InitState, ProgramState } from '../protocol/init.ts';
import type { InitConnection, InitQuestion, ToldNote } from '../runtime/init-client.ts';
import { type InstanceRecord, readExitRecord, writeExitRecord } from '../store/instance-record.ts';
import { PodError } from '../util/pod-error.ts';
import { sameJson } from '../util/same-json.ts';
import { unreadyPrograms } from './container-readiness.ts';
import { exitOfRecord, exitOfStatus, unknownExit } from './exit.ts';
import type { InstanceView } from './pod-view.ts';
import { waitsForRequest, waitsForSchedule } from './presence.ts';
import { readHealthState, readProgramStates } from './read-program-states.ts';
import type { Clock, ConnectInit, WatchProcess } from './reconciler-deps.ts';

const isFrozen = ({ paused }: ProgramState): boolean => paused === true;

export interface InstanceHooks {
  /** its PID 1 was killed and still does not end: it waits for the processes of its pid namespace */
  readonly onDying: () => void;
  /** it began to run, its readiness turned, or programs came or went */
  readonly onChange: () => void;
  /** anything else about its programs */
  readonly onPrograms: () => void;
  readonly onStarted: () => void;
  readonly onNote: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** once; `ranMs` is monotonic */
  readonly onExit: (exit: RecordedExit, ranMs: number) => void;
}

export interface InstanceDeps {
  readonly clock: Clock;
  readonly connectInit: ConnectInit;
  readonly watchProcess: WatchProcess;
}

/** How long the zygote's word on a child's wait status may come after the pidfd's on its end. */
const waitStatusMs = 250;
/** podinit answers within a loop turn; one that is stopped or starved must not hold up its pod for long. */
const answerMs = 5_000;
const firstReconnectMs = 20;
const lastReconnectMs = 2_000;

export class Instance {
  readonly id: string;
  readonly container: string;
  readonly attempt: number;
  readonly runDir: string;
  record: InstanceRecord;
  /** directory names of the cgroup leaves that were made for programs */
  readonly leaves = new Set<string>();
  pid: number | undefined;
  startTicks: number | undefined;
  #state: InstanceView['state'] = 'launching';
  #startedAt: string | undefined;
  /** its start was told */
  #isTold = false;
  #startedMs: number;
  #stop: InstanceView['stop'];
  #programs: readonly ProgramState[] | undefined;
  #health: HealthState | undefined;
  #connection: InitConnection | undefined;
  #watch: { close(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reconnectMs = firstReconnectMs;
  #lastNote = 0;
  #isZygoteChild = false;
  /** it ran before this podd did */
  #isAdopted = false;
  #closed = false;
  readonly #deps: InstanceDeps;
  readonly #hooks: InstanceHooks;

  constructor(record: InstanceRecord, runDir: string, deps: InstanceDeps, hooks: InstanceHooks) {
    this.id = record.id;
    this.container = record.container;
    this.attempt = record.attempt;
    this.runDir = runDir;
    this.record = record;
    this.#deps = deps;
    this.#hooks = hooks;
    this.#startedMs = deps.clock.monotonicMs();
  }

  view(): InstanceView {
    const spec = this.spec();
    return {
      id: this.id,
      attempt: this.attempt,
      state: this.#state,
      joined: this.record.joined,
      ...(this.#startedAt === undefined ? {} : { startedAt: this.#startedAt }),
      ...(spec === undefined ? {} : { spec }),
      ...(this.#stop === undefined ? {} : { stop: this.#stop }),
      ...(this.#programs === undefined || spec === undefined ? {} : { programs: this.#programs }),
      ...(this.#health === undefined ? {} : { health: this.#health }),
      leaves: [...this.leaves],
    };
  }

  /** What it was started with, its resources and programs as applied last; undefined for `_pod`. */
  spec(): ContainerSpec | undefined {
    return this.record.spec.containers.find(({ name }) => name === this.container);
  }

  /** Its PID 1, once it is known. */
  init(): ProcessMark | undefined {
    const { pid, startTicks } = this;
    return pid === undefined || startTicks === undefined ? undefined : { pid, startTicks };
  }

  /** The process is known: watch it and talk to it. `ageMs`: how long it ran before (adoption). */
  attach(pid: number, startTicks: number, options: { isZygoteChild: boolean; ageMs?: number }): void {
    this.pid = pid;
    this.startTicks = startTicks;
    this.#isZygoteChild = options.isZygoteChild;
    this.#startedMs -= options.ageMs ?? 0;
    this.#isAdopted = options.ageMs !== undefined;
    this.#watch = this.#deps.watchProcess(pid, startTicks, (info) => this.#gone(info?.status));
    if (this.#watch === undefined) {
      setImmediate(() => this.#gone(undefined));
      return;
    }
    this.#connect();
  }

  /** The process is gone already: nothing to attach to. `status`: raw wait(2) status where known. */
  attachGone(status: number | undefined): void {
    setImmediate(() => this.#gone(status));
  }

  /** The zygote's word: its child ended with this raw wait(2) status. */
  reaped(status: number): void {
    this.#gone(status);
  }

  /** The zygote that forked it died: no wait status will come from there. */
  orphan(): void {
    this.#isZygoteChild = false;
  }

  /** Ask the init to end; it is killed (by decision) once graceMs and the 2 s that Kubernetes adds are over. */
  stop(graceMs: number, extraMs: number): void {
    this.#stop = { graceMs, deadlineMs: this.#deps.clock.monotonicMs() + graceMs + extraMs };
    this.#connection?.stop(graceMs);
  }

  /** Its cgroup was killed: the end must come by itself now; look again then. */
  killed(againMs: number): void {
    const graceMs = this.#stop?.graceMs ?? 0;
    this.#stop = { graceMs, deadlineMs: this.#deps.clock.monotonicMs() + againMs };
  }

  /** What people ask of its programs. Rejects with PodError ServiceUnavailable when its init does not answer. */
  control(request: InitQuestion<'control'>): Promise<InitReply> {
    return this.#ask((connection) => connection.control(request));
  }

  /** Hands it its programs; as control. */
  update(request: InitQuestion<'update'>): Promise<InitReply> {
    return this.#ask((connection) => connection.update(request));
  }

  /** The newest decisions about its programs; as control. */
  why(request: InitQuestion<'why'>): Promise<InitReply> {
    return this.#ask((connection) => connection.why(request));
  }

  /** So many OOM kills in this program's leaf were not the program's own end. */
  forgetKills(program: string, kills: number): void {
    this.#connection?.forgetKills(program, kills);
  }

  /** Let go of the process without touching it (podd ends). */
  detach(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch?.close();
    this.#connection?.close();
  }

  async #ask(request: (connection: InitConnection) => Promise<InitReply>): Promise<InitReply> {
    const connection = this.#connection;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${answerMs / 1000} s`)), answerMs);
    });
    try {
      if (connection === undefined) throw new Error('not connected to it now');
      return await Promise.race([request(connection), patience]);
    } catch (cause) {
      throw new PodError('ServiceUnavailable', `ask the PID 1 of container ${this.container}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  #connect(): void {
    if (this.#closed || this.#state === 'exited') return;
    this.#connection = this.#deps.connectInit(this.runDir, {
      onState: (state) => this.#seen(state),
      onNote: (note) => this.#noted(note),
      onClose: () => this.#reconnect(),
    });
    if (this.#stop !== undefined) this.#connection.stop(this.#stop.graceMs);
  }

  /** What it notes comes again until it knows that we have it. */
  #noted({ seq, type, reason, message }: ToldNote): void {
    if (this.#closed || this.#state === 'exited' || (seq !== undefined && seq <= this.#lastNote)) return;
    this.#lastNote = seq ?? this.#lastNote;
    this.#hooks.onNote(type, reason, message);
  }

  /** The process still lives as far as is known: its socket may not be there yet, or it dropped us. */
  #reconnect(): void {
    this.#connection = undefined;
    if (this.#closed || this.#state === 'exited') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connectAgain(), this.#reconnectMs);
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, lastReconnectMs);
  }

  #connectAgain(): void {
    if (this.pid !== undefined && hasPendingKill(this.pid)) this.#hooks.onDying();
    this.#connect();
  }

  #seen(state: InitState): void {
    this.#reconnectMs = firstReconnectMs;
    if (this.#closed || this.#state === 'exited' || state.id !== this.id || state.phase === 'setup') return;
    const programs = readProgramStates(state.programs);
    const health = readHealthState(state.health);
    const before = { state: this.#state, startedAt: this.#startedAt, programs: this.#programs, health: this.#health };
    this.#state = 'running';
    this.#programs = programs;
    this.#health = health;
    this.#startedAt ??= state.startedAt ?? this.#restingSince(programs, health);
    const isStart = before.startedAt === undefined && this.#startedAt !== undefined;
    this.#tellStart();
    const hasTurned = this.#hasTurned(before.programs) || !sameJson(before.health, health);
    if (isStart || before.state !== 'running' || hasTurned) this.#hooks.onChange();
    else if (!sameJson(before.programs, this.#programs)) this.#hooks.onPrograms();
  }

  /** As the kubelet, before postStart has ended: programs run by then. */
  #tellStart(): void {
    if (this.#isTold) return;
    this.#isTold = this.#startedAt !== undefined || (this.#programs ?? []).some(({ pid }) => pid !== undefined);
    if (this.#isTold && !this.#isAdopted) this.#hooks.onStarted();
  }

  /** Of programs that wait for their schedules or for a request there is nothing to see before one is started, perhaps tomorrow. */
  #restingSince(programs: readonly ProgramState[], health: HealthState | undefined): string | undefined {
    const rests = this.record.role === 'pod' || (startsNothing(programs) && health?.started !== false);
    return rests ? this.#deps.clock.now().toISOString() : undefined;
  }

  /** Programs came or went, or the container became ready or paused or ceased to be. */
  #hasTurned(before: readonly ProgramState[] = []): boolean {
    const now = this.#programs ?? [];
    if (before.length !== now.length || before.some(({ name }, index) => now[index]?.name !== name)) return true;
    const spec = this.spec();
    if (before.every(isFrozen) !== now.every(isFrozen)) return true;
    return (
      spec !== undefined && (unreadyPrograms(spec, before).length === 0) !== (unreadyPrograms(spec, now).length === 0)
    );
  }

  #gone(status: number | undefined): void {
    if (this.#closed || this.#state === 'exited') return;
    const record = readExitRecord(this.runDir);
    if (record !== undefined && record.id === this.id) {
      this.#startedAt ??= record.startedAt;
      this.#tellStart();
      for (const note of record.notes ?? []) this.#noted(note);
      return this.#exited(exitOfRecord(record, this.attempt));
    }
    if (status !== undefined) return this.#exited(this.#recordStatus(status));
    if (!this.#isZygoteChild) return this.#exited(this.#unknown());
    this.#isZygoteChild = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#gone(undefined), waitStatusMs);
  }

  #recordStatus(status: number): RecordedExit {
    const { record, exit } = exitOfStatus(this.id, this.attempt, status, this.#times());
    try {
      writeExitRecord(this.runDir, record);
    } catch {
      // Only the next podd would need it, should this one be killed right now.
    }
    return exit;
  }

  #unknown(): RecordedExit {
    return unknownExit(this.id, this.attempt, 'its PID 1 ended without leaving a status', this.#times());
  }

  #times(): { startedAt?: string; finishedAt: string } {
    const finishedAt = this.#deps.clock.now().toISOString();
    return this.#startedAt === undefined ? { finishedAt } : { startedAt: this.#startedAt, finishedAt };
  }

  #exited(exit: RecordedExit): void {
    this.#state = 'exited';
    const ranMs = this.#deps.clock.monotonicMs() - this.#startedMs;
    this.detach();
    this.#hooks.onExit(exit, Math.max(ranMs, 0));
  }
}

const startsNothing = (programs: readonly ProgramState[]): boolean =>
  programs.length > 0 && programs.every((program) => waitsForRequest(program) || waitsForSchedule(program));
