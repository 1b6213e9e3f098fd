/** What an apply does to each program that runs, said before it is done. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { planPrograms } from '../launch/plan-programs.ts';
import type { ContainerSpec, PodSpec, ProgramSpec } from '../model/pod-spec.ts';
import { mainProgramName, programLabel } from '../model/program-name.ts';
import type { ProgramEffect } from '../protocol/api.ts';
import type { ProgramState } from '../protocol/init.ts';
import { isReleased, startsAnew } from './adjust-to-presence.ts';
import { containerDrift } from './container-drift.ts';
import { containerEffect } from './container-effect.ts';
import type { ProgramDifference } from './diff-programs.ts';
import { followersOf, joinedContainers } from './order.ts';
import { hasFailed, isAtRest, type Presence } from './presence.ts';

export interface EffectsContext {
  readonly host: HostFacts;
  /** what depends on a restarted program restarts, whatever dependsOn says */
  readonly cascade: boolean;
  /** the pod is made anew: every container restarts */
  readonly recreates: boolean;
  /** what of the pod runs */
  readonly presence: Presence;
  /** containers that do not run because a user stopped them: nothing happens there */
  readonly stopped: readonly string[];
}

/** By container and instance; a container with a plain command is told of by its fields, and here when another one makes it start anew. */
export function planProgramEffects(from: PodSpec, to: PodSpec, context: EffectsContext): readonly ProgramEffect[] {
  const names = new Set([...to.containers, ...from.containers].map(({ name }) => name));
  const followers = followersOf(restartedContainers(from, to), to);
  return [...names].flatMap((name) => {
    if (context.stopped.includes(name)) return [];
    const before = from.containers.find((container) => container.name === name);
    const after = to.containers.find((container) => container.name === name);
    const effects = followers.includes(name)
      ? followed(after, context)
      : containerEffects(before, after, from, context);
    return effects.map((effect) => ({ container: name, ...effect }));
  });
}

type Effect = Omit<ProgramEffect, 'container'>;

function restartedContainers(from: PodSpec, to: PodSpec): readonly string[] {
  return to.containers.flatMap((after) => {
    const before = from.containers.find(({ name }) => name === after.name);
    return before !== undefined && containerDrift(before, after) === 'restart' ? [after.name] : [];
  });
}

/** It joined a namespace of one that starts anew. */
function followed(container: ContainerSpec | undefined, context: EffectsContext): readonly Effect[] {
  if (container === undefined || !runs(container, context)) return [];
  const why = `its container is in namespaces of ${joinedContainers(container).join(', ')}`;
  if (container.isPlain) return [{ program: mainProgramName, effect: 'restart', why }];
  return all(container, 'restart', why);
}

const runs = ({ name }: ContainerSpec, { presence }: EffectsContext): boolean =>
  (presence[name]?.state ?? 'running') === 'running';

function containerEffects(
  before: ContainerSpec | undefined,
  after: ContainerSpec | undefined,
  pod: PodSpec,
  context: EffectsContext,
): readonly Effect[] {
  if (before === undefined) return all(after, 'start', 'its container is added');
  if (after === undefined) return runs(before, context) ? all(before, 'stop', 'its container is removed') : [];
  if (!runs(before, context)) return idleEffects(before, after, pod, context);
  const drift = containerDrift(before, after);
  if (drift === 'restart' || context.recreates) return anew(before, after);
  if (drift !== 'programs' && drift !== 'contents') return [];
  const differences = containerEffect(before, after, { pod, host: context.host }).programs;
  const states = context.presence[after.name]?.programs ?? [];
  return [
    ...differences.map((difference) => effectOf(difference, after, states)),
    ...cascade(differences, { pod, after, states, context }),
  ];
}

/** Of a container that ended or waits for its restart. */
function idleEffects(
  before: ContainerSpec,
  after: ContainerSpec,
  pod: PodSpec,
  { host, recreates }: EffectsContext,
): readonly Effect[] {
  const isStarted = recreates || startsAnew(containerEffect(before, after, { pod, host }));
  return isStarted ? all(after, 'start', 'its container starts anew') : [];
}

function all(container: ContainerSpec | undefined, effect: Effect['effect'], why: string): readonly Effect[] {
  if (container === undefined || container.isPlain) return [];
  return container.programs.flatMap((program) => labelsOf(program).map((label) => ({ program: label, effect, why })));
}

function anew(before: ContainerSpec, after: ContainerSpec): readonly Effect[] {
  const why = 'its container restarts';
  const old = new Set(before.isPlain ? [] : before.programs.flatMap(labelsOf));
  const kept = all(after, 'restart', why).map(
    (effect): Effect => (old.has(effect.program) ? effect : { ...effect, effect: 'start' }),
  );
  const names = new Set(kept.map(({ program }) => program));
  return [...kept, ...all(before, 'stop', why).filter(({ program }) => !names.has(program))];
}

type States = readonly ProgramState[];

function effectOf(difference: ProgramDifference, after: ContainerSpec, states: States): Effect {
  const { key, label, program, change, fields } = difference;
  const why = fields.join(', ');
  const state = states.find(({ name }) => name === key);
  switch (change) {
    case 'added': {
      const isStarted = after.programs.find(({ name }) => name === program)?.autostart !== false;
      const added = why === '' ? 'added' : why;
      if (isStarted) return { program: label, effect: 'start', why: added };
      return { program: label, effect: 'change', why: `${added}; it starts on request (autostart: false)` };
    }
    case 'removed':
      return { program: label, effect: 'stop', why: why === '' ? 'removed' : why };
    case 'restart':
      return { program: label, ...restartOf(state, why) };
    case 'in-place':
      return { program: label, effect: isReleased(difference, state) ? 'start' : 'change', why };
  }
}

/** Of a program as it is: one that rests goes on resting, one that failed is started. */
function restartOf(state: ProgramState | undefined, why: string): Pick<Effect, 'effect' | 'why'> {
  if (state === undefined) return { effect: 'restart', why };
  if (isAtRest(state)) return { effect: 'change', why: `${why}; it is ${state.state}: from its next start on` };
  return { effect: hasFailed(state) ? 'start' : 'restart', why };
}

interface Cascade {
  readonly pod: PodSpec;
  readonly after: ContainerSpec;
  readonly states: States;
  readonly context: EffectsContext;
}

/** Those that restart because what they depend on does, by dependsOn.cascade or by request; through any number of steps. */
function cascade(
  differences: readonly ProgramDifference[],
  { pod, after, states, context }: Cascade,
): readonly Effect[] {
  const stateOf = new Map(states.map((state) => [state.name, state]));
  const rests = (key: string): boolean => {
    const state = stateOf.get(key);
    return state !== undefined && isAtRest(state);
  };
  const restarted = differences.filter(({ change, key }) => change === 'restart' && !rests(key));
  const done = new Set(restarted.map(({ key }) => key));
  const queue = restarted.map(({ program }) => program);
  const plans = planPrograms(pod, after, context.host, 0);
  const effects: Effect[] = [];
  for (let cause = queue.shift(); cause !== undefined; cause = queue.shift()) {
    for (const { name, program, label, dependsOn } of plans) {
      const follows = dependsOn.some((on) => on.program === cause && (on.cascade || context.cascade));
      if (!follows || done.has(name)) continue;
      done.add(name);
      queue.push(program);
      if (rests(name)) continue;
      effects.push({ program: label, ...restartOf(stateOf.get(name), `restarts with ${cause}`) });
    }
  }
  return effects;
}

function labelsOf({ name, instances }: ProgramSpec): readonly string[] {
  const hasInstances = instances !== undefined;
  return Array.from({ length: instances ?? 1 }, (_, n) => programLabel(name, n, hasInstances));
}
