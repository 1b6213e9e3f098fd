/** PID 1's hands on one instance of one program: its process, streams, timers, probes, schedule and leaf. */
import { trySignal } from '../linux/process.ts';
import type { ProgramLogsPlan, ProgramPlan } from '../model/launch-plan.ts';
import type { RlimitName, ScheduleSpec } from '../model/pod-spec.ts';
import { sameJson } from '../util/same-json.ts';
import { AttachPoint } from './attach-point.ts';
import type { AttachProgram } from './attach-session.ts';
import { LeafEmptier } from './leaf-emptier.ts';
import { LeafFreezer } from './leaf-freezer.ts';
import type { LogPump } from './log-pump.ts';
import { setLongTimeout } from './long-timeout.ts';
import type { ProbeKind, SuperviseEffect, SuperviseEvent, Timer } from './machine.ts';
import { type NotifyWay, openNotifyWay } from './notify-way.ts';
import type { ProgramOutput } from './program-output.ts';
import { ProgramProbes } from './program-probes.ts';
import { type ChildEnd, type CommandDeps, runProgramCommand } from './run-command.ts';
import { ScheduleTimer } from './schedule-timer.ts';
import { spareDescriptors } from './spare-descriptors.ts';
import { type Piped, startPiped } from './start-piped.ts';
import { identityOf, type StartFailure } from './start-program.ts';

const SIGKILL = 9;
const SIGCONT = 18;
/** For stop and reload commands of a program without a grace of its own. */
const defaultCommandMs = 30_000;
/** Output of earlier runs that survivors still write to, where stop.wholeTree is off. */
const maxOldPumps = 16;

export interface HandsDeps extends CommandDeps {
  readonly notifyDirectory: string;
  readonly openOutput: (logs: ProgramLogsPlan) => ProgramOutput;
  /** brings the event to the machine, at once or behind those that wait */
  readonly emit: (event: SuperviseEvent) => void;
  /** limits that the kernel refused to raise, told once per program */
  readonly onLowered: (label: string, names: readonly string[]) => void;
}

/** A main process that lives. */
interface Run {
  readonly pid: number;
  readonly pumps: readonly LogPump[];
}

export class ProgramHands {
  readonly #deps: HandsDeps;
  readonly #emptier: LeafEmptier;
  readonly #timers = new Map<Timer, () => void>();
  readonly #probes: ProgramProbes;
  readonly #point = new AttachPoint();
  #plan: ProgramPlan;
  #output: ProgramOutput | undefined;
  #run: Run | undefined;
  #notify: NotifyWay | undefined;
  #oldPumps: LogPump[] = [];
  #isKnownEmpty = false;
  #schedule: { readonly spec: ScheduleSpec; readonly timer: ScheduleTimer } | undefined;
  #lowered: readonly RlimitName[] | undefined;
  #freezer: LeafFreezer | undefined;

  constructor(plan: ProgramPlan, deps: HandsDeps) {
    this.#plan = plan;
    this.#deps = deps;
    this.#probes = new ProgramProbes({
      ...deps,
      output: () => this.#outputOf(),
      onVerdict: (probe, ok, message) =>
        this.#deps.emit({ type: 'probed', program: this.#plan.name, probe, ok, message }),
    });
    this.#emptier = new LeafEmptier({
      isEmpty: () => this.#isEmpty(),
      kill: () => this.#kill(),
      onEmpty: () => this.#emptied(),
    });
  }

  /** The plan by which it runs or is started next; what is not fixed at the start holds from now on. */
  follow(plan: ProgramPlan): void {
    if (plan === this.#plan) return;
    if (!sameJson(plan.logs, this.#plan.logs)) this.#output?.reconfigure(plan.logs);
    this.#plan = plan;
  }

  pid(): number | undefined {
    return this.#run?.pid;
  }

  linesDropped(): number {
    return this.#output?.linesDropped() ?? 0;
  }

  /** What `podctl attach` holds on to, through all its restarts. */
  attachable(): AttachProgram {
    const { label, exec } = this.#plan;
    const { stdin, stdinOnce = false, tty } = exec;
    return { label, stdin: stdin || tty, stdinOnce, tty, output: this.#outputOf(), point: this.#point };
  }

  /** Answers with spawned or spawnFailed. */
  spawn(): void {
    const { name: program } = this.#plan;
    const started = this.#tryStart();
    if (!started.ok) {
      this.#notify?.close();
      this.#deps.emit({ type: 'spawnFailed', program, exitCode: started.exitCode, message: started.message });
      return;
    }
    const { pid, pumps, input, isTerminal } = started;
    this.#run = { pid, pumps };
    this.#point.started(pid, input, isTerminal);
    this.#deps.watchChild(pid, (end) => this.#exited(pid, end));
    this.#tellLowered(started.lowered);
    this.#deps.emit({ type: 'spawned', program, pid, ...this.#cpuUsed() });
  }

  /** What its earlier runs used, mostly: read when the new one runs, which must not wait for it. */
  #cpuUsed(): { readonly cpuMs?: number } {
    try {
      const cpuMs = this.#deps.tree.cpuMs(this.#plan.name);
      return cpuMs === undefined ? {} : { cpuMs };
    } catch {
      return {}; // no descriptors left
    }
  }

  signal({ signal, wholeTree, wake }: SuperviseEffect & { effect: 'signal' }): void {
    const signals = wake ? [signal, SIGCONT] : [signal];
    for (const each of signals) {
      if (wholeTree) this.#deps.tree.signal(this.#plan.name, each);
      else if (this.#run !== undefined) trySignal(this.#run.pid, each);
    }
  }

  clear(): void {
    this.#emptier.clear();
  }

  drain(): void {
    this.#emptier.drain();
  }

  /** Answers with frozen. */
  freeze(): void {
    const { name: program } = this.#plan;
    this.holdEmptying(true);
    this.#freezer ??= new LeafFreezer(this.#deps.tree, program, () => this.#deps.emit({ type: 'frozen', program }));
    this.#freezer.freeze();
  }

  thaw(): void {
    this.#freezer?.thaw();
    this.holdEmptying(false);
  }

  /** Its leaf, or that of the whole container, stands still. */
  holdEmptying(isHeld: boolean): void {
    if (isHeld) this.#emptier.hold();
    else this.#emptier.goOn();
  }

  /** A process that was no child of this one ended: perhaps the last of the leaf. */
  lookAgain(): void {
    this.#emptier.look();
  }

  command(purpose: 'stop' | 'reload'): void {
    const { name: program, exec, stop, reload } = this.#plan;
    const ofReload = reload?.kind === 'command' ? reload.argv : undefined;
    const argv = purpose === 'stop' ? stop.command : ofReload;
    const request = {
      exec: { ...exec, argv: argv ?? [], stdin: false, tty: false },
      env: this.#run === undefined ? [] : [`MAINPID=${this.#run.pid}`],
      leaf: program,
    };
    this.#isKnownEmpty = false;
    runProgramCommand(request, stop.graceMs ?? defaultCommandMs, this.#outputOf(), this.#deps, (end) =>
      this.#deps.emit({ type: 'commandEnded', program, purpose, ...end }),
    );
  }

  arm(timer: Timer, ms: number): void {
    this.disarm(timer);
    const onDue = (): void => {
      this.#timers.delete(timer);
      this.#deps.emit({ type: 'timer', program: this.#plan.name, timer });
    };
    this.#timers.set(timer, setLongTimeout(onDue, ms));
  }

  disarm(timer: Timer): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }

  startProbe(kind: ProbeKind): void {
    this.#probes.start(kind, this.#plan);
  }

  stopProbe(kind: ProbeKind): void {
    this.#probes.stop(kind);
  }

  /** Answers with planned. */
  planNext(): void {
    const { name: program, schedule } = this.#plan;
    if (schedule === undefined) return this.unplan();
    if (this.#schedule === undefined || !sameJson(this.#schedule.spec, schedule)) {
      this.unplan();
      const onDue = (): void => this.#deps.emit({ type: 'due', program });
      const onReplanned = (next: string | undefined): void => this.#deps.emit({ type: 'planned', program, next });
      this.#schedule = { spec: schedule, timer: new ScheduleTimer(schedule, onDue, onReplanned) };
    }
    this.#deps.emit({ type: 'planned', program, next: this.#schedule.timer.plan() });
  }

  unplan(): void {
    this.#schedule?.timer.cancel();
    this.#schedule = undefined;
  }

  /** Let go of everything but the processes; what they still wrote is in the log then. */
  close(): void {
    this.#emptier.stop();
    this.#freezer?.stop();
    for (const timer of [...this.#timers.keys()]) this.disarm(timer);
    this.#probes.stopAll();
    this.unplan();
    this.#notify?.close();
    this.#run = undefined;
    this.#output?.close();
    this.#point.removed();
  }

  #outputOf(): ProgramOutput {
    this.#output ??= this.#deps.openOutput(this.#plan.logs);
    return this.#output;
  }

  #tryStart(): Piped | StartFailure {
    try {
      return this.#start();
    } catch (error) {
      return { ok: false, exitCode: 128, message: error instanceof Error ? error.message : String(error) };
    }
  }

  #start(): Piped | StartFailure {
    const { name: leaf, exec } = this.#plan;
    const identity = identityOf(exec);
    if (!identity.ok) return identity;
    spareDescriptors(this.#deps.devNull);
    const notify = openNotifyWay(this.#plan, identity, this.#deps.notifyDirectory, (how) => this.#ready(how));
    this.#notify = notify;
    const { env, extraFd } = notify;
    this.#isKnownEmpty = false;
    try {
      const request = { exec, identity, env, leaf, ...(extraFd === undefined ? {} : { extraFd }) };
      return startPiped(request, this.#outputOf(), this.#deps);
    } finally {
      notify.handedOver();
    }
  }

  #exited(pid: number, end: ChildEnd): void {
    const run = this.#run;
    if (run === undefined || run.pid !== pid) return;
    const { name: program } = this.#plan;
    this.#run = undefined;
    this.#oldPumps.push(...run.pumps);
    this.#notify?.close();
    if (this.#isLeafEmpty()) this.#finishPumps();
    this.#point.ended(end.exitCode, end.signal);
    const oomKilled = end.signal === SIGKILL && this.#deps.tree.wasOomKilled(program);
    // the machine may start it again before this returns
    this.#deps.emit({ type: 'exited', program, pid, ...end, oomKilled });
    this.#emptier.look();
  }

  #isEmpty(): boolean {
    return this.#run === undefined && (!this.#plan.stop.wholeTree || this.#isLeafEmpty());
  }

  /** An empty leaf stays so until something is started in it. False where looking fails. */
  #isLeafEmpty(): boolean {
    if (this.#isKnownEmpty) return true;
    try {
      this.#isKnownEmpty = this.#deps.tree.isEmpty(this.#plan.name);
    } catch {
      // no descriptors left: asked again
    }
    return this.#isKnownEmpty;
  }

  #kill(): void {
    if (this.#plan.stop.wholeTree) this.#deps.tree.killLeaf(this.#plan.name);
    else if (this.#run !== undefined) trySignal(this.#run.pid, SIGKILL);
  }

  /** Its last lines go before those of the next run. */
  #emptied(): void {
    if (this.#plan.stop.wholeTree) this.#finishPumps();
    else for (const pump of this.#oldPumps.splice(0, this.#oldPumps.length - maxOldPumps)) pump.finish();
    this.#deps.emit({ type: 'cleared', program: this.#plan.name });
  }

  #finishPumps(): void {
    for (const pump of this.#oldPumps.splice(0)) pump.finish();
  }

  #ready(message: string): void {
    this.#deps.emit({ type: 'probed', program: this.#plan.name, probe: 'readiness', ok: true, message });
  }

  #tellLowered(lowered: readonly RlimitName[]): void {
    if (lowered.length === 0 || sameJson(lowered, this.#lowered)) return;
    this.#lowered = lowered;
    this.#deps.onLowered(this.#plan.label, lowered);
  }
}
