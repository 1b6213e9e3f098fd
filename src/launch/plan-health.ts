/** Probes and hooks of a container at its start. Pure. */
import type { ContainerProbeSpec, HealthSpec, HookSpec } from '../model/lifecycle-spec.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';

/** Its late values are filled in; where the pod has no address a probe goes to localhost, which is as near. */
export function planHealth({ health }: Pick<ContainerSpec, 'health'>): { readonly health?: HealthSpec } {
  if (health === undefined) return {};
  const { startup, readiness, liveness, postStart, preStop } = health;
  return {
    health: {
      ...health,
      ...(startup === undefined ? {} : { startup: withHost(startup) }),
      ...(readiness === undefined ? {} : { readiness: withHost(readiness) }),
      ...(liveness === undefined ? {} : { liveness: withHost(liveness) }),
      ...(postStart === undefined ? {} : { postStart: hostOf(postStart) }),
      ...(preStop === undefined ? {} : { preStop: hostOf(preStop) }),
    },
  };
}

const withHost = (probe: ContainerProbeSpec): ContainerProbeSpec => ({ ...probe, handler: hostOf(probe.handler) });

const hostOf = <H extends HookSpec>(handler: H): H =>
  'host' in handler && handler.host === '' ? { ...handler, host: 'localhost' } : handler;
