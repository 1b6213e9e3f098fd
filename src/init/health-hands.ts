/** Performs what the container's health machine decides (container-health.ts): its hooks, probes and timers. */
import type { ContainerProbeSpec, HealthSpec, HookSpec } from '../model/lifecycle-spec.ts';
import type { HealthState } from '../protocol/init.ts';
import { assertNever } from '../util/assert-never.ts';
import { healthState, stepHealth } from './container-health.ts';
import {
  type Health,
  type HealthEffect,
  type HealthEvent,
  type HealthTimer,
  type HookName,
  newHealth,
  type ProbeName,
} from './health-machine.ts';
import { setLongTimeout } from './long-timeout.ts';
import { attemptOnce } from './probe-attempt.ts';
import type { RunExec } from './probe-exec.ts';
import type { ProbeResult } from './probe-verdict.ts';
import { probeWords } from './probe-words.ts';
import { isPaused, type Machine, phaseOf } from './supervise.ts';

export interface HealthDeps {
  readonly container: string;
  /** as a program of the container */
  readonly runExec: RunExec;
  readonly onNote: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** what `state` tells is no longer what it was */
  readonly onChange: () => void;
  /** the programs are to stop */
  readonly onStop: (graceMs: number) => void;
  /** the container is to be thawed */
  readonly onResume: () => void;
}

/** Of a container that has neither probes nor hooks. */
export const noHealth: HealthSpec = { graceMs: 0, restarts: true };

/** Tells it what the machine of the programs has come to. */
export function followContainer(hands: HealthHands, before: Machine, now: Machine): void {
  if (isPaused(before) !== isPaused(now)) hands.emit({ type: isPaused(now) ? 'paused' : 'resumed' });
  if (phaseOf(before) !== phaseOf(now) && phaseOf(now) !== 'running') hands.emit({ type: 'ending' });
}

/** Events wait in a queue while a step is performed, as the Supervisor's. */
export class HealthHands {
  readonly #deps: HealthDeps;
  readonly #queue: HealthEvent[] = [];
  readonly #timers = new Map<HealthTimer, () => void>();
  readonly #attempts = new Map<ProbeName, () => void>();
  #cancelHook = (): void => {};
  #health: Health;
  #isPerforming = false;

  constructor(spec: HealthSpec, deps: HealthDeps) {
    this.#deps = deps;
    this.#health = newHealth(deps.container, spec);
  }

  emit(event: HealthEvent): void {
    this.#queue.push(event);
    if (this.#isPerforming) return;
    this.#isPerforming = true;
    const before = this.#health;
    try {
      while (this.#queue.length > 0) this.#step();
    } finally {
      this.#isPerforming = false;
    }
    if (this.#health !== before) this.#deps.onChange();
  }

  state(): HealthState {
    return healthState(this.#health);
  }

  /** postStart, if there is one, has ended well: the container counts as running. */
  isUp(): boolean {
    return this.#health.isUp;
  }

  /** It is on its way out, though its programs may run on until preStop has ended. */
  isStopping(): boolean {
    return this.#health.stage === 'preStop' || this.#health.stage === 'over';
  }

  /** It ended, or ends, for a probe that failed. */
  isUnhealthy(): boolean {
    return this.#health.isUnhealthy;
  }

  close(): void {
    this.#cancelHook();
    for (const cancel of [...this.#timers.values(), ...this.#attempts.values()]) cancel();
  }

  #step(): void {
    const event = this.#queue.shift();
    if (event === undefined) return;
    const { health, effects } = stepHealth(this.#health, event, performance.now());
    this.#health = health;
    for (const effect of effects) this.#tryPerform(effect);
  }

  /** PID 1 lives on, whatever fails. */
  #tryPerform(effect: HealthEffect): void {
    try {
      this.#perform(effect);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#deps.onNote('Warning', 'EffectFailed', `${effect.effect}: ${why}`);
    }
  }

  #perform(effect: HealthEffect): void {
    switch (effect.effect) {
      case 'runHook':
        return this.#runHook(effect.hook, effect.spec);
      case 'cancelHook':
        return this.#cancelHook();
      case 'attempt':
        return this.#attempt(effect.probe, effect.spec);
      case 'arm':
        return this.#arm(effect.timer, effect.ms);
      case 'cancel':
        return this.#cancel(effect.timer);
      case 'resume':
        return this.#deps.onResume();
      case 'stop':
        return this.#deps.onStop(effect.graceMs);
      case 'note':
        return this.#deps.onNote(effect.type, effect.reason, effect.message);
      default:
        return assertNever(effect, 'health effect');
    }
  }

  /** As the kubelet: without a time limit of its own, and any HTTP answer is a success. */
  #runHook(hook: HookName, spec: HookSpec): void {
    this.#cancelHook();
    const done = (ok: boolean): void => this.emit({ type: 'hookEnded', hook, ok });
    this.#cancelHook =
      spec.kind === 'sleep'
        ? setLongTimeout(() => done(true), spec.ms)
        : attemptOnce({ handler: spec, timeoutMs: Number.POSITIVE_INFINITY }, this.#deps.runExec, (result) =>
            done(result.ok || result.status !== undefined),
          );
  }

  #attempt(probe: ProbeName, spec: ContainerProbeSpec): void {
    const { handler } = spec;
    if ('port' in handler && handler.port === 0) {
      this.emit({ type: 'answered', probe, ok: undefined, message: "couldn't find its port" });
      return;
    }
    const done = (result: ProbeResult): void => {
      const message = result.ok ? result.message : probeWords(handler, spec.timeoutMs, result);
      const warning = result.warning === undefined ? {} : { warning: result.warning };
      this.emit({ type: 'answered', probe, ok: result.ok, message, ...warning });
    };
    this.#attempts.set(probe, attemptOnce(spec, this.#deps.runExec, done));
  }

  #arm(timer: HealthTimer, ms: number): void {
    this.#timers.get(timer)?.();
    this.#timers.set(
      timer,
      setLongTimeout(() => this.emit({ type: 'due', timer }), ms),
    );
  }

  #cancel(timer: HealthTimer): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
    if (timer === 'grace') return;
    this.#attempts.get(timer)?.();
    this.#attempts.delete(timer);
  }
}
