/** What follows from a change for its neighbours: who waited may start, who is to stop may have its turn. */
import { isLive, leavingOf, type Program, type ProgramIn, wantedPlan } from './supervise-machine.ts';
import { tryStart } from './supervise-start.ts';
import { tryStop } from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';

/** Until nothing moves any more. It ends: WAITING only ever becomes STARTING here, and leaving STOPPING. */
export function settle(turn: Turn): void {
  while (turn.touched.size > 0) {
    const keys = [...turn.touched];
    turn.touched.clear();
    for (const index of neighbours(turn, keys)) look(turn, index);
  }
}

/** The places of the changed ones, of those that depend on them, and of those they depend on. */
function neighbours(turn: Turn, keys: readonly string[]): ReadonlySet<number> {
  const { indexOf, dependants, all } = turn.graph;
  const changed = keys.flatMap((key) => turn.get(key) ?? []);
  const below = changed.filter((program) => !isLive(program)).flatMap((program) => wantedPlan(program).dependsOn);
  return new Set([
    ...changed.flatMap(({ plan }) => indexOf.get(plan.name) ?? []),
    ...places(dependants, new Set(changed.map(({ plan }) => plan.program))),
    ...places(all, new Set(below.map(({ program }) => program))),
  ]);
}

const places = (map: ReadonlyMap<string, readonly number[]>, names: ReadonlySet<string>): readonly number[] =>
  [...names].flatMap((name) => map.get(name) ?? []);

function look(turn: Turn, index: number): void {
  const program = turn.programs[index];
  if (program === undefined) return;
  if (isWaiting(program)) tryStart(turn, program);
  else if (isLeaving(program)) tryStop(turn, program);
}

const isWaiting = (program: Program): program is ProgramIn<'WAITING'> => program.life.state === 'WAITING';

const isLeaving = (program: Program): program is ProgramIn<'STARTING' | 'RUNNING'> =>
  leavingOf(program.life) !== undefined;
