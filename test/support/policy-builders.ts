/** Builders: pods and policies as the planner of isolations takes them. */
import type { NetworkPod } from '../../src/model/network-pod.ts';
import type { NetworkPolicyManifest } from '../../src/model/object-manifest.ts';

let count = 0;

/** A pod that is up, with addresses out of 10.99.0.0/17 and fd00::/64 by `number`. */
export function aNetworkPod(name: string, number: number, fields: Partial<NetworkPod> = {}): NetworkPod {
  count += 1;
  return {
    uid: `uid-${count}`,
    namespace: 'default',
    name,
    labels: { app: name },
    hostname: name,
    hostNetwork: false,
    addresses: { ipv4: `10.99.0.${number}`, ipv6: `fd00::${number.toString(16)}` },
    isUp: true,
    isReady: true,
    isEnding: false,
    ports: [],
    ...fields,
  };
}

export function aPolicy(spec: NetworkPolicyManifest['spec'], metadata: object = {}): NetworkPolicyManifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'policy', ...metadata },
    ...(spec && { spec }),
  };
}
