import type { NetworkPod } from '../model/network-pod.ts';
import type { PortSpec } from '../model/pod-spec.ts';
import type { PodObject } from '../protocol/objects.ts';

/** A pod as the network sees it, out of what the API shows of it. */
export function networkPodOf({ metadata, spec, status }: PodObject): NetworkPod {
  const { uid, namespace, name, labels = {}, deletionTimestamp } = metadata;
  const written = spec as WrittenSpec;
  const { podIP, podIPs = [], conditions = [] } = status;
  const ipv6 = podIPs.map(({ ip }) => ip).find((ip) => ip.includes(':'));
  return {
    ...{ uid, namespace, name, labels, hostname: written.hostname ?? name, hostNetwork: written.hostNetwork === true },
    ...(written.subdomain === undefined ? {} : { subdomain: written.subdomain }),
    ...(podIP === undefined ? {} : { addresses: { ipv4: podIP, ...(ipv6 === undefined ? {} : { ipv6 }) } }),
    isUp: status.phase === 'Running',
    isReady: conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    isEnding: deletionTimestamp !== undefined,
    ports: (written.containers ?? []).flatMap(({ ports = [] }) =>
      ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })),
    ),
  };
}

/** As it was validated. */
interface WrittenSpec {
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly hostNetwork?: boolean;
  readonly containers?: readonly {
    readonly ports?: readonly (Omit<PortSpec, 'protocol'> & { readonly protocol?: PortSpec['protocol'] })[];
  }[];
}
