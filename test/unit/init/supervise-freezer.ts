/** The freezer of the tiny world (supervise-world.ts): what stands still does nothing, and what was sent to it waits for the thaw. */
import { expect } from 'vitest';
import type { Machine } from '../../../src/init/supervise.ts';

export interface Watched {
  readonly timers: ReadonlySet<string>;
  readonly probes: ReadonlySet<string>;
}

export class WorldFreezer {
  /** as cgroup v2: SIGKILL reaches what stands still */
  readonly #killsFrozen: boolean;
  readonly #leaves = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();
  /** the answers that are yet to be given */
  readonly #answers: { readonly key: string | undefined; readonly give: () => void }[] = [];
  #isAll = false;

  constructor(killsFrozen: boolean) {
    this.#killsFrozen = killsFrozen;
  }

  /** Without a key, all. `give` comes with `answer`. */
  freeze(key: string | undefined, give: () => void): void {
    if (key === undefined) this.#isAll = true;
    else this.#leaves.add(key);
    this.#answers.push({ key, give });
  }

  /** All stands still at last. */
  answer(): void {
    for (const { give } of this.#answers.splice(0)) give();
  }

  thaw(key: string | undefined): void {
    if (key === undefined) this.#isAll = false;
    else this.#leaves.delete(key);
    const kept = this.#answers.filter((answer) => answer.key !== key);
    this.#answers.splice(0, this.#answers.length, ...kept);
    for (const name of [...this.#waiting.keys()]) if (!this.isFrozen(name)) this.#letGo(name);
  }

  isFrozen(key: string): boolean {
    return this.#isAll || this.#leaves.has(key);
  }

  /** A KILL by PID 1 thaws a leaf that is frozen alone (v1). */
  reachesByKill(key: string): boolean {
    return this.#killsFrozen || !this.#isAll || !this.isFrozen(key);
  }

  /** Now, or once it is thawed. */
  happen(key: string, isKill: boolean, action: () => void): void {
    if (!this.isFrozen(key) || (isKill && this.#killsFrozen)) return action();
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), action]);
  }

  /** What the machine believes is so, and nothing asks or times what stands still. */
  expectAgreement({ programs, pause }: Machine, watchedOf: (key: string) => Watched | undefined): void {
    for (const program of programs) {
      const { name } = program.plan;
      const isHeld = (pause ?? program.pause) !== undefined;
      expect(this.isFrozen(name), `${name} stands still`).toBe(isHeld);
      const watched = watchedOf(name);
      if (!isHeld && program.life.state === 'RUNNING' && program.plan.liveness !== undefined)
        expect([...(watched?.probes ?? [])], `probes of ${name}, which runs`).toContain('liveness');
      if (!isHeld || watched === undefined) continue;
      expect([...watched.timers], `timers of the paused ${name}`).not.toContain('start');
      expect([...watched.probes], `probes of the paused ${name}`).not.toContain('liveness');
    }
  }

  #letGo(key: string): void {
    const actions = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const action of actions) action();
  }
}
