/**
 * Whether a program's dependencies hold, and in words what it waits for. All instances of a dependency must satisfy its condition;
 * one without instances does. A program that is about to be stopped is neither started nor ready any more.
 */
import type { DependencySpec } from '../model/pod-spec.ts';
import type { Graph } from './supervise-graph.ts';
import { type Life, type Program, runOf, wantedPlan } from './supervise-machine.ts';

export type Condition = DependencySpec['condition'];

/** How a condition stands; `blocker`: an instance that does not satisfy it, one that has failed for good if there is one. */
export interface Standing {
  readonly blocker?: Program;
  /** the blocker will not satisfy it unless somebody does something */
  readonly isHopeless: boolean;
}

/** What is asked: the programs as they are in this step. */
export interface View {
  readonly programs: readonly Program[];
  readonly graph: Graph;
  readonly standings?: Map<string, Map<Condition, Standing>>;
}

export const holds = (standing: Standing): boolean => standing.blocker === undefined;

/** How the condition of one dependency stands; in a step, computed once until an instance changes. */
export function standingOf(view: View, { program, condition }: DependencySpec): Standing {
  const known = view.standings?.get(program);
  const answer = known?.get(condition) ?? computeStanding(view, program, condition);
  if (known !== undefined) known.set(condition, answer);
  else view.standings?.set(program, new Map([[condition, answer]]));
  return answer;
}

function computeStanding(view: View, program: string, condition: Condition): Standing {
  let blocker: Program | undefined;
  for (const index of view.graph.instances.get(program) ?? []) {
    const instance = view.programs[index];
    if (instance === undefined || satisfies[condition](instance)) continue;
    if (isHopeless(instance)) return { blocker: instance, isHopeless: true };
    blocker ??= instance;
  }
  return { ...(blocker === undefined ? {} : { blocker }), isHopeless: false };
}

/** Its dependencies that do not hold now, in the manifest's order. */
export const blockersOf = (view: View, program: Program): readonly (Standing & { readonly of: DependencySpec })[] =>
  wantedPlan(program)
    .dependsOn.map((of) => ({ of, ...standingOf(view, of) }))
    .filter((standing) => !holds(standing));

/** `waits for db to be ready (db is BACKOFF: exited with code 1; restarts in 2s)`; undefined when all hold. */
export function describeBlockers(view: View, program: Program): string | undefined {
  const parts = blockersOf(view, program).map(
    ({ of, blocker }) => `${of.program} ${wanted[of.condition]} (${blocker === undefined ? '' : describe(blocker)})`,
  );
  return parts.length === 0 ? undefined : `waits for ${parts.join(', and for ')}`;
}

/** `db is ready, migrate has succeeded` */
export const describeHeld = (program: Program): string =>
  wantedPlan(program)
    .dependsOn.map(({ program: name, condition }) => `${name} ${reached[condition]}`)
    .join(', ');

/** Answers of one view: by dependency and condition. */
type Known = Map<string, boolean>;

/**
 * Nothing will start this program any more: it waits for one that ended for good, or for one that waits so itself.
 * Programs that a user stopped or has yet to start give hope: a user is there.
 */
export const waitsInVain = (view: View, program: Program, known: Known): boolean =>
  waitsForLost(view, program, isOver, known);

/** It waits for what does not come by itself: as waitsInVain, but for one that is STOPPED or paused too. */
export const isBlocked = (view: View, program: Program, known: Known): boolean =>
  waitsForLost(
    view,
    program,
    (other) => other.life.state === 'STOPPED' || other.pause !== undefined || isOver(other),
    known,
  );

type Lost = (program: Program) => boolean;

function waitsForLost(view: View, program: Program, isLost: Lost, known: Known): boolean {
  const { life } = program;
  if (life.state !== 'WAITING' || life.until === 'due') return false;
  return wantedPlan(program).dependsOn.some((of) => isLostDependency(view, of, isLost, known));
}

function isLostDependency(view: View, { program, condition }: DependencySpec, isLost: Lost, known: Known): boolean {
  const key = `${program} ${condition}`;
  const answer = known.get(key);
  if (answer !== undefined) return answer;
  known.set(key, true); // should they ever wait for each other, it is in vain
  const isNever = instancesOf(view, program)
    .filter((instance) => !satisfies[condition](instance))
    .some((instance) => isLost(instance) || waitsForLost(view, instance, isLost, known));
  known.set(key, isNever);
  return isNever;
}

const instancesOf = (view: View, name: string): readonly Program[] =>
  (view.graph.instances.get(name) ?? []).flatMap((index) => view.programs[index] ?? []);

const stays = (life: Life): boolean =>
  (life.state === 'STARTING' || life.state === 'RUNNING') && life.leaving === undefined;

const hasEnded = ({ life: { state } }: Program): boolean => state === 'EXITED' || state === 'FATAL';

const satisfies: Readonly<Record<Condition, (program: Program) => boolean>> = {
  started: (program) =>
    hasEnded(program) ? program.starts > 0 : stays(program.life) && runOf(program.life) !== undefined,
  ready: ({ life, pause }) => life.state === 'RUNNING' && life.ready && stays(life) && pause === undefined,
  completed: hasEnded,
  succeeded: ({ life }) => life.state === 'EXITED' && life.isExpected,
};

/** It has ended, and no schedule starts it again. */
const isOver = (program: Program): boolean => hasEnded(program) && program.plan.schedule === undefined;

/** Asked only of those that do not satisfy the condition. */
const isHopeless = (program: Program): boolean =>
  isOver(program) ||
  (program.life.state === 'STOPPED' && program.life.byRequest && program.plan.schedule === undefined);

const describe = ({ plan, life, message, pause }: Program): string => {
  if (pause !== undefined && life.state === 'RUNNING') return `${plan.label} is paused`;
  const isTold = message !== undefined && life.state !== 'WAITING';
  return `${plan.label} is ${life.state}${isTold ? `: ${message}` : ''}`;
};

const wanted: Readonly<Record<Condition, string>> = {
  started: 'to be started',
  ready: 'to be ready',
  completed: 'to complete',
  succeeded: 'to succeed',
};

const reached: Readonly<Record<Condition, string>> = {
  started: 'has started',
  ready: 'is ready',
  completed: 'has completed',
  succeeded: 'has succeeded',
};
