/** The words of the container's health machine (container-health.ts): what happens, what is to be done, what is remembered. */
import type { ContainerProbeSpec, HealthSpec, HookSpec } from '../model/lifecycle-spec.ts';
import type { ProbeVerdict } from './probe-verdict.ts';

export type ProbeName = 'startup' | 'readiness' | 'liveness';
export type HookName = 'postStart' | 'preStop';
export type HealthTimer = ProbeName | 'grace';

export type HealthEvent =
  /** the programs that start at once have been exec'd */
  | { readonly type: 'begin' }
  | { readonly type: 'hookEnded'; readonly hook: HookName; readonly ok: boolean }
  | { readonly type: 'due'; readonly timer: HealthTimer }
  /** `ok` undefined: it could not even be asked, which counts neither way */
  | {
      readonly type: 'answered';
      readonly probe: ProbeName;
      readonly ok: boolean | undefined;
      readonly message: string;
      /** of a success that is no proof */
      readonly warning?: string;
    }
  | { readonly type: 'stopRequested'; readonly graceMs: number }
  /** the whole container stands still */
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  /** it is ending by itself */
  | { readonly type: 'ending' }
  | { readonly type: 'updated'; readonly spec: HealthSpec };

export type HealthEffect =
  /** answered by hookEnded */
  | { readonly effect: 'runHook'; readonly hook: HookName; readonly spec: HookSpec }
  | { readonly effect: 'cancelHook' }
  /** answered by answered, within the probe's timeout */
  | { readonly effect: 'attempt'; readonly probe: ProbeName; readonly spec: ContainerProbeSpec }
  /** (re)start the timer */
  | { readonly effect: 'arm'; readonly timer: HealthTimer; readonly ms: number }
  /** its timer and its attempt */
  | { readonly effect: 'cancel'; readonly timer: HealthTimer }
  /** thaw what stands still: it is to stop */
  | { readonly effect: 'resume' }
  /** stop the programs */
  | { readonly effect: 'stop'; readonly graceMs: number }
  | { readonly effect: 'note'; readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string };

/** A probe that is being asked; without `nextAtMs` an attempt is under way since `askedAtMs`. */
export interface Watch {
  readonly verdict: ProbeVerdict;
  readonly nextAtMs?: number;
  readonly askedAtMs: number;
  /** what the newest failure said */
  readonly message?: string;
}

type Watches = Readonly<Partial<Record<ProbeName, Watch>>>;

export interface Health {
  readonly container: string;
  readonly spec: HealthSpec;
  readonly stage: 'idle' | 'postStart' | 'probing' | 'preStop' | 'over';
  /** monotonic, of `begin`; later by the time that it was paused */
  readonly sinceMs: number;
  /** postStart, if there is one, has ended well */
  readonly isUp: boolean;
  /** the startup probe, if there is one, has succeeded */
  readonly isStarted: boolean;
  /** it is being ended for a probe that failed */
  readonly isUnhealthy: boolean;
  readonly pausedAtMs?: number | undefined;
  /** in preStop: when the grace that is left for everything began */
  readonly stop?: { readonly sinceMs: number; readonly graceMs: number };
  readonly watches: Watches;
}

/** Before anything ran. */
export const newHealth = (container: string, spec: HealthSpec): Health => ({
  container,
  spec,
  stage: 'idle',
  sinceMs: 0,
  isUp: false,
  isStarted: false,
  isUnhealthy: false,
  watches: {},
});
