/** What differs between the programs of two versions of a container, instance by instance, and what that costs. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { planPrograms } from '../launch/plan-programs.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec, ProgramSpec } from '../model/pod-spec.ts';
import { programChange } from '../model/program-change.ts';
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
  /** what kept it from being started by itself and is no more */
  readonly released?: 'autostart' | 'schedule';
}

/** In the order of the newer version, what was removed last. */
export function diffPrograms(change: ContainerChange): readonly ProgramDifference[] {
  const from = plansOf(change, change.before);
  const to = plansOf(change, change.after);
  const keys = new Set([...to.keys(), ...from.keys()]);
  return [...keys].flatMap((key) => differenceOf(key, from.get(key), to.get(key), change));
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
  const released = releasedBy(before, after);
  if (kind !== 'none') {
    return [{ key, label, program, change: kind, fields, ...(released === undefined ? {} : { released }) }];
  }
  return sameJson(before?.resources, after?.resources)
    ? []
    : [{ key, label, program, change: 'in-place', fields: ['resources'] }];
}

function releasedBy(before: ProgramSpec | undefined, after: ProgramSpec | undefined): ProgramDifference['released'] {
  if (before === undefined || after === undefined || !after.autostart) return undefined;
  if (!before.autostart) return 'autostart';
  return before.schedule !== undefined && after.schedule === undefined ? 'schedule' : undefined;
}

/** Fields of ProgramSpec that the manifest calls otherwise. */
export const fieldNames: Readonly<Record<string, string>> = {
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
