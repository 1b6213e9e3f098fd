/** Who depends on whom, computed once per set of plans. */
import type { ProgramPlan } from '../model/launch-plan.ts';

export interface Graph {
  /** key → place in Machine.programs */
  readonly indexOf: ReadonlyMap<string, number>;
  /** program name → places of all its instances */
  readonly all: ReadonlyMap<string, readonly number[]>;
  /** the same without those that are being removed: what conditions are about */
  readonly instances: ReadonlyMap<string, readonly number[]>;
  /** program name → places of those that depend on it */
  readonly dependants: ReadonlyMap<string, readonly number[]>;
}

export function graphOf(nodes: readonly { readonly plan: ProgramPlan; readonly isRemoved: boolean }[]): Graph {
  const indexOf = new Map<string, number>();
  const all = new Map<string, number[]>();
  const instances = new Map<string, number[]>();
  const dependants = new Map<string, number[]>();
  for (const [index, { plan, isRemoved }] of nodes.entries()) {
    indexOf.set(plan.name, index);
    addTo(all, plan.program, index);
    if (!isRemoved) addTo(instances, plan.program, index);
    for (const name of new Set(plan.dependsOn.map(({ program }) => program))) addTo(dependants, name, index);
  }
  return { indexOf, all, instances, dependants };
}

function addTo(map: Map<string, number[]>, name: string, index: number): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [index]);
  else list.push(index);
}
