/** Who has which port of the machine: hostPorts of pods, nodePorts of Services. Pure. */
import type { FieldPath } from '../manifest/field-problem.ts';
import type { TransportProtocol } from '../model/network.ts';
import { shortestAddress } from '../util/cidr.ts';

export interface PortClaim {
  /** `pod default/web` */
  readonly holder: string;
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** absent: every address of the machine */
  readonly hostIP?: string;
  /** of the field that says so */
  readonly path: FieldPath;
}

interface ClaimingPort {
  readonly containerPort: number;
  readonly hostPort?: number | undefined;
  readonly hostIP?: string | undefined;
  readonly protocol?: string | undefined;
}

/** What both a manifest and a spec say. */
interface ClaimingPod {
  readonly hostNetwork?: boolean | undefined;
  readonly containers?: readonly { readonly ports?: readonly ClaimingPort[] | undefined }[] | undefined;
}

/** A pod with hostNetwork claims the ports of its containers. */
export function claimsOfPod(holder: string, { hostNetwork, containers = [] }: ClaimingPod): readonly PortClaim[] {
  return containers.flatMap(({ ports = [] }, container) =>
    ports.flatMap((claiming, index) => {
      const port = claiming.hostPort || (hostNetwork === true ? claiming.containerPort : undefined);
      if (port === undefined) return [];
      const field = claiming.hostPort ? 'hostPort' : 'containerPort';
      const path = ['spec', 'containers', container, 'ports', index, field];
      return [{ holder, port, path, ...placeOf(claiming) }];
    }),
  );
}

function placeOf({ hostIP, protocol }: ClaimingPort): Pick<PortClaim, 'protocol' | 'hostIP'> {
  return {
    protocol: (protocol || 'TCP') as TransportProtocol,
    ...(hostIP ? { hostIP: shortestAddress(hostIP) ?? hostIP } : {}),
  };
}

export interface PortConflict {
  readonly claim: PortClaim;
  readonly other: PortClaim;
}

/** Claims that another holder has already, or has among `wanted` itself; of these the later one is told. */
export function portConflicts(wanted: readonly PortClaim[], others: readonly PortClaim[]): readonly PortConflict[] {
  const taken = new Map<string, PortClaim[]>();
  const keyOf = ({ protocol, port }: PortClaim): string => `${port}/${protocol}`;
  const take = (claim: PortClaim): void => {
    taken.set(keyOf(claim), [...(taken.get(keyOf(claim)) ?? []), claim]);
  };
  for (const other of others) take(other);
  return wanted.flatMap((claim) => {
    const rivals = taken.get(keyOf(claim)) ?? [];
    const other = rivals.find(({ holder, hostIP }) => holder !== claim.holder && overlap(claim.hostIP, hostIP));
    take(claim);
    return other === undefined ? [] : [{ claim, other }];
  });
}

/** Whether two addresses of this machine have one in common; absent: every one. */
export function overlap(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return true;
  if (one.includes(':') !== other.includes(':')) return false;
  return [one, other].some((address) => address === '0.0.0.0' || address === '::');
}
