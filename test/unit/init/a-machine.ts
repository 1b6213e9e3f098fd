/** Builders for the supervising machine: plans with supervisord's defaults, and a player of events with a clock of its own. */
import type { Moment, SuperviseEffect, SuperviseEvent } from '../../../src/init/machine.ts';
import { type Machine, newMachine, planOf, programStates, supervise } from '../../../src/init/supervise.ts';
import type { ProgramPlan } from '../../../src/model/launch-plan.ts';
import type { DependencySpec, ProbeSpec, ProgramRestartSpec } from '../../../src/model/pod-spec.ts';
import { logFileName, programKey, programLabel } from '../../../src/model/program-name.ts';
import type { ProgramState, ProgramVerb } from '../../../src/protocol/init.ts';

export const aRestart = (over: Partial<ProgramRestartSpec> = {}): ProgramRestartSpec => ({
  policy: 'unexpected',
  exitCodes: [0],
  startMs: 1000,
  startRetries: 3,
  backoff: { initialMs: 1000, maxMs: 60_000, factor: 2, jitter: 0, resetAfterMs: 10_000 },
  ...over,
});

export const aProbe = (): ProbeSpec => ({
  handler: { kind: 'tcpSocket', host: 'localhost', port: 80 },
  initialDelayMs: 0,
  periodMs: 10_000,
  startPeriodMs: 250,
  timeoutMs: 1000,
  successThreshold: 1,
  failureThreshold: 3,
});

type Over = Partial<Omit<ProgramPlan, 'name' | 'label' | 'instance' | 'dependsOn'>> & {
  readonly dependsOn?: Readonly<Record<string, DependencySpec['condition'] | Omit<DependencySpec, 'program'>>>;
};

/** One program, without `instances`. */
export const aPlan = (program: string, over: Over = {}): ProgramPlan => anInstance(program, 0, over, false);

/** `count` instances of it. */
export const instances = (program: string, count: number, over: Over = {}): readonly ProgramPlan[] =>
  Array.from({ length: count }, (_, instance) => anInstance(program, instance, over, true));

function anInstance(program: string, instance: number, over: Over, hasInstances: boolean): ProgramPlan {
  const key = programKey(program, instance);
  const { dependsOn = {}, ...rest } = over;
  return {
    name: key,
    program,
    instance,
    label: programLabel(program, instance, hasInstances),
    exec: {
      argv: [program],
      envp: [],
      homeOfUser: false,
      workingDir: '/',
      uid: 0,
      gid: 0,
      capabilities: [],
      ambient: false,
      noNewPrivileges: false,
      oomScoreAdj: 0,
      umask: 0o022,
      nice: 0,
      rlimits: {},
      stdin: false,
      tty: false,
    },
    essential: false,
    autostart: true,
    restart: aRestart(),
    stop: { signal: 15, graceMs: 10_000, wholeTree: true },
    logs: { format: 'text', maxBytes: 52_428_800, maxFiles: 10, file: logFileName(0, key, false) },
    ...rest,
    dependsOn: Object.entries(dependsOn).map(([name, how]) =>
      typeof how === 'string' ? { program: name, condition: how, cascade: false } : { program: name, ...how },
    ),
  };
}

/** What a plain `command` becomes. */
export const plainPlan = (): ProgramPlan =>
  aPlan('main', {
    essential: true,
    restart: aRestart({ policy: 'never', startMs: 0 }),
    stop: { signal: 15, wholeTree: true },
  });

/** Brings events to a machine, answers nothing by itself; pids count up from 2. */
export class Play {
  machine: Machine;
  /** of the newest event */
  effects: readonly SuperviseEffect[] = [];
  affected: readonly string[] = [];
  /** of all events */
  readonly log: SuperviseEffect[] = [];
  nowMs = 1_000_000;
  random = 0;
  #pid = 1;

  constructor(plans: readonly ProgramPlan[]) {
    this.machine = newMachine(plans);
  }

  send(event: SuperviseEvent): this {
    const at = new Date(Date.UTC(2026, 0, 1) + this.nowMs - 1_000_000).toISOString();
    const moment: Moment = { nowMs: this.nowMs, at, random: this.random };
    const step = supervise(this.machine, event, moment);
    this.machine = step.machine;
    this.effects = step.effects;
    this.affected = step.affected;
    this.log.push(...step.effects);
    return this;
  }

  begin(): this {
    return this.send({ type: 'begin' });
  }

  after(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  spawned(program: string): this {
    this.#pid += 1;
    return this.send({ type: 'spawned', program, pid: this.#pid });
  }

  /** Spawned, and past its startMs. */
  running(...programs: readonly string[]): this {
    for (const program of programs) {
      this.spawned(program);
      const startMs = planOf(this.machine, program)?.restart.startMs ?? 0;
      if (startMs > 0) this.after(startMs).timer(program, 'start');
    }
    return this;
  }

  spawnFailed(program: string, exitCode = 127, message = 'not found'): this {
    return this.send({ type: 'spawnFailed', program, exitCode, message });
  }

  exited(program: string, exitCode = 0, over: { signal?: number; oomKilled?: boolean } = {}): this {
    const pid = this.state(program).pid ?? -1;
    return this.send({ type: 'exited', program, pid, exitCode, oomKilled: false, ...over });
  }

  cleared(program: string): this {
    return this.send({ type: 'cleared', program });
  }

  timer(program: string, timer: 'start' | 'backoff' | 'grace'): this {
    return this.send({ type: 'timer', program, timer });
  }

  probed(program: string, probe: 'readiness' | 'liveness', ok: boolean, message = 'says the probe'): this {
    return this.send({ type: 'probed', program, probe, ok, message });
  }

  request(verb: Exclude<ProgramVerb, 'signal'>, ...programs: readonly string[]): this {
    return this.send({ type: 'requested', verb, programs, cascade: false });
  }

  pause(): this {
    return this.send({ type: 'pauseRequested' });
  }

  resume(): this {
    return this.send({ type: 'resumeRequested' });
  }

  stop(graceMs = 30_000): this {
    return this.send({ type: 'stopRequested', graceMs });
  }

  update(programs: readonly ProgramPlan[], cascade = false): this {
    return this.send({ type: 'updated', programs, cascade });
  }

  state(key: string): ProgramState {
    const found = programStates(this.machine).find(({ name }) => name === key);
    if (found === undefined) throw new Error(`no program ${key}`);
    return found;
  }

  /** `{web: 'RUNNING', …}` by label */
  states(): Readonly<Record<string, string>> {
    return Object.fromEntries(programStates(this.machine).map(({ label, state }) => [label, state]));
  }

  /** The newest effects in short: `spawn web`, `signal web 15`, `arm web grace 10000`; notes by their reason. */
  said(): readonly string[] {
    return this.effects.map(inShort);
  }
}

export function inShort(effect: SuperviseEffect): string {
  switch (effect.effect) {
    case 'signal':
      return `signal ${effect.program} ${effect.signal}${effect.wholeTree ? ' tree' : ''}${effect.wake ? ' wake' : ''}`;
    case 'arm':
      return `arm ${effect.program} ${effect.timer} ${effect.ms}`;
    case 'disarm':
      return `disarm ${effect.program} ${effect.timer}`;
    case 'command':
      return `command ${effect.program} ${effect.purpose}`;
    case 'startProbe':
    case 'stopProbe':
      return `${effect.effect} ${effect.program} ${effect.probe}`;
    case 'note':
      return `note ${effect.reason}: ${effect.message}`;
    case 'signalOthers':
      return `signalOthers ${effect.signal}`;
    case 'armGrace':
      return `armGrace ${effect.ms}`;
    case 'finish':
      return `finish ${effect.end.exitCode} ${effect.end.reason}`;
    case 'killAll':
    case 'freezeAll':
    case 'thawAll':
      return effect.effect;
    default:
      return `${effect.effect} ${effect.program}`;
  }
}
