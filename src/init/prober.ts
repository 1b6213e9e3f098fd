/**
 * One probe of one program, over and over. Kubernetes' rules: the first attempt after initialDelay, then one every
 * period, from start to start, never two at once; a readiness that has never succeeded is asked every startPeriod.
 * All times are monotonic.
 */
import type { ProbeSpec } from '../model/pod-spec.ts';
import { setLongTimeout } from './long-timeout.ts';
import type { ProbeKind } from './machine.ts';
import { attemptOnce } from './probe-attempt.ts';
import type { RunExec } from './probe-exec.ts';
import { firstVerdict, noteResult, type ProbeResult, type ProbeVerdict } from './probe-verdict.ts';

export interface Prober {
  /** ends an attempt that is under way; no verdict comes any more */
  stop(): void;
}

/**
 * Probe until stopped. `onVerdict` is called from the event loop when the verdict turns, and only then: a readiness
 * begins as not ok, a liveness as ok. `message` says what the last attempt saw.
 */
export function startProber(
  probe: ProbeSpec,
  kind: ProbeKind,
  runExec: RunExec,
  onVerdict: (ok: boolean, message: string) => void,
): Prober {
  return new ProbeLoop(probe, kind, runExec, onVerdict);
}

class ProbeLoop implements Prober {
  readonly #probe: ProbeSpec;
  readonly #runExec: RunExec;
  readonly #onVerdict: (ok: boolean, message: string) => void;
  #verdict: ProbeVerdict;
  #isStarting: boolean;
  #isStopped = false;
  /** of the timer or of the attempt: there is always exactly one of the two */
  #cancel: () => void;

  constructor(probe: ProbeSpec, kind: ProbeKind, runExec: RunExec, onVerdict: (ok: boolean, message: string) => void) {
    this.#probe = probe;
    this.#runExec = runExec;
    this.#onVerdict = onVerdict;
    this.#verdict = firstVerdict(kind);
    this.#isStarting = kind === 'readiness';
    this.#cancel = setLongTimeout(() => this.#attempt(), probe.initialDelayMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #attempt(): void {
    const startedAt = performance.now();
    this.#cancel = attemptOnce(this.#probe, this.#runExec, (result) => {
      this.#arm(startedAt, result.ok);
      this.#judge(result);
    });
  }

  #arm(startedAt: number, ok: boolean): void {
    if (ok) this.#isStarting = false;
    const periodMs = this.#isStarting ? this.#probe.startPeriodMs : this.#probe.periodMs;
    this.#cancel = setLongTimeout(() => this.#attempt(), startedAt + periodMs - performance.now());
  }

  #judge(result: ProbeResult): void {
    const before = this.#verdict;
    this.#verdict = noteResult(before, result.ok, this.#probe);
    if (!this.#isStopped && this.#verdict.ok !== before.ok) this.#onVerdict(result.ok, result.message);
  }
}
