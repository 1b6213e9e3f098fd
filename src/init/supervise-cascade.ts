/** A restart that spreads: to those that depend on a restarted program and ask for it (dependsOn.cascade), and on to theirs. */
import { type Program, type StopOrder, wantedPlan } from './supervise-machine.ts';
import { freshCounters, want } from './supervise-start.ts';
import { cancelStart, leave } from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';

/** `isForced`: whatever the manifest says, all dependants restart. What rests or was stopped goes on so. Returns those reached. */
export function cascadeFrom(turn: Turn, restarted: readonly string[], isForced: boolean): readonly string[] {
  const done = new Set(restarted);
  const queue = [...restarted];
  for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
    const name = turn.get(key)?.plan.program ?? '';
    for (const dependant of dependantsOf(turn, name, isForced)) {
      if (done.has(dependant.plan.name)) continue;
      done.add(dependant.plan.name);
      queue.push(dependant.plan.name);
      refresh(turn, dependant, `restarted with ${name}`);
    }
  }
  return [...done].slice(restarted.length);
}

const dependantsOf = (turn: Turn, name: string, isForced: boolean): readonly Program[] =>
  (turn.graph.dependants.get(name) ?? [])
    .flatMap((index) => turn.programs[index] ?? [])
    .filter((dependant) => isForced || wantedPlan(dependant).dependsOn.some((d) => d.program === name && d.cascade));

/** Restarted with something else: who lives stops and starts again, who failed or waits begins anew, who rests goes on resting. */
export function refresh(turn: Turn, program: Program, why: string): boolean {
  const {
    life,
    plan: { name, label },
  } = program;
  const order: StopOrder = { after: 'start', why };
  switch (life.state) {
    case 'STARTING':
    case 'RUNNING':
      if (life.leaving !== undefined) return false;
      leave(turn, { ...program, life }, order);
      break;
    case 'STOPPING':
      if (life.order.after !== 'judge') return false;
      turn.patch(name, { life: { ...life, order } });
      break;
    case 'WAITING':
      turn.patch(name, freshCounters);
      return false;
    case 'EXITED':
      if (life.isExpected) return false;
      want(turn, name, why, freshCounters);
      break;
    case 'BACKOFF':
    case 'FATAL':
      cancelStart(turn, program);
      want(turn, name, why, freshCounters);
      break;
    default:
      return false;
  }
  turn.affected.add(label);
  return true;
}
