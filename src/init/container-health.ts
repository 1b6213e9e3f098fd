/**
 * The container as a whole: hooks and probes as the kubelet performs them, as a pure machine: (health, event, now) → health + effects.
 * Total: an event that means nothing in a stage changes nothing. HealthHands (health-hands.ts) are its hands.
 *
 *   idle ──begin──▶ postStart ──ok──▶ probing ──stop asked for, or a probe failed──▶ preStop ──ended, or grace over──▶ over
 *                       └──failed───────────────────────────────────────────────────────┘  (no preStop, or no grace: at once)
 *
 * `startup` gates the other two. Readiness is asked until the very end; liveness and startup only until the container is to stop.
 */
import { type ContainerProbeSpec, type HealthSpec, minimumGraceMs } from '../model/lifecycle-spec.ts';
import type { HealthState } from '../protocol/init.ts';
import { sameJson } from '../util/same-json.ts';
import type { Health, HealthEffect, HealthEvent, HookName, ProbeName, Watch } from './health-machine.ts';
import { firstVerdict, noteResult, type ProbeVerdict } from './probe-verdict.ts';

export interface HealthStep {
  /** the same object when nothing changed */
  readonly health: Health;
  /** to be performed in this order before the next event */
  readonly effects: readonly HealthEffect[];
}

/**
 * The kubelet hears of a start within about a second and asks then. Here it is asked at once, so that who is quick is ready at once; a
 * failure within this time does not count, and is asked again when it is over.
 */
export const settleMs = 1_000;

/** One step; `nowMs` is monotonic. */
export function stepHealth(health: Health, event: HealthEvent, nowMs: number): HealthStep {
  const draft = new Draft(health, nowMs);
  perform(draft, event);
  return { health: draft.health, effects: draft.effects };
}

/** As podd is told. */
export function healthState({ spec, stage, isUp, isStarted, watches }: Health): HealthState {
  if (!isUp) return { started: false, ready: false, message: stage === 'postStart' ? 'postStart runs' : 'not started' };
  if (!isStarted) return { started: false, ready: false, message: waitingFor('startup', watches.startup) };
  const { readiness } = watches;
  if (spec.readiness === undefined || readiness?.verdict.ok === true) return { started: true, ready: true };
  return { started: true, ready: false, message: waitingFor('readiness', readiness) };
}

const waitingFor = (probe: ProbeName, watch: Watch | undefined): string =>
  watch?.message ?? `the ${probe} probe has not succeeded yet`;

/** One step in the making. */
class Draft {
  health: Health;
  readonly nowMs: number;
  readonly effects: HealthEffect[] = [];

  constructor(health: Health, nowMs: number) {
    this.health = health;
    this.nowMs = nowMs;
  }

  set(change: Partial<Health>): void {
    this.health = { ...this.health, ...change };
  }

  watch(probe: ProbeName, watch: Watch | undefined): void {
    const { [probe]: _before, ...others } = this.health.watches;
    this.set({ watches: watch === undefined ? others : { ...others, [probe]: watch } });
  }

  emit(...effects: readonly HealthEffect[]): void {
    this.effects.push(...effects);
  }

  note(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.emit({ effect: 'note', type, reason, message });
  }
}

function perform(draft: Draft, event: HealthEvent): void {
  switch (event.type) {
    case 'begin':
      return begin(draft);
    case 'hookEnded':
      return hookEnded(draft, event.hook, event.ok);
    case 'due':
      return event.timer === 'grace' ? graceIsOver(draft) : ask(draft, event.timer);
    case 'answered':
      return answered(draft, event);
    case 'stopRequested':
      return stopRequested(draft, event.graceMs);
    case 'paused':
      return pause(draft);
    case 'resumed':
      return resume(draft);
    case 'ending':
      return end(draft);
    default:
      return update(draft, event.spec);
  }
}

function begin(draft: Draft): void {
  const { spec, stage } = draft.health;
  if (stage !== 'idle') return;
  draft.set({ sinceMs: draft.nowMs });
  if (spec.postStart === undefined) return startProbing(draft);
  draft.set({ stage: 'postStart' });
  draft.emit({ effect: 'runHook', hook: 'postStart', spec: spec.postStart });
}

function hookEnded(draft: Draft, hook: HookName, ok: boolean): void {
  const { stage } = draft.health;
  if (stage !== hook) return;
  if (hook === 'preStop') {
    if (!ok) draft.note('Warning', 'FailedPreStopHook', 'PreStopHook failed');
    return goOnToStop(draft);
  }
  if (ok) return startProbing(draft);
  draft.set({ stage: 'probing' });
  draft.note('Warning', 'FailedPostStartHook', 'PostStartHook failed');
  endFor(draft, 'FailedPostStartHook', draft.health.spec.graceMs);
}

function startProbing(draft: Draft): void {
  draft.set({ stage: 'probing', isUp: true });
  if (draft.health.spec.startup === undefined) return toStarted(draft);
  startWatch(draft, 'startup', firstVerdict('liveness'));
}

function toStarted(draft: Draft): void {
  draft.set({ isStarted: true });
  for (const probe of ['readiness', 'liveness'] as const) startWatch(draft, probe, firstVerdict(probe));
}

/** Its first attempt comes after the initial delay, counted from the container's start. */
function startWatch(draft: Draft, probe: ProbeName, verdict: ProbeVerdict): void {
  const { spec, sinceMs } = draft.health;
  const own = spec[probe];
  if (own === undefined) return;
  // an early answer of liveness would be of no use
  const delayMs = probe === 'liveness' ? Math.max(own.initialDelayMs, settleMs) : own.initialDelayMs;
  askAt(draft, probe, { verdict, askedAtMs: 0 }, sinceMs + delayMs);
}

function askAt(draft: Draft, probe: ProbeName, watch: Watch, atMs: number): void {
  const nextAtMs = Math.max(atMs, draft.nowMs);
  draft.watch(probe, { ...watch, nextAtMs });
  if (draft.health.pausedAtMs !== undefined) return;
  if (nextAtMs <= draft.nowMs) return ask(draft, probe);
  draft.emit({ effect: 'arm', timer: probe, ms: nextAtMs - draft.nowMs });
}

function ask(draft: Draft, probe: ProbeName): void {
  const { watches, spec, pausedAtMs } = draft.health;
  const own = spec[probe];
  const watch = watches[probe];
  if (watch?.nextAtMs === undefined || own === undefined || pausedAtMs !== undefined) return;
  const { nextAtMs: _due, ...rest } = watch;
  draft.watch(probe, { ...rest, askedAtMs: draft.nowMs });
  draft.emit({ effect: 'attempt', probe, spec: own });
}

type Answered = Extract<HealthEvent, { readonly type: 'answered' }>;

const words: Readonly<Record<ProbeName, string>> = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' };

function answered(draft: Draft, event: Answered): void {
  const { watches, spec, sinceMs } = draft.health;
  const { probe, ok } = event;
  const own = spec[probe];
  const watch = watches[probe];
  if (watch === undefined || watch.nextAtMs !== undefined || own === undefined) return;
  if (event.warning !== undefined)
    draft.note('Warning', 'ProbeWarning', `${words[probe]} probe warning: ${event.warning}`);
  if (probe === 'startup' && ok === true) return startupSucceeded(draft);
  const next = watch.askedAtMs + own.periodMs;
  const isEarly = ok === false && watch.askedAtMs < sinceMs + settleMs;
  const told = ok === true ? withoutMessage(watch) : { ...watch, message: describe(event) };
  if (isEarly) return askAt(draft, probe, told, Math.min(next, sinceMs + settleMs));
  if (ok !== true) draft.note('Warning', 'Unhealthy', describe(event));
  const verdict = ok === undefined ? watch.verdict : noteResult(watch.verdict, ok, own);
  if (probe !== 'readiness' && !verdict.ok) return failed(draft, probe, own);
  askAt(draft, probe, { ...told, verdict }, next);
}

function startupSucceeded(draft: Draft): void {
  draft.watch('startup', undefined);
  toStarted(draft);
}

const describe = ({ probe, ok, message }: Answered): string =>
  `${words[probe]} probe ${ok === undefined ? 'errored' : 'failed'}: ${message}`;

const withoutMessage = ({ message: _gone, ...rest }: Watch): Watch => rest;

function failed(draft: Draft, probe: ProbeName, { graceMs }: ContainerProbeSpec): void {
  const { container, spec } = draft.health;
  draft.set({ isUnhealthy: true });
  const then = spec.restarts ? ', will be restarted' : '';
  endFor(draft, `Container ${container} failed ${probe} probe${then}`, graceMs ?? spec.graceMs);
}

/** Podinit's own decision. */
function endFor(draft: Draft, message: string, graceMs: number): void {
  draft.note('Normal', 'Killing', message);
  beginStop(draft, Math.max(graceMs, minimumGraceMs));
}

function stopRequested(draft: Draft, graceMs: number): void {
  const { stage, stop } = draft.health;
  if (stage === 'over') return draft.emit({ effect: 'stop', graceMs });
  if (stage !== 'preStop' || stop === undefined) return beginStop(draft, graceMs);
  if (graceMs === 0) {
    draft.emit({ effect: 'cancelHook' });
    return stopNow(draft, 0);
  }
  const restMs = stop.sinceMs + stop.graceMs - draft.nowMs;
  if (graceMs >= restMs) return;
  draft.set({ stop: { sinceMs: draft.nowMs, graceMs } });
  draft.emit({ effect: 'arm', timer: 'grace', ms: graceMs });
}

function beginStop(draft: Draft, graceMs: number): void {
  const { spec, stage, pausedAtMs } = draft.health;
  for (const probe of ['startup', 'liveness'] as const) endWatch(draft, probe);
  if (stage === 'postStart') draft.emit({ effect: 'cancelHook' });
  if (pausedAtMs !== undefined) draft.emit({ effect: 'resume' });
  if (spec.preStop === undefined || graceMs === 0 || stage === 'idle') return stopNow(draft, graceMs);
  draft.set({ stage: 'preStop', stop: { sinceMs: draft.nowMs, graceMs } });
  draft.emit(
    { effect: 'runHook', hook: 'preStop', spec: spec.preStop },
    { effect: 'arm', timer: 'grace', ms: graceMs },
  );
}

/** What preStop has left of the grace. */
function goOnToStop(draft: Draft): void {
  const { stop = { sinceMs: draft.nowMs, graceMs: 0 } } = draft.health;
  draft.emit({ effect: 'cancel', timer: 'grace' });
  stopNow(draft, Math.max(stop.sinceMs + stop.graceMs - draft.nowMs, minimumGraceMs));
}

/** As for the kubelet, preStop may run on beside the stop; it ends with the container. */
function graceIsOver(draft: Draft): void {
  if (draft.health.stage === 'preStop') stopNow(draft, minimumGraceMs);
}

function stopNow(draft: Draft, graceMs: number): void {
  draft.set({ stage: 'over' });
  draft.emit({ effect: 'stop', graceMs });
}

function end(draft: Draft): void {
  const { stage } = draft.health;
  if (stage === 'over') return;
  if (stage === 'postStart' || stage === 'preStop') draft.emit({ effect: 'cancelHook' });
  if (stage === 'preStop') draft.emit({ effect: 'cancel', timer: 'grace' });
  for (const probe of probeNames) endWatch(draft, probe);
  draft.set({ stage: 'over' });
}

const probeNames: readonly ProbeName[] = ['startup', 'readiness', 'liveness'];

function endWatch(draft: Draft, probe: ProbeName): void {
  if (draft.health.watches[probe] === undefined) return;
  draft.watch(probe, undefined);
  draft.emit({ effect: 'cancel', timer: probe });
}

/** Ready is what answers: it has to answer again afterwards. */
function pause(draft: Draft): void {
  const { watches, pausedAtMs } = draft.health;
  if (pausedAtMs !== undefined) return;
  draft.set({ pausedAtMs: draft.nowMs });
  for (const probe of probeNames) {
    const watch = watches[probe];
    if (watch === undefined) continue;
    draft.emit({ effect: 'cancel', timer: probe });
    const verdict = probe === 'readiness' ? firstVerdict('readiness') : watch.verdict;
    draft.watch(probe, { ...watch, verdict, nextAtMs: watch.nextAtMs ?? draft.nowMs });
  }
}

/** Its time stood still. */
function resume(draft: Draft): void {
  const { watches, sinceMs, pausedAtMs } = draft.health;
  if (pausedAtMs === undefined) return;
  const heldMs = draft.nowMs - pausedAtMs;
  draft.set({ pausedAtMs: undefined, sinceMs: sinceMs + heldMs });
  for (const probe of probeNames) {
    const watch = watches[probe];
    if (watch?.nextAtMs !== undefined) askAt(draft, probe, watch, watch.nextAtMs + heldMs);
  }
}

/** Probes that changed begin anew, and it stays as ready as it was; hooks are those of the next time. */
function update(draft: Draft, spec: HealthSpec): void {
  const { spec: before, stage } = draft.health;
  const wasReady = healthState(draft.health).ready;
  draft.set({ spec });
  if (stage !== 'probing' && stage !== 'over') return;
  const changed = probeNames.filter((probe) => !sameJson(before[probe], spec[probe]));
  for (const probe of changed) endWatch(draft, probe);
  if (!draft.health.isStarted) {
    if (!changed.includes('startup')) return;
    if (spec.startup === undefined) toStarted(draft);
    else startWatch(draft, 'startup', firstVerdict('liveness'));
    return;
  }
  if (changed.includes('readiness')) startWatch(draft, 'readiness', { ok: wasReady, against: 0 });
  if (changed.includes('liveness') && stage === 'probing') startWatch(draft, 'liveness', firstVerdict('liveness'));
}
