/** What the machine does for all pods together, out of pods, Services and NetworkPolicies. Pure. */
import type { HostPortState, NetworkState } from '../model/network.ts';
import type { NetworkPod } from '../model/network-pod.ts';
import type { NetworkPolicyManifest, ServiceManifest } from '../model/object-manifest.ts';
import type { NamedService } from '../protocol/podnet.ts';
import { shortestAddress } from '../util/cidr.ts';
import { planIsolations } from './plan-isolations.ts';
import type { NamespaceLabels } from './plan-policy-peers.ts';
import { planServices } from './plan-services.ts';

/** All that the network is planned out of. */
export interface NetworkObjects {
  readonly pods: readonly NetworkPod[];
  readonly services: readonly ServiceManifest[];
  readonly policies: readonly NetworkPolicyManifest[];
  /** of a namespace; absent: none has any but its name */
  readonly namespaceLabels?: NamespaceLabels;
}

/** A pod that has a link of its own now. */
export type LinkedNetworkPod = NetworkPod & Required<Pick<NetworkPod, 'addresses'>>;

export const isLinked = (pod: NetworkPod): pod is LinkedNetworkPod =>
  pod.isUp && !pod.hostNetwork && pod.addresses !== undefined;

/** The same objects give the same state, in whatever order they come. */
export function planNetworkState({ pods, services, policies, namespaceLabels }: NetworkObjects): {
  readonly state: NetworkState;
  readonly named: readonly NamedService[];
} {
  const { states, named } = planServices(services, pods);
  const hostPorts = pods.filter(isLinked).sort(byNamespaceAndName).flatMap(hostPortsOf);
  const isolations = planIsolations(policies, pods, namespaceLabels);
  return { state: { hostPorts, services: states, isolations }, named };
}

/**
 * Whether the pod is ready or not: as in Kubernetes its ports are there from its first moment to its last. Not one whose hostIP is no
 * address, as an old record may have it: it would be part of nft's text.
 */
function hostPortsOf({ namespace, name, addresses, ports }: LinkedNetworkPod): readonly HostPortState[] {
  return ports.flatMap(({ protocol, containerPort, hostPort, hostIP }) => {
    const at = hostIP === undefined ? undefined : shortestAddress(hostIP);
    if (hostPort === undefined || (hostIP !== undefined && at === undefined)) return [];
    const target = { addresses, port: containerPort };
    return [{ protocol, hostPort, ...(at === undefined ? {} : { hostIP: at }), target, pod: `${namespace}/${name}` }];
  });
}

export function byNamespaceAndName(a: NetworkPod, b: NetworkPod): number {
  const [left, right] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return left < right ? -1 : Number(left > right);
}
