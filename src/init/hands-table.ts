/** The hands of all programs, by key; made when first needed. */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ProgramHands } from './program-hands.ts';

export class HandsTable {
  readonly #make: (plan: ProgramPlan) => ProgramHands;
  readonly #hands = new Map<string, ProgramHands>();
  /** of programs that are gone */
  #linesDropped = 0;

  constructor(make: (plan: ProgramPlan) => ProgramHands) {
    this.#make = make;
  }

  /** Without a plan those that are there; they follow the plan that is given. */
  of(key: string, plan: ProgramPlan | undefined): ProgramHands | undefined {
    const known = this.#hands.get(key);
    if (plan === undefined) return known;
    known?.follow(plan);
    if (known !== undefined) return known;
    const hands = this.#make(plan);
    this.#hands.set(key, hands);
    return hands;
  }

  /** In-place changes hold from now on. */
  follow(planOf: (key: string) => ProgramPlan | undefined): void {
    for (const [key, hands] of this.#hands) {
      const plan = planOf(key);
      if (plan !== undefined) hands.follow(plan);
    }
  }

  forget(key: string): void {
    const hands = this.#hands.get(key);
    this.#hands.delete(key);
    hands?.close();
    this.#linesDropped += hands?.linesDropped() ?? 0;
  }

  all(): readonly ProgramHands[] {
    return [...this.#hands.values()];
  }

  size(): number {
    return this.#hands.size;
  }

  linesDropped(): number {
    return this.all().reduce((sum, hands) => sum + hands.linesDropped(), this.#linesDropped);
  }
}
