/** What differs between the programs of two versions of a container, instance by instance, and what that costs. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { planPrograms } from '../launch/plan-programs.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec, ProgramSpec } from '../model/pod-spec.ts';
import { programChange } from '../model/program-change.ts';
import type { ChangeCost } from '../protocol/api.ts';
import { sameJson } from '../util/same-json.ts';

/** Two versions of a container whose drift is `programs`, in the pod that it runs in. */
export interface ContainerChange {
  readonly pod: PodSpec;
  readonly before: ContainerSpec;
  readonly after: ContainerSpec;
  readonly host: HostFacts;
}

/** One instance of a program that is not as it was. */
export interface ProgramDifference {
  /** programKey */
  readonly key: string;
  readonly label: string;
  readonly program: string;
  readonly change: 'added' | 'removed' | 'restart' | 'in-place';
  /** the changed fields in the manifest's words; empty when the whole program came or went */
  readonly fields: readonly string[];
}

/** In the order of the newer version, what was removed last. */
export function diffPrograms(change: ContainerChange): readonly ProgramDifference[] {
  const from = plansOf(change, change.before);
  const to = plansOf(change, change.after);
  const keys = new Set([...to.keys(), ...from.keys()]);
  return [...keys].flatMap((key) => differenceOf(key, from.get(key), to.get(key), change));
}

/** What one field of one program costs by itself; `field` as the manifest names it, undefined: the program came or went. */
export function programFieldCost(change: ContainerChange, program: string, field: string | undefined): ChangeCost {
  const before = programOf(change.before, program);
  const after = programOf(change.after, program);
  if (before === undefined || after === undefined || field === undefined) return 'in-place';
  const keys = specKeys[field] ?? [field];
  const mixed: ProgramSpec = { ...before, ...Object.fromEntries(keys.map((key) => [key, Reflect.get(after, key)])) };
  if (sameJson(before, mixed)) return 'nothing';
  const only = (spec: ProgramSpec) => [...plansOf(change, { ...change.before, programs: [spec] }).values()];
  const plans = new Map(only(mixed).map((plan) => [plan.name, plan]));
  const isRestart = only(before).some((plan) => {
    const next = plans.get(plan.name);
    return next !== undefined && programChange(plan, next) === 'restart';
  });
  return isRestart ? 'restart-program' : 'in-place';
}

/** The dearest of what a container's changed programs cost. */
export function programsCost(change: ContainerChange): ChangeCost {
  return diffPrograms(change).some((difference) => difference.change === 'restart') ? 'restart-program' : 'in-place';
}

/**
 * With the resources that the container was started with: what Kubernetes computes from them, oom_score_adj, stays as it is while
 * the container runs.
 */
function plansOf({ pod, before, host }: ContainerChange, container: ContainerSpec): ReadonlyMap<string, ProgramPlan> {
  const plans = planPrograms(pod, { ...container, resources: before.resources }, host, 0);
  return new Map(plans.map((plan) => [plan.name, plan]));
}

function differenceOf(
  key: string,
  from: ProgramPlan | undefined,
  to: ProgramPlan | undefined,
  change: ContainerChange,
): readonly ProgramDifference[] {
  const plan = to ?? from;
  if (plan === undefined) return [];
  const { label, program } = plan;
  const before = programOf(change.before, program);
  const after = programOf(change.after, program);
  const fields = before === undefined || after === undefined ? [] : changedFields(before, after);
  const kind = from === undefined ? 'added' : to === undefined ? 'removed' : programChange(from, to);
  if (kind !== 'none') return [{ key, label, program, change: kind, fields }];
  return sameJson(before?.resources, after?.resources)
    ? []
    : [{ key, label, program, change: 'in-place', fields: ['resources'] }];
}

/** What becomes of manifest fields that are no field of ProgramSpec, or of several. */
const specKeys: Readonly<Record<string, readonly string[]>> = {
  command: ['argv'],
  args: ['argv'],
  env: ['argv', 'env', 'stop', 'reload'],
  user: ['userName', 'groupName', 'uid', 'gid', 'supplementaryGroups', 'env'],
  group: ['groupName', 'gid'],
};

const fieldNames: Readonly<Record<string, string>> = {
  argv: 'command',
  userName: 'user',
  uid: 'user',
  groupName: 'group',
  gid: 'group',
};

function changedFields(before: ProgramSpec, after: ProgramSpec): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...keys].filter((key) => !sameJson(Reflect.get(before, key), Reflect.get(after, key)));
  return [...new Set(changed.map((key) => fieldNames[key] ?? key))];
}

function programOf({ programs }: ContainerSpec, name: string): ProgramSpec | undefined {
  return programs.find((program) => program.name === name);
}
