/**
 * A tiny world for the supervising machine: it performs effects on processes that exist only here, keeps the queue of events as PID 1
 * does, and lets things happen as it is told. It fails as soon as the machine breaks one of its promises.
 */
import { expect } from 'vitest';
import type { ContainerEnd, Moment, SuperviseEffect, SuperviseEvent, Timer } from '../../../src/init/machine.ts';
import {
  historyOf,
  type Machine,
  newMachine,
  phaseOf,
  planOf,
  programStates,
  supervise,
} from '../../../src/init/supervise.ts';
import type { ProgramPlan } from '../../../src/model/launch-plan.ts';
import type { ProgramState } from '../../../src/protocol/init.ts';
import { WorldFreezer } from './supervise-freezer.ts';
import { expectNotLost, expectPausedUnready, isUp, satisfies } from './supervise-promises.ts';

interface Leaf {
  main: number | undefined;
  /** daemons and children that outlive the main process */
  others: number;
  command: 'stop' | 'reload' | undefined;
  /** asked to be told when it is empty */
  asked: 'clear' | 'drain' | undefined;
  wholeTree: boolean;
  readonly timers: Set<Timer>;
  readonly probes: Set<string>;
  isPlanned: boolean;
}

const maxEventsInARow = 5000;

export class World {
  machine: Machine;
  readonly #leaves = new Map<string, Leaf>();
  readonly #queue: SuperviseEvent[] = [];
  readonly #dice: () => number;
  #nowMs = 0;
  #steps = 0;
  #pid = 1;
  #isGraceArmed = false;
  #wasChildless = false;
  end: ContainerEnd | undefined;
  spawns = 0;
  readonly freezer: WorldFreezer;

  /** `dice`: [0, 1), decides what spawns fail and who obeys */
  constructor(plans: readonly ProgramPlan[], dice: () => number) {
    this.machine = newMachine(plans);
    this.#dice = dice;
    this.freezer = new WorldFreezer(dice() < 0.5);
    this.push({ type: 'begin' });
  }

  push(event: SuperviseEvent): void {
    this.#queue.push(event);
  }

  keys(): readonly string[] {
    return [...this.#leaves.keys()];
  }

  plans(): readonly ProgramPlan[] {
    return programStates(this.machine).flatMap(({ name }) => planOf(this.machine, name) ?? []);
  }

  /** Monotonic time, and people's clock may jump with it: the machine must not care. */
  pass(ms: number): void {
    this.#nowMs += ms;
  }

  /** Brings up to `count` events; all of them by default, and then there must be an end to them. */
  run(count = maxEventsInARow): void {
    for (let brought = 0; brought < count; brought++) {
      const event = this.#queue.shift();
      if (event === undefined) return;
      this.#bring(event);
    }
    if (count === maxEventsInARow) expect(this.#queue, 'endless effects without events').toEqual([]);
  }

  // what may happen to a program

  exit(key: string, exitCode: number, signal?: number): void {
    const leaf = this.#leaves.get(key);
    const pid = leaf?.main;
    if (leaf === undefined || pid === undefined) return;
    this.freezer.happen(key, signal === 9, () => {
      if (leaf.main !== pid) return;
      const event = { program: key, pid, exitCode, oomKilled: false } as const;
      this.push({ type: 'exited', ...event, ...(signal === undefined ? {} : { signal }) });
      leaf.main = undefined;
      this.#answer(key, leaf);
    });
  }

  /** Its double-forked child. */
  daemonise(key: string): void {
    const leaf = this.#leaves.get(key);
    if (leaf?.main !== undefined && !this.freezer.isFrozen(key)) leaf.others += 1;
  }

  othersExit(key: string): void {
    const leaf = this.#leaves.get(key);
    if (leaf === undefined || leaf.others === 0) return;
    this.freezer.happen(key, false, () => {
      leaf.others = 0;
      this.#answer(key, leaf);
    });
  }

  fireTimer(key: string): void {
    const timers = this.#leaves.get(key)?.timers;
    const [timer] = timers ?? [];
    if (timers === undefined || timer === undefined) return;
    timers.delete(timer);
    this.push({ type: 'timer', program: key, timer });
  }

  probe(key: string, ok: boolean): void {
    for (const probe of this.#leaves.get(key)?.probes ?? [])
      this.push({ type: 'probed', program: key, probe: probe as 'readiness' | 'liveness', ok, message: 'probe' });
  }

  due(key: string): void {
    if (this.#leaves.get(key)?.isPlanned === true) this.push({ type: 'due', program: key });
  }

  commandEnds(key: string, exitCode: number): void {
    const leaf = this.#leaves.get(key);
    const purpose = leaf?.command;
    if (leaf === undefined || purpose === undefined) return;
    this.freezer.happen(key, exitCode === 137, () => {
      if (leaf.command !== purpose) return;
      this.push({ type: 'commandEnded', program: key, purpose, exitCode });
      leaf.command = undefined;
      this.#answer(key, leaf);
    });
  }

  /** Lets time pass until the container's grace is over and everything is dead, whatever resists. */
  dieOut(): void {
    this.run();
    for (let round = 0; round < 50 && this.end === undefined; round++) {
      for (const key of this.keys()) this.fireTimer(key);
      this.run();
    }
    if (this.#isGraceArmed && this.end === undefined) this.push({ type: 'graceOver' });
    this.run();
  }

  #leaf(key: string): Leaf {
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const leaf: Leaf = {
      main: undefined,
      others: 0,
      command: undefined,
      asked: undefined,
      wholeTree: true,
      timers: new Set(),
      probes: new Set(),
      isPlanned: false,
    };
    this.#leaves.set(key, leaf);
    return leaf;
  }

  #bring(event: SuperviseEvent): void {
    this.#steps += 1;
    const moment: Moment = {
      nowMs: this.#nowMs,
      at: new Date(Date.UTC(2026, 0, 1) + this.#steps * 1000 * (this.#dice() < 0.1 ? -31_536 : 1)).toISOString(),
      random: this.#dice(),
    };
    const before = new Map(programStates(this.machine).map((state) => [state.name, state]));
    const step = supervise(this.machine, event, moment);
    this.machine = step.machine;
    const after = new Map(programStates(this.machine).map((state) => [state.name, state]));
    if (event.type === 'exited') expectNotLost(event, moment, before, after);
    this.#expectOrder(before, after);
    for (const effect of step.effects) this.#perform(effect, after);
    if (this.end === undefined) this.freezer.expectAgreement(this.machine, (key) => this.#leaves.get(key));
    expectPausedUnready(this.machine);
    this.#reapLast();
  }

  /** When the container winds down, a program is asked to stop only when no dependant of it lives. */
  #expectOrder(before: ReadonlyMap<string, ProgramState>, after: ReadonlyMap<string, ProgramState>): void {
    const phase = phaseOf(this.machine);
    if (phase !== 'stopping' && phase !== 'ending') return;
    for (const [key, now] of after) {
      const was = before.get(key);
      const isAsked = now.state === 'STOPPING' && isUp(was) && was?.pid === now.pid; // else it ended by itself
      if (!isAsked) continue;
      for (const other of after.values())
        if (this.#dependsOn(other.name, now.program))
          expect(other.state, `${other.name} while ${key} stops`).not.toMatch(/STARTING|RUNNING|STOPPING/);
    }
  }

  #dependsOn(key: string, program: string): boolean {
    return planOf(this.machine, key)?.dependsOn.some((dependency) => dependency.program === program) === true;
  }

  #perform(effect: SuperviseEffect, states: ReadonlyMap<string, ProgramState>): void {
    expect(this.end, 'an effect after finish').toBeUndefined();
    switch (effect.effect) {
      case 'spawn':
        return this.#spawn(effect.program, states);
      case 'signal':
        return this.#signal(effect.program, effect.signal, effect.wholeTree);
      case 'clear':
        return this.#clear(effect.program);
      case 'drain': {
        const leaf = this.#leaf(effect.program);
        leaf.asked = 'drain';
        return this.#answer(effect.program, leaf);
      }
      case 'command':
        return this.#command(effect.program, effect.purpose);
      case 'freeze':
        return this.freezer.freeze(effect.program, () => this.push({ type: 'frozen', program: effect.program }));
      case 'thaw':
        return this.freezer.thaw(effect.program);
      case 'freezeAll':
        return this.freezer.freeze(undefined, () => this.push({ type: 'allFrozen' }));
      case 'thawAll':
        return this.freezer.thaw(undefined);
      case 'arm':
        this.#leaf(effect.program).timers.add(effect.timer);
        return;
      case 'disarm':
        this.#leaf(effect.program).timers.delete(effect.timer);
        return;
      case 'startProbe':
        this.#leaf(effect.program).probes.add(effect.probe);
        return;
      case 'stopProbe':
        this.#leaf(effect.program).probes.delete(effect.probe);
        return;
      case 'plan':
        return this.#plan(effect.program);
      case 'unplan':
        this.#leaf(effect.program).isPlanned = false;
        return;
      case 'forget':
        return this.#forget(effect.program);
      case 'armGrace':
        this.#isGraceArmed = true;
        return;
      case 'killAll':
        for (const [key, leaf] of this.#leaves) this.#kill(key, leaf, true);
        return;
      case 'finish':
        this.end = effect.end;
        for (const [key, leaf] of this.#leaves)
          expect(leaf, `${key} outlives its container`).toMatchObject({ main: undefined, others: 0 });
        return;
      default:
    }
  }

  #spawn(key: string, states: ReadonlyMap<string, ProgramState>): void {
    const leaf = this.#leaf(key);
    const plan = planOf(this.machine, key);
    this.spawns += 1;
    expect(phaseOf(this.machine), 'a spawn outside of the running phase').toBe('running');
    expect(leaf.main, `two copies of ${key}`).toBeUndefined();
    expect(this.freezer.isFrozen(key), `${key} was started while it is paused`).toBe(false);
    if (leaf.wholeTree)
      expect(leaf, `the last run of ${key} is not gone`).toMatchObject({ others: 0, command: undefined });
    for (const { program, condition } of plan?.dependsOn ?? [])
      for (const state of states.values())
        if (state.program === program && state.message?.endsWith('removed from the spec') !== true)
          expect(satisfies(state, condition), `${key} before ${state.label} was ${condition}: ${state.state}`).toBe(
            true,
          );
    leaf.wholeTree = plan?.stop.wholeTree ?? true;
    if (this.#dice() < 0.1)
      return this.push({ type: 'spawnFailed', program: key, exitCode: 127, message: 'not found' });
    this.#pid += 1;
    leaf.main = this.#pid;
    this.push({ type: 'spawned', program: key, pid: this.#pid });
  }

  /** Nothing can be started in what stands still. */
  #command(program: string, purpose: 'stop' | 'reload'): void {
    if (this.freezer.isFrozen(program))
      this.push({ type: 'commandEnded', program, purpose, exitCode: 128, message: 'its cgroup is frozen' });
    else this.#leaf(program).command = purpose;
  }

  #plan(program: string): void {
    const next = this.#dice() < 0.9 ? '2027-01-01T00:00:00.000Z' : undefined;
    this.#leaf(program).isPlanned = next !== undefined;
    this.push({ type: 'planned', program, next });
  }

  /** Some obey at once, some later or never. */
  #signal(key: string, signal: number, wholeTree: boolean): void {
    if (wholeTree && this.#dice() < 0.5) this.othersExit(key);
    if (this.#dice() < 0.5) this.exit(key, 128 + signal, signal);
    this.#answer(key, this.#leaf(key));
  }

  #clear(key: string): void {
    const leaf = this.#leaf(key);
    leaf.asked = 'clear';
    this.#kill(key, leaf, leaf.wholeTree);
  }

  #kill(key: string, leaf: Leaf, wholeTree: boolean): void {
    if (!this.freezer.reachesByKill(key))
      return this.freezer.happen(key, false, () => this.#kill(key, leaf, wholeTree));
    if (wholeTree) leaf.others = 0;
    if (leaf.command !== undefined && wholeTree) this.commandEnds(key, 137);
    this.exit(key, 137, 9);
    this.#answer(key, leaf);
  }

  #answer(key: string, leaf: Leaf): void {
    const isEmpty = leaf.main === undefined && (!leaf.wholeTree || (leaf.others === 0 && leaf.command === undefined));
    if (leaf.asked === undefined || !isEmpty) return;
    leaf.asked = undefined;
    this.push({ type: 'cleared', program: key });
  }

  #forget(key: string): void {
    const leaf = this.#leaf(key);
    expect(leaf.main, `${key} was forgotten while it lives`).toBeUndefined();
    if (leaf.wholeTree) expect(leaf.others, `the tree of ${key} was forgotten`).toBe(0);
    expect([...leaf.probes], `probes of the forgotten ${key}`).toEqual([]);
    expect(leaf.isPlanned, `the schedule of the forgotten ${key}`).toBe(false);
    expect(historyOf(this.machine, key)).toEqual([]);
    if (leaf.others === 0) this.#leaves.delete(key);
  }

  /** PID 1 hears of it each time it has reaped its last child. */
  #reapLast(): void {
    const isChildless = [...this.#leaves.values()].every(
      ({ main, others, command }) => main === undefined && others === 0 && command === undefined,
    );
    const phase = phaseOf(this.machine);
    const isWoundDown = phase === 'stopping' || phase === 'ending';
    if (isChildless && (isWoundDown ? this.#queue.length === 0 && this.end === undefined : !this.#wasChildless))
      this.push({ type: 'childless' });
    this.#wasChildless = isChildless;
  }
}
