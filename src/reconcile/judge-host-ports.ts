/** Whether pods claim ports of the machine that others have: other pods of the request, pods that are there, Services' nodePorts. Pure. */
import { type FieldProblem, fieldProblem, invalid } from '../manifest/field-problem.ts';
import { keyOfManifest, textOfKey } from '../model/data-key.ts';
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import { claimsOfPod, type PortClaim, portConflicts } from '../network/plan-port-claims.ts';
import { rejectBad, subjectOf } from './judge-manifests.ts';
import type { ExistingObjects, WantedChange } from './plan-manifests.ts';

/** Throws PodError `Invalid`, naming who has the port. */
export function rejectPortConflicts(change: WantedChange, existing: ExistingObjects): void {
  const wanted = change.pods.map(({ manifest }) => ({ manifest, claims: claimsOfManifest(manifest) }));
  const claims = wanted.flatMap((pod) => pod.claims);
  if (claims.length === 0) return;
  const others = [...claimsOfOthers(change, existing), ...standingServices(change, existing).flatMap(claimsOfService)];
  const conflicts = portConflicts(claims, others);
  rejectBad(
    wanted.flatMap(({ manifest, claims: own }) => {
      const problems = conflicts.flatMap((conflict) => (own.includes(conflict.claim) ? [problemOf(conflict)] : []));
      return problems.length === 0 ? [] : [{ subject: subjectOf(manifest), problems }];
    }),
  );
}

/** hostPorts as they will be, by `port/protocol`: a Service gets none of them as its nodePort. */
export function hostPortHolders(change: WantedChange, existing: ExistingObjects): ReadonlyMap<string, string> {
  const claims = [
    ...change.pods.flatMap(({ manifest }) => claimsOfManifest(manifest)),
    ...claimsOfOthers(change, existing),
  ];
  return new Map(claims.map(({ port, protocol, holder }) => [`${port}/${protocol}`, holder]));
}

/** `default/web` */
export const podKey = ({ metadata }: PodManifest): string => `${metadata.namespace || 'default'}/${metadata.name}`;

export const claimsOfManifest = (manifest: PodManifest): readonly PortClaim[] =>
  claimsOfPod(`pod ${podKey(manifest)}`, manifest.spec);

/** Pods that are not in the request. */
function claimsOfOthers({ pods }: WantedChange, existing: ExistingObjects): readonly PortClaim[] {
  const asked = new Set(pods.map(({ manifest }) => podKey(manifest)));
  return existing.everyPod().flatMap(({ spec }) => {
    const key = `${spec.namespace}/${spec.name}`;
    return asked.has(key) ? [] : claimsOfPod(`pod ${key}`, spec);
  });
}

function standingServices({ data, removed }: WantedChange, existing: ExistingObjects): readonly ServiceManifest[] {
  const keys = [...removed, ...data.map(({ manifest }) => keyOfManifest(manifest))];
  const gone = new Set(keys.map(textOfKey));
  return existing.services().filter((service) => !gone.has(textOfKey(keyOfManifest(service))));
}

export function claimsOfService({ metadata, spec }: ServiceManifest): readonly PortClaim[] {
  const holder = `service ${metadata.namespace || 'default'}/${metadata.name}`;
  return (spec.ports ?? []).flatMap(({ nodePort, protocol = 'TCP' }, index) =>
    nodePort === undefined ? [] : [{ holder, protocol, port: nodePort, path: ['spec', 'ports', index, 'nodePort'] }],
  );
}

function problemOf({ claim, other }: ReturnType<typeof portConflicts>[number]): FieldProblem {
  const at = other.hostIP === undefined ? '' : ` (at ${other.hostIP})`;
  const words = `${claim.protocol} port ${claim.port} of this machine belongs to ${other.holder}${at}`;
  return fieldProblem(claim.path, invalid(claim.port, words), { hint: 'choose another port, or another hostIP' });
}
