/**
 * One step in the making: a draft of the next machine and the effects so far. It is mutable, but only inside `supervise`,
 * which throws it away when the step is made; programs and machines themselves never change.
 */
import type { ContainerEnd, Moment, SuperviseEffect } from './machine.ts';
import type { Condition, Standing } from './supervise-dependencies.ts';
import type { Graph } from './supervise-graph.ts';
import {
  graphOfPrograms,
  isPlain,
  type Life,
  type Machine,
  type Pause,
  type Phase,
  type Program,
} from './supervise-machine.ts';

/** Decisions kept per program (`podctl why`). */
const historyLength = 50;

export class Turn {
  readonly moment: Moment;
  readonly effects: SuperviseEffect[] = [];
  /** labels of the programs that a request or an update moves */
  readonly affected = new Set<string>();
  /** keys of those that changed: they and their neighbours are to be looked at (supervise-settle.ts) */
  readonly touched = new Set<string>();
  /** answers about a program's conditions, kept until one of its instances changes */
  readonly standings = new Map<string, Map<Condition, Standing>>();
  phase: Phase;
  end: ContainerEnd | undefined;
  /** of the whole container */
  pause: Pause | undefined;
  isKilling: boolean;
  isChildless: boolean;
  /** a program ended by itself in this step: perhaps it was the last one */
  hasEnded = false;
  #programs: Program[];
  #graph: Graph;
  readonly #before: Machine;
  #isChanged = false;

  constructor(machine: Machine, moment: Moment) {
    this.#before = machine;
    this.moment = moment;
    this.phase = machine.phase;
    this.end = machine.end;
    this.pause = machine.pause;
    this.isKilling = machine.isKilling;
    this.isChildless = machine.isChildless;
    this.#programs = [...machine.programs];
    this.#graph = machine.graph;
  }

  get programs(): readonly Program[] {
    return this.#programs;
  }

  get graph(): Graph {
    return this.#graph;
  }

  /** No notes: podd tells of the container's end, and that is all there is to tell. */
  get isPlain(): boolean {
    return isPlain(this.#programs);
  }

  get(key: string): Program | undefined {
    const index = this.#graph.indexOf.get(key);
    return index === undefined ? undefined : this.#programs[index];
  }

  /** Why the program stands still, if it does. */
  heldOf(program: Program): Pause | undefined {
    return this.pause ?? program.pause;
  }

  /** Changes what is remembered of a program; who is not there any more stays away. */
  patch(key: string, change: Partial<Omit<Program, 'history'>>): void {
    const program = this.get(key);
    if (program !== undefined) this.#put({ ...program, ...change });
  }

  /** Into a new state; the message is of the old one and goes. */
  enter(key: string, life: Life, message?: string, change: Partial<Omit<Program, 'life' | 'message'>> = {}): void {
    this.patch(key, { ...change, life, message });
  }

  /** For `podctl why`: what was decided about the program as it is now, and the cause. */
  decide(key: string, what: string, cause: string): void {
    const program = this.get(key);
    if (program === undefined) return;
    const decision = { at: this.moment.at, state: program.life.state, what, cause };
    this.#put({ ...program, history: [...program.history.slice(1 - historyLength), decision] });
  }

  /** The programs from now on, all of them to be looked at. */
  replacePrograms(programs: readonly Program[]): void {
    this.#programs = [...programs];
    this.#graph = graphOfPrograms(programs);
    this.#isChanged = true;
    this.standings.clear();
    for (const { plan } of programs) this.touched.add(plan.name);
  }

  remove(key: string): void {
    this.replacePrograms(this.#programs.filter(({ plan }) => plan.name !== key));
  }

  emit(...effects: readonly SuperviseEffect[]): void {
    this.effects.push(...effects);
  }

  note(type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (!this.isPlain) this.effects.push({ effect: 'note', type, reason, message });
  }

  /** The next machine: the same object when nothing changed. */
  machine(): Machine {
    const before = this.#before;
    const { phase, end, pause, isKilling, isChildless } = this;
    const isSame =
      !this.#isChanged &&
      phase === before.phase &&
      end === before.end &&
      pause === before.pause &&
      isKilling === before.isKilling &&
      isChildless === before.isChildless;
    if (isSame) return before;
    const programs = this.#isChanged ? this.#programs : before.programs;
    const ofContainer = { ...(end === undefined ? {} : { end }), ...(pause === undefined ? {} : { pause }) };
    return { phase, graph: this.#graph, programs, isKilling, isChildless, ...ofContainer };
  }

  #put(program: Program): void {
    const index = this.#graph.indexOf.get(program.plan.name);
    if (index === undefined) return;
    this.#programs[index] = program;
    this.#isChanged = true;
    this.touched.add(program.plan.name);
    this.standings.delete(program.plan.program);
  }
}
