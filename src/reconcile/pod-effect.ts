/** What the difference between two versions of a pod does to it. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { ChangeCost } from '../protocol/api.ts';
import { sameJson } from '../util/same-json.ts';
import { sandboxDiffers } from './container-drift.ts';
import { type ContainerEffect, containerEffect } from './container-effect.ts';

export interface PodEffect {
  /** of the pod itself: `nothing`, `in-place` or `recreate-pod` */
  readonly cost: ChangeCost;
  /** containers that are in both versions */
  readonly containers: readonly ContainerEffect[];
}

/** Containers that come or go are left out: each of those is a change of its own. */
export function podEffect(from: PodSpec, to: PodSpec, host: HostFacts): PodEffect {
  const kept = to.containers.flatMap((after) => {
    const before = from.containers.find(({ name }) => name === after.name);
    return before === undefined ? [] : [containerEffect(before, after, { pod: from, host })];
  });
  return { cost: ownCost(from, to), containers: kept };
}

function ownCost(from: PodSpec, to: PodSpec): ChangeCost {
  if (sandboxDiffers(from, to) || podNamespacesDiffer(from, to)) return 'recreate-pod';
  const rest = ({ containers: _, ...others }: PodSpec) => others;
  return sameJson(rest(from), rest(to)) ? 'nothing' : 'in-place';
}

/** A pod-wide switch such as hostNetwork moved containers from one namespace to another. */
function podNamespacesDiffer(from: PodSpec, to: PodSpec): boolean {
  return from.containers.some((before) => {
    const after = to.containers.find(({ name }) => name === before.name);
    return after !== undefined && !sameJson(before.namespaces, after.namespaces);
  });
}
