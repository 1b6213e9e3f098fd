/** Builders, and a world with a fake clock, for the health machine of a container. */
import { stepHealth } from '../../../src/init/container-health.ts';
import {
  type Health,
  type HealthEffect,
  type HealthEvent,
  type HealthTimer,
  newHealth,
  type ProbeName,
} from '../../../src/init/health-machine.ts';
import type { ContainerProbeSpec, HealthSpec } from '../../../src/model/lifecycle-spec.ts';

export const aProbe = (overrides: Partial<ContainerProbeSpec> = {}): ContainerProbeSpec => ({
  handler: { kind: 'exec', argv: ['/bin/check'] },
  initialDelayMs: 0,
  periodMs: 10_000,
  timeoutMs: 1_000,
  successThreshold: 1,
  failureThreshold: 3,
  ...overrides,
});

export const aHealth = (overrides: Partial<HealthSpec> = {}): HealthSpec => ({
  graceMs: 30_000,
  restarts: true,
  ...overrides,
});

export const aHook = { kind: 'exec', argv: ['/bin/hook'] } as const;

/** What a probe sees at that time; undefined: it cannot be asked. */
export type Answer = (nowMs: number, probe: ProbeName) => boolean | undefined;

/** Answers take `takesMs`; hooks end only when the test says so. `log` has lines `<ms> <what>`. */
export class HealthWorld {
  health: Health;
  nowMs = 0;
  readonly log: string[] = [];
  readonly #answer: Answer;
  readonly #takesMs: number;
  readonly #due = new Map<string, { readonly atMs: number; readonly event: HealthEvent }>();

  constructor(spec: HealthSpec, answer: Answer = () => true, takesMs = 0) {
    this.health = newHealth('app', spec);
    this.#answer = answer;
    this.#takesMs = takesMs;
  }

  emit(event: HealthEvent): this {
    const { health, effects } = stepHealth(this.health, event, this.nowMs);
    this.health = health;
    for (const effect of effects) this.#perform(effect);
    return this;
  }

  /** Lets everything happen that is due until then. */
  runTo(untilMs: number): this {
    for (;;) {
      const [next] = [...this.#due].sort(([, a], [, b]) => a.atMs - b.atMs);
      if (next === undefined || next[1].atMs > untilMs) break;
      this.#due.delete(next[0]);
      this.nowMs = next[1].atMs;
      this.emit(next[1].event);
    }
    this.nowMs = untilMs;
    return this;
  }

  /** Timers and attempts that are under way. */
  pending(): readonly string[] {
    return [...this.#due.keys()];
  }

  /** When the probe was asked. */
  asked(probe: ProbeName): readonly number[] {
    return this.log.filter((line) => line.endsWith(` ask ${probe}`)).map((line) => Number(line.split(' ')[0]));
  }

  /** Without what was asked. */
  told(): readonly string[] {
    return this.log.filter((line) => !line.includes(' ask '));
  }

  #perform(effect: HealthEffect): void {
    const say = (what: string): void => void this.log.push(`${this.nowMs} ${what}`);
    switch (effect.effect) {
      case 'attempt':
        return this.#attempt(effect.probe);
      case 'arm':
        this.#due.set(effect.timer, {
          atMs: this.nowMs + effect.ms,
          event: { type: 'due', timer: effect.timer as HealthTimer },
        });
        return;
      case 'cancel':
        this.#due.delete(effect.timer);
        this.#due.delete(`attempt ${effect.timer}`);
        return;
      case 'note':
        return say(`${effect.reason}: ${effect.message}`);
      case 'stop':
        return say(`stop within ${effect.graceMs}`);
      case 'runHook':
        return say(`run ${effect.hook}`);
      case 'cancelHook':
        return say('cancel the hook');
      default:
        return say(effect.effect);
    }
  }

  #attempt(probe: ProbeName): void {
    this.log.push(`${this.nowMs} ask ${probe}`);
    const key = `attempt ${probe}`;
    if (this.#due.has(key) || this.#due.has(probe)) throw new Error(`${probe} is asked twice at once`);
    const ok = this.#answer(this.nowMs, probe);
    const event: HealthEvent = { type: 'answered', probe, ok, message: ok === true ? 'fine' : 'broken' };
    this.#due.set(key, { atMs: this.nowMs + this.#takesMs, event });
  }
}
