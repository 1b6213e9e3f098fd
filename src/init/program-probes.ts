/** The probes of one program that runs: readiness and liveness, by whatever way its plan says. */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ProbeSpec } from '../model/pod-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { matchLine } from './log-line-matcher.ts';
import type { ProbeKind } from './machine.ts';
import { startProber } from './prober.ts';
import type { ProgramOutput } from './program-output.ts';
import { type CommandDeps, runProbeCommand } from './run-command.ts';

export interface ProbesDeps extends CommandDeps {
  readonly output: () => ProgramOutput;
  readonly onVerdict: (kind: ProbeKind, ok: boolean, message: string) => void;
}

export class ProgramProbes {
  readonly #deps: ProbesDeps;
  readonly #stops = new Map<ProbeKind, () => void>();

  constructor(deps: ProbesDeps) {
    this.#deps = deps;
  }

  start(kind: ProbeKind, plan: ProgramPlan): void {
    this.stop(kind);
    const stop = kind === 'liveness' ? this.#startLiveness(plan) : this.#startReadiness(plan);
    if (stop !== undefined) this.#stops.set(kind, stop);
  }

  stop(kind: ProbeKind): void {
    this.#stops.get(kind)?.();
    this.#stops.delete(kind);
  }

  stopAll(): void {
    for (const kind of [...this.#stops.keys()]) this.stop(kind);
  }

  #startLiveness(plan: ProgramPlan): (() => void) | undefined {
    return plan.liveness === undefined ? undefined : this.#probe(plan.liveness, 'liveness', plan);
  }

  /** notify and notifyFd have been open since the program's start (notify-way.ts). */
  #startReadiness(plan: ProgramPlan): (() => void) | undefined {
    const { readiness } = plan;
    switch (readiness?.kind) {
      case undefined:
      case 'notify':
      case 'notifyFd':
        return undefined;
      case 'probe':
        return this.#probe(readiness.probe, 'readiness', plan);
      case 'logLine':
        return this.#watchLines(readiness.pattern);
      default:
        return assertNever(readiness, 'readiness');
    }
  }

  #probe(spec: ProbeSpec, kind: ProbeKind, { exec }: ProgramPlan): () => void {
    const prober = startProber(
      spec,
      kind,
      (argv, timeoutMs, done) =>
        runProbeCommand({ ...exec, argv, stdin: false, tty: false }, timeoutMs, this.#deps, done),
      (ok, message) => this.#deps.onVerdict(kind, ok, message),
    );
    return () => prober.stop();
  }

  #watchLines(pattern: string): (() => void) | undefined {
    try {
      const matches = matchLine(pattern);
      return this.#deps.output().watchLines((line) => {
        if (!matches(line)) return;
        this.stop('readiness');
        this.#deps.onVerdict('readiness', true, `it printed ${JSON.stringify(line.slice(0, 200))}`);
      });
    } catch (error) {
      this.#deps.onVerdict('readiness', false, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}
