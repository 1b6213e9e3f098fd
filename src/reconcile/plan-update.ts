/** The programs of a running container as its init is to have them from now on, and its probes and hooks. Pure. */

import { fillContainer } from '../launch/fill-late.ts';
import type { HostFacts } from '../launch/launch-context.ts';
import { planHealth } from '../launch/plan-health.ts';
import { planPrograms } from '../launch/plan-programs.ts';
import { type LateValues, noLateValues } from '../model/late-value.ts';
import type { LaunchPlan } from '../model/launch-plan.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { InstanceRecord, PlanBasis } from '../store/instance-record.ts';

/** What of a start its programs' plans were made with. */
export function planBasis({ resources }: ContainerSpec, host: HostFacts, late: LateValues): PlanBasis {
  const { hostname, memoryBytes, lastCapability } = host;
  return { resources, hostname, memoryBytes, lastCapability, ...(isNothing(late) ? {} : { late }) };
}

const isNothing = ({ values, services }: LateValues): boolean =>
  Object.keys(values).length === 0 && Object.keys(services).length === 0;

/**
 * Programs whose spec did not change get the very plan that the init has, or they would be restarted: what comes from the machine and
 * from the container's resources is taken as it was at the start.
 */
export function planUpdate(
  { spec, container, attempt, basis: known }: Pick<InstanceRecord, 'spec' | 'container' | 'attempt' | 'basis'>,
  wanted: ContainerSpec,
  host: HostFacts,
): Pick<LaunchPlan, 'programs' | 'health'> {
  const started = spec.containers.find(({ name }) => name === container) ?? wanted;
  const { resources, late = noLateValues, ...machine } = known ?? planBasis(started, host, noLateValues);
  const containers = spec.containers.map((other) => (other.name === container ? { ...other, resources } : other));
  const filled = fillContainer({ ...wanted, resources }, late);
  const programs = planPrograms({ ...spec, containers }, filled, { ...host, ...machine }, attempt);
  return { programs, ...planHealth(filled) };
}
