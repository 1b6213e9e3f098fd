/** The second look at an apply's hostPorts: nobody on this machine listens there already. Reads, and writes nothing. */
import { type FieldProblem, fieldProblem, invalid } from '../manifest/field-problem.ts';
import { findSocketOwners, readHostListeners, type SocketOwner } from '../network/host-listeners.ts';
import type { HostListener } from '../network/plan-listeners.ts';
import { claimsOfPod, overlap, type PortClaim } from '../network/plan-port-claims.ts';
import { claimsOfManifest, claimsOfService, podKey } from './judge-host-ports.ts';
import { rejectBad, type Subject, subjectOf } from './judge-manifests.ts';
import type { ExistingObjects, Plans } from './plan-manifests.ts';

/** podd's own part in what listens: podnet serves at the resolver's address, and ports that the kernel cannot. */
export interface OwnListeners {
  readonly dnsAddress: string;
  readonly podnetPid: number | undefined;
}

/**
 * Throws PodError `Invalid`, naming the process, where a pod or Service is to get a port that it did not have and somebody listens on.
 * Later it is nobody's fault: whoever listens then hears nothing from outside.
 */
export function rejectTakenPorts(plans: Plans, existing: ExistingObjects, own: OwnListeners): void {
  const wanted = newClaims(plans, existing);
  if (wanted.length === 0) return;
  const listeners = readHostListeners().filter(({ address }) => address !== own.dnsAddress);
  const met = wanted.flatMap(({ subject, claim }) => {
    const listener = listeners.find((one) => isMet(claim, one));
    return listener === undefined ? [] : [{ subject, claim, listener }];
  });
  if (met.length === 0) return;
  const owners = findSocketOwners(met.map(({ listener }) => listener.inode));
  rejectBad(
    met.flatMap(({ subject, claim, listener }) => {
      const owner = owners.get(listener.inode);
      const pod = owner === undefined ? undefined : podOf(owner, existing);
      if (owner?.pid === own.podnetPid || claim.holder === `pod ${pod}`) return [];
      return [{ subject, problems: [problemOf(claim, listener, owner, pod)] }];
    }),
  );
}

interface NewClaim {
  readonly subject: Subject;
  readonly claim: PortClaim;
}

function newClaims({ pods, data }: Plans, existing: ExistingObjects): readonly NewClaim[] {
  const before = new Map(existing.everyPod().map(({ spec }) => [`${spec.namespace}/${spec.name}`, spec]));
  const ofPods = pods.flatMap(({ version: { manifest }, step }) => {
    if (step === 'nothing') return [];
    const spec = before.get(podKey(manifest));
    const had = spec === undefined ? [] : claimsOfPod('', spec);
    return without(claimsOfManifest(manifest), had).map((claim) => ({ subject: subjectOf(manifest), claim }));
  });
  const had = existing.services().flatMap(claimsOfService);
  const ofServices = data.flatMap(({ manifest }) =>
    manifest.kind === 'Service'
      ? without(claimsOfService(manifest), had).map((claim) => ({ subject: subjectOf(manifest), claim }))
      : [],
  );
  return [...ofPods, ...ofServices];
}

const without = (claims: readonly PortClaim[], had: readonly PortClaim[]): readonly PortClaim[] =>
  claims.filter(
    (claim) =>
      !had.some((old) => old.protocol === claim.protocol && old.port === claim.port && old.hostIP === claim.hostIP),
  );

/** A socket at `::` is one for IPv4 too, unless it says otherwise, which cannot be seen here. */
const isMet = (claim: PortClaim, { protocol, port, address }: HostListener): boolean =>
  claim.protocol === protocol && claim.port === port && (address === '::' || overlap(claim.hostIP, address));

/** `default/web`: whose container the process is in. */
function podOf({ cgroup }: SocketOwner, existing: ExistingObjects): string | undefined {
  const pod = existing.everyPod().find(({ uid }) => cgroup.includes(`/${uid}/`));
  return pod === undefined ? undefined : `${pod.spec.namespace}/${pod.spec.name}`;
}

function problemOf(
  { protocol, port, path }: PortClaim,
  { address }: HostListener,
  owner: SocketOwner | undefined,
  pod: string | undefined,
): FieldProblem {
  const process = owner === undefined ? 'a process that cannot be seen from here' : `${owner.name} (pid ${owner.pid})`;
  const who = pod === undefined ? process : `${process} of pod ${pod}`;
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const words = `${protocol} port ${port} of this machine is in use: ${who} listens on ${place}`;
  return fieldProblem(path, invalid(port, words), {
    hint: 'choose another port, or a hostIP that it does not listen on',
  });
}
