/** What the difference between two versions of a container does to it while it runs. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import type { ChangeCost } from '../protocol/api.ts';
import { sameJson } from '../util/same-json.ts';
import { completeDrift, lackedAtStart } from './container-drift.ts';
import { dearest } from './cost-order.ts';
import { contentsCost, withContents } from './diff-contents.ts';
import { diffPrograms, type ProgramDifference } from './diff-programs.ts';

export interface ContainerEffect {
  readonly container: string;
  readonly cost: ChangeCost;
  /** its programs that are not as they were; empty when all of them start anew with the container */
  readonly programs: readonly ProgramDifference[];
  /** users, groups and capabilities that only a new start of the container gives */
  readonly lacks: readonly string[];
}

export interface EffectContext {
  /** the pod that it runs in */
  readonly pod: PodSpec;
  readonly host: HostFacts;
  /** the container with all its programs, where the two versions have only some */
  readonly whole?: ContainerSpec;
}

/** Adding a container touches none that runs; removing it ends it. That something may be missing which it needs is not looked at. */
export function containerEffect(
  before: ContainerSpec | undefined,
  after: ContainerSpec | undefined,
  { pod, host, whole = before }: EffectContext,
): ContainerEffect {
  const nothing = { container: (after ?? before)?.name ?? '', programs: [], lacks: [] };
  if (before === undefined || whole === undefined) return { ...nothing, cost: 'in-place' };
  if (after === undefined) return { ...nothing, cost: 'restart-container' };
  const drift = completeDrift(before, after, whole);
  if (drift === 'restart') return { ...nothing, cost: 'restart-container', lacks: lackedAtStart(whole, after) };
  if (drift === 'programs' || drift === 'contents') {
    const programs = withContents(diffPrograms({ pod, before, after, host }), before, after);
    const isRestart = programs.some(({ change }) => change === 'restart');
    return {
      ...nothing,
      cost: dearest([isRestart ? 'restart-program' : 'in-place', contentsCost(before, after)]),
      programs,
    };
  }
  const isTakenOver =
    drift === 'resources' ||
    !sameJson(before.restartRules, after.restartRules) ||
    before.restartPolicy !== after.restartPolicy ||
    !sameJson(before.ports, after.ports);
  return { ...nothing, cost: isTakenOver ? 'in-place' : 'nothing' };
}
