/** The programs of a running container as its init is to have them from now on. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { planPrograms } from '../launch/plan-programs.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { InstanceRecord, PlanBasis } from '../store/instance-record.ts';

/** What of a start its programs' plans were made with. */
export function planBasis({ resources }: ContainerSpec, host: HostFacts): PlanBasis {
  const { hostname, memoryBytes, lastCapability } = host;
  return { resources, hostname, memoryBytes, lastCapability };
}

/**
 * Programs whose spec did not change get the very plan that the init has, or they would be restarted: what comes from the machine and
 * from the container's resources is taken as it was at the start.
 */
export function planUpdate(
  { spec, container, attempt, basis: known }: Pick<InstanceRecord, 'spec' | 'container' | 'attempt' | 'basis'>,
  wanted: ContainerSpec,
  host: HostFacts,
): ProgramPlan[] {
  const started = spec.containers.find(({ name }) => name === container) ?? wanted;
  const { resources, ...machine } = known ?? planBasis(started, host);
  const containers = spec.containers.map((other) => (other.name === container ? { ...other, resources } : other));
  return planPrograms({ ...spec, containers }, { ...wanted, resources }, { ...host, ...machine }, attempt);
}
