/** What an apply does to each program that runs, said before it is done. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { planPrograms } from '../launch/plan-programs.ts';
import type { ContainerSpec, PodSpec, ProgramSpec } from '../model/pod-spec.ts';
import { programLabel } from '../model/program-name.ts';
import type { ProgramEffect } from '../protocol/api.ts';
import { containerDrift } from './container-drift.ts';
import { diffPrograms, type ProgramDifference } from './diff-programs.ts';

export interface EffectsContext {
  readonly host: HostFacts;
  /** what depends on a restarted program restarts, whatever dependsOn says */
  readonly cascade: boolean;
  /** the pod is made anew: every container restarts */
  readonly recreates: boolean;
  /** containers that do not run because a user stopped them: nothing happens there */
  readonly stopped: readonly string[];
}

/** By container and instance; a container with a plain command is told of by its fields alone. */
export function planProgramEffects(from: PodSpec, to: PodSpec, context: EffectsContext): readonly ProgramEffect[] {
  const names = new Set([...to.containers, ...from.containers].map(({ name }) => name));
  return [...names].flatMap((name) => {
    if (context.stopped.includes(name)) return [];
    const before = from.containers.find((container) => container.name === name);
    const after = to.containers.find((container) => container.name === name);
    return containerEffects(before, after, from, context).map((effect) => ({ container: name, ...effect }));
  });
}

type Effect = Omit<ProgramEffect, 'container'>;

function containerEffects(
  before: ContainerSpec | undefined,
  after: ContainerSpec | undefined,
  pod: PodSpec,
  context: EffectsContext,
): readonly Effect[] {
  if (before === undefined) return all(after, 'start', 'its container is added');
  if (after === undefined) return all(before, 'stop', 'its container is removed');
  const drift = containerDrift(before, after);
  if (drift === 'restart' || context.recreates) return anew(before, after);
  if (drift !== 'programs') return [];
  const change = { pod, before, after, host: context.host };
  const differences = diffPrograms(change);
  return [...differences.map((difference) => effectOf(difference, after)), ...cascade(differences, change, context)];
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

function effectOf({ label, program, change, fields }: ProgramDifference, after: ContainerSpec): Effect {
  const why = fields.join(', ');
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
      return { program: label, effect: 'restart', why };
    case 'in-place':
      return { program: label, effect: 'change', why };
  }
}

/** Those that restart because what they depend on does, by dependsOn.cascade or by request; through any number of steps. */
function cascade(
  differences: readonly ProgramDifference[],
  { pod, after, host }: Parameters<typeof diffPrograms>[0],
  context: EffectsContext,
): readonly Effect[] {
  const restarted = differences.filter(({ change }) => change === 'restart');
  const done = new Set(restarted.map(({ key }) => key));
  const queue = restarted.map(({ program }) => program);
  const plans = planPrograms(pod, after, host, 0);
  const effects: Effect[] = [];
  for (let cause = queue.shift(); cause !== undefined; cause = queue.shift()) {
    for (const { name, program, label, dependsOn } of plans) {
      const follows = dependsOn.some((on) => on.program === cause && (on.cascade || context.cascade));
      if (!follows || done.has(name)) continue;
      done.add(name);
      queue.push(program);
      effects.push({ program: label, effect: 'restart', why: `restarts with ${cause}` });
    }
  }
  return effects;
}

function labelsOf({ name, instances }: ProgramSpec): readonly string[] {
  const hasInstances = instances !== undefined;
  return Array.from({ length: instances ?? 1 }, (_, n) => programLabel(name, n, hasInstances));
}
