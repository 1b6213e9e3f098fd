/** The second look at an apply's hostPorts and nodePorts: nobody on this machine listens there already. Reads, and writes nothing. */
import { fieldProblem, invalid } from '../manifest/field-problem.ts';
import { claimsOfPod, type PortClaim } from '../network/plan-port-claims.ts';
import { findTakenPorts, type OwnListeners } from './find-taken-ports.ts';
import { claimsOfManifest, claimsOfService, podKey } from './judge-host-ports.ts';
import { rejectBad, type Subject, subjectOf } from './judge-manifests.ts';
import type { ExistingObjects, Plans } from './plan-manifests.ts';

/** Throws PodError `Invalid`, naming the process, where a pod or Service is to get a port that it did not have and somebody listens on. */
export function rejectTakenPorts(plans: Plans, existing: ExistingObjects, own: OwnListeners): void {
  const subjects = newClaims(plans, existing);
  const taken = findTakenPorts([...subjects.keys()], existing.everyPod(), own);
  rejectBad(
    taken.flatMap(({ claim, words }) => {
      const subject = subjects.get(claim);
      const hint = 'choose another port, or a hostIP that it does not listen on';
      const problem = fieldProblem(claim.path, invalid(claim.port, words), { hint });
      return subject === undefined ? [] : [{ subject, problems: [problem] }];
    }),
  );
}

function newClaims({ pods, data }: Plans, existing: ExistingObjects): ReadonlyMap<PortClaim, Subject> {
  const before = new Map(existing.everyPod().map(({ spec }) => [`${spec.namespace}/${spec.name}`, spec]));
  const ofPods = pods.flatMap(({ version: { manifest }, step }) => {
    if (step === 'nothing') return [];
    const spec = before.get(podKey(manifest));
    const had = spec === undefined ? [] : claimsOfPod('', spec);
    return without(claimsOfManifest(manifest), had).map((claim) => [claim, subjectOf(manifest)] as const);
  });
  const had = existing.services().flatMap(claimsOfService);
  const ofServices = data.flatMap(({ manifest }) =>
    manifest.kind === 'Service'
      ? without(claimsOfService(manifest), had).map((claim) => [claim, subjectOf(manifest)] as const)
      : [],
  );
  return new Map([...ofPods, ...ofServices]);
}

const without = (claims: readonly PortClaim[], had: readonly PortClaim[]): readonly PortClaim[] =>
  claims.filter((claim) => !had.some((old) => isSame(claim, old)));

const isSame = (one: PortClaim, other: PortClaim): boolean =>
  one.protocol === other.protocol && one.port === other.port && one.hostIP === other.hostIP;
