/** How far a running container is from its wanted spec. Pure. */
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { sameJson } from '../util/same-json.ts';

export type Drift = 'none' | 'resources' | 'programs' | 'restart';

/** What of a spec stands fixed from the start of a container's run on. The one program of a plain container is the container. */
function fixedPart({ root, namespaces, timeOffsets, security, mounts, isPlain, programs }: ContainerSpec): unknown {
  return { root, namespaces, timeOffsets, security, mounts, isPlain, programs: isPlain ? programs : undefined };
}

/**
 * `restart`: only a new start of the container gives what is wanted; `programs`: its init can be told; `resources`: cgroup writes do.
 * With `programs` the resources may differ too. Ports and restartPolicy need nothing. What runs is not ended for a spec that could not start.
 */
export function containerDrift(started: ContainerSpec, wanted: ContainerSpec): Drift {
  if (isIncomplete(wanted)) return sameJson(started.resources, wanted.resources) ? 'none' : 'resources';
  if (!sameJson(fixedPart(started), fixedPart(wanted)) || needsMore(started, wanted)) return 'restart';
  if (!sameJson(started.programs, wanted.programs)) return 'programs';
  return sameJson(started.resources, wanted.resources) ? 'none' : 'resources';
}

/** A ConfigMap, Secret or key that it needs is not there: as the kubelet, it is not started, and what runs runs on. */
export function isIncomplete({ missing = [] }: ContainerSpec): boolean {
  return missing.length > 0;
}

/**
 * True when programs need what only a start of the container gives: a user or group of the machine in the /etc made for `image: host`,
 * a capability that PID 1 gave up because no program had it.
 */
export function needsMore(started: ContainerSpec, wanted: ContainerSpec): boolean {
  const names = started.root.kind === 'host' ? lacking(namesOf(wanted), namesOf(started)) : [];
  return [...names, ...lacking(capabilitiesOf(wanted), capabilitiesOf(started))].length > 0;
}

/** root and nobody are in every /etc; a group's number may stand as its name. */
const namesOf = ({ programs }: ContainerSpec): readonly string[] =>
  programs.flatMap(({ userName, groupName }) =>
    [userName, groupName].filter(
      (name): name is string => name !== undefined && !/^(\d+|root|nobody|nogroup|tty)$/.test(name),
    ),
  );

const capabilitiesOf = ({ programs, security }: ContainerSpec): readonly string[] =>
  programs.flatMap(({ capabilities }) => capabilities ?? security.capabilities);

function lacking(wanted: readonly string[], had: readonly string[]): readonly string[] {
  const known = new Set(had);
  return wanted.filter((name) => !known.has(name));
}

/** True when the pod's own shared things differ, which are made once per pod: its hostname. */
export function sandboxDiffers(from: PodSpec, to: PodSpec): boolean {
  return from.hostname !== to.hostname || from.name !== to.name || from.namespace !== to.namespace;
}
