/** How far a running container is from its wanted spec. Pure. */
import type { ContainerSpec, PodSpec, ProgramSpec } from '../model/pod-spec.ts';
import { sameJson } from '../util/same-json.ts';
import { contentDrift, fixedMounts } from './content-drift.ts';

export type Drift = 'none' | 'resources' | 'contents' | 'programs' | 'restart';

/** What of a spec stands fixed from the start of a container's run on. The one program of a plain container is the container. */
function fixedPart(container: ContainerSpec): unknown {
  const { role, root, namespaces, timeOffsets, security, devices, procView, names, isPlain, programs } = container;
  const { terminationMessage } = container;
  const mounts = fixedMounts(container);
  const made = { role, root, namespaces, timeOffsets, security, devices, procView, names, terminationMessage, mounts };
  return { ...made, isPlain, programs: isPlain ? programs : undefined };
}

/**
 * `restart`: only a new start of the container gives what is wanted; `programs`: its init can be told, of probes and hooks too;
 * `contents`: what its volumes show is written, and programs are told; `resources`: cgroup writes do. With each of these those after it
 * may differ too. Ports and restartPolicy need nothing of it. What runs is not ended for a spec that could not start.
 */
export function containerDrift(started: ContainerSpec, wanted: ContainerSpec): Drift {
  if (isIncomplete(wanted)) return sameJson(started.resources, wanted.resources) ? 'none' : 'resources';
  return completeDrift(started, wanted);
}

/** As if nothing that it needs were missing. `whole`: where `started` has only some of its programs. */
export function completeDrift(started: ContainerSpec, wanted: ContainerSpec, whole = started): Drift {
  if (!sameJson(fixedPart(started), fixedPart(wanted)) || lackedAtStart(whole, wanted).length > 0) return 'restart';
  const contents = contentDrift(started, wanted);
  if (contents === 'restart') return 'restart';
  if (!sameJson(started.programs, wanted.programs) || !sameJson(started.health, wanted.health)) return 'programs';
  if (contents !== 'none') return 'contents';
  return sameJson(started.resources, wanted.resources) ? 'none' : 'resources';
}

/** A ConfigMap, Secret or key that it needs is not there: as the kubelet, it is not started, and what runs runs on. */
export function isIncomplete({ missing = [] }: ContainerSpec): boolean {
  return missing.length > 0;
}

/**
 * What programs need and only a start of the container gives: users and groups of the machine in the /etc made for `image: host`,
 * capabilities (`CAP_…`) that PID 1 gave up because no program had them.
 */
export function lackedAtStart(started: ContainerSpec, wanted: ContainerSpec): readonly string[] {
  const names = started.root.kind === 'host' ? lacking(wanted, started, namesOf) : [];
  const capabilities = lacking(wanted, started, capabilitiesOf);
  return [...names, ...capabilities.map((name) => `CAP_${name}`)];
}

type Needs = (program: ProgramSpec, container: ContainerSpec) => readonly string[];

/** root and nobody are in every /etc; a group's number may stand as its name. */
const namesOf: Needs = ({ userName, groupName }) =>
  [userName, groupName].filter(
    (name): name is string => name !== undefined && !/^(\d+|root|nobody|nogroup|tty)$/.test(name),
  );

const capabilitiesOf: Needs = ({ capabilities }, { security }) => capabilities ?? security.capabilities;

/** Nearly always the first program that ran has it: a thousand others are then not asked. */
function lacking(wanted: ContainerSpec, had: ContainerSpec, needs: Needs): readonly string[] {
  const names = new Set(wanted.programs.flatMap((program) => needs(program, wanted)));
  return [...names].filter((name) => !had.programs.some((program) => needs(program, had).includes(name)));
}

/** True when the pod's own shared things differ, which are made once per pod: its hostname, whether it has a link, users of its own, its sysctls. */
export function sandboxDiffers(from: PodSpec, to: PodSpec): boolean {
  const fields = ['hostname', 'network', 'hostUsers', 'name', 'namespace'] as const;
  return fields.some((field) => from[field] !== to[field]) || !sameJson(from.sysctls, to.sysctls);
}
