/** Which ports that pods or Services claim somebody on this machine listens on. Reads, and writes nothing. */
import type { PodSpec } from '../model/pod-spec.ts';
import { findSocketOwners, readHostListeners, type SocketOwner } from '../network/host-listeners.ts';
import type { HostListener } from '../network/plan-listeners.ts';
import { overlap, type PortClaim } from '../network/plan-port-claims.ts';

/** podd's own part in what listens: podnet serves at the resolver's address, and ports that the kernel cannot. */
export interface OwnListeners {
  readonly dnsAddress: string;
  readonly podnetPid: number | undefined;
}

/** A pod that there is. */
export interface KnownPod {
  readonly uid: string;
  readonly spec: Pick<PodSpec, 'namespace' | 'name'>;
}

export interface TakenPort {
  readonly claim: PortClaim;
  /** `TCP port 80 of this machine is in use: nginx (pid 7) listens on 0.0.0.0:80` */
  readonly words: string;
}

/** What belongs to podnet, or to the claiming pod itself, is not taken. */
export function findTakenPorts(
  claims: readonly PortClaim[],
  pods: readonly KnownPod[],
  own: OwnListeners,
): readonly TakenPort[] {
  if (claims.length === 0) return [];
  const listeners = readHostListeners().filter(({ address }) => address !== own.dnsAddress);
  const met = claims.flatMap((claim) => {
    const listener = listeners.find((one) => isMet(claim, one));
    return listener === undefined ? [] : [{ claim, listener }];
  });
  if (met.length === 0) return [];
  const owners = findSocketOwners(met.map(({ listener }) => listener.inode));
  return met.flatMap(({ claim, listener }) => {
    const owner = owners.get(listener.inode);
    const pod = owner === undefined ? undefined : podOf(owner, pods);
    const isOwn = owner !== undefined && owner.pid === own.podnetPid;
    return isOwn || claim.holder === `pod ${pod}` ? [] : [{ claim, words: wordsOf(claim, listener, owner, pod) }];
  });
}

/** A socket at `::` is one for IPv4 too, unless it says otherwise, which cannot be seen here. */
const isMet = (claim: PortClaim, { protocol, port, address }: HostListener): boolean =>
  claim.protocol === protocol && claim.port === port && (address === '::' || overlap(claim.hostIP, address));

/** `default/web`: whose container the process is in. */
function podOf({ cgroup }: SocketOwner, pods: readonly KnownPod[]): string | undefined {
  const pod = pods.find(({ uid }) => cgroup.includes(`/${uid}/`));
  return pod === undefined ? undefined : `${pod.spec.namespace}/${pod.spec.name}`;
}

function wordsOf(
  { protocol, port }: PortClaim,
  { address }: HostListener,
  owner: SocketOwner | undefined,
  pod: string | undefined,
): string {
  const process = owner === undefined ? 'a process that cannot be seen from here' : `${owner.name} (pid ${owner.pid})`;
  const who = pod === undefined ? process : `${process} of pod ${pod}`;
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return `${protocol} port ${port} of this machine is in use: ${who} listens on ${place}`;
}
