/** A pass over one pod: decides and acts until nothing is to do now. */
import { decide } from './decide.ts';
import { type Engine, noteEvent } from './engine.ts';
import { execute } from './execute.ts';
import { beginAnew, type Pod, viewOfPod } from './pod.ts';
import { isEnding, nextLife } from './pod-life.ts';

/** Rounds of one pass; more means that an action does not do what it is chosen for. */
const maxRounds = 200;

/** Resolves to when something is due by itself (monotonic); undefined: nothing is. `isOver`: podd ends. */
export async function settlePod(
  engine: Engine,
  pod: Pod,
  { isOver, publish }: { readonly isOver: () => boolean; readonly publish: (pod: Pod) => void },
): Promise<number | undefined> {
  const { clock } = engine.deps;
  for (let round = 0; round < maxRounds; round++) {
    if (isOver() || pod.phase === 'terminated') return undefined;
    advanceLife(engine, pod);
    const decision = decide(pod.spec, viewOfPod(pod), clock.monotonicMs());
    if (decision.kind !== 'act') {
      pod.observedGeneration = pod.generation;
      publish(pod);
      return decision.kind === 'wait' ? decision.untilMs : undefined;
    }
    await execute(engine, pod, decision.actions);
  }
  throw new Error(`bug: not settled after ${maxRounds} rounds`);
}

function advanceLife(engine: Engine, pod: Pod): void {
  const nowMs = engine.deps.clock.monotonicMs();
  const before = pod.life;
  const life = nextLife(pod.spec, viewOfPod(pod), nowMs);
  if (life !== before) {
    pod.life = life;
    if (before.restartAll === true && life.restartAll !== true && life.failure === undefined) beginAnew(pod);
    if (life.failure !== undefined) noteEvent(engine, pod, 'Normal', life.failure.reason, life.failure.message);
    engine.save(pod);
  }
  if (pod.phase !== 'sync' || !isEnding(pod.spec, viewOfPod(pod))) pod.ending = undefined;
  else pod.ending ??= { graceMs: pod.spec.graceMs, deadlineMs: nowMs + pod.spec.graceMs };
}
