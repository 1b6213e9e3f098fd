/** What a running container takes over without being ended. Pure. */
import { cgroupName } from '../cgroup/paths.ts';
import { programLeaves } from '../launch/plan-programs.ts';
import type { Action } from '../model/action.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { sameJson } from '../util/same-json.ts';
import { containerDrift } from './container-drift.ts';
import type { InstanceView } from './pod-view.ts';
import type { Step } from './step.ts';

/** Its drift is not `restart`. Programs wait until its init answers; its leaves until nothing of a removed program is left. */
export function decideInPlace(container: ContainerSpec, instance: InstanceView, cascade: boolean): Step {
  const { spec, id, state } = instance;
  if (spec === undefined) return { actions: [] };
  const about = { container: container.name, id };
  const actions: Action[] = [];
  if (!sameJson(spec.resources, container.resources)) actions.push({ action: 'updateResources', ...about });
  if (state !== 'running') return { actions };
  const drift = containerDrift(spec, container);
  if (drift === 'programs' || drift === 'contents') actions.push({ action: 'updatePrograms', ...about, cascade });
  const leaves = staleLeaves(container, spec, instance);
  if (leaves.length > 0) actions.push({ action: 'removeLeaves', ...about, leaves });
  return { actions };
}

/** Of no program that is wanted, was handed to the init, or that the init still knows. */
function staleLeaves(wanted: ContainerSpec, started: ContainerSpec, { leaves, programs }: InstanceView) {
  if (leaves === undefined || programs === undefined) return [];
  const keys = [...programLeaves(wanted), ...programLeaves(started), ...programs.map(({ name }) => name)];
  const used = new Set(keys.map(cgroupName));
  return leaves.filter((leaf) => !used.has(leaf));
}
