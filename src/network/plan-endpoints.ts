/** Who stands behind Services, as Kubernetes' Endpoints and EndpointSlices tell it. Computed, never kept. Pure. */
import type { NetworkPod } from '../model/network-pod.ts';
import type { IpFamilyName, ServicePortSpec } from '../model/service-spec.ts';
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSliceObject,
  EndpointsObject,
  ServiceObject,
} from '../protocol/objects.ts';
import { groupBy } from '../util/group-by.ts';
import { choosePods, isServed, type ServicePod, targetPortIn } from './plan-services.ts';

/** Undefined for Services that select nothing: nobody computes theirs. `pods`: those of its namespace, in order; `node`: this machine. */
export function planEndpoints(
  service: ServiceObject,
  pods: readonly NetworkPod[],
  node: string,
): EndpointsObject | undefined {
  if (!hasSelector(service)) return undefined;
  const subsets = subsetsOf(service, pods).map(({ ports, members }) => {
    const [ready, notReady] = [members.filter(isServed(service)), members.filter((pod) => !isServed(service)(pod))];
    return {
      ...(ready.length === 0 ? {} : { addresses: ready.map((pod) => addressOf(service, pod, node)) }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.map((pod) => addressOf(service, pod, node)) }),
      ...(ports.length === 0 ? {} : { ports }),
    };
  });
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: service.metadata, subsets };
}

/** One for each family and set of ports. */
export function planEndpointSlices(
  service: ServiceObject,
  pods: readonly NetworkPod[],
  node: string,
): readonly EndpointSliceObject[] {
  if (!hasSelector(service)) return [];
  const { metadata, spec } = service;
  const subsets = subsetsOf(service, pods);
  return (spec.ipFamilies ?? ['IPv4']).flatMap((family) =>
    subsets.map(({ ports, members }, index): EndpointSliceObject => {
      const name = `${metadata.name}-${family.toLowerCase()}${index === 0 ? '' : `-${index + 1}`}`;
      const labels = { ...metadata.labels, 'kubernetes.io/service-name': metadata.name };
      return {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { ...metadata, name, labels } },
        ...{ addressType: family, ports },
        endpoints: members.flatMap((pod) => sliceEndpoint(service, pod, family, node)),
      };
    }),
  );
}

const hasSelector = ({ spec }: ServiceObject): boolean =>
  spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;

interface Subset {
  readonly ports: readonly EndpointPort[];
  readonly members: readonly ServicePod[];
}

/** Pods with the same numbers together; one that lacks every named port is in none. */
function subsetsOf(service: ServiceObject, pods: readonly NetworkPod[]): readonly Subset[] {
  const { ports = [] } = service.spec;
  const placed = choosePods(service, pods).map((pod) => ({ pod, ports: endpointPorts(ports, pod) }));
  const reached = placed.filter((one) => ports.length === 0 || one.ports.length > 0);
  return [...groupBy(reached, (one) => JSON.stringify(one.ports)).values()].map((group) => ({
    ports: group[0]?.ports ?? [],
    members: group.map(({ pod }) => pod),
  }));
}

function endpointPorts(ports: readonly ServicePortSpec[], pod: ServicePod): readonly EndpointPort[] {
  return ports.flatMap((port) => {
    const number = targetPortIn(port, pod);
    const { name, protocol = 'TCP' } = port;
    return number === undefined ? [] : [{ ...(name === undefined ? {} : { name }), port: number, protocol }];
  });
}

function addressOf(service: ServiceObject, pod: ServicePod, nodeName: string): EndpointAddress {
  return { ip: pod.addresses.ipv4, ...hostnameOf(service, pod), nodeName, targetRef: referenceTo(pod) };
}

const hostnameOf = (
  { metadata }: ServiceObject,
  { subdomain, hostname }: ServicePod,
): { readonly hostname?: string } => (subdomain === metadata.name ? { hostname } : {});

const referenceTo = ({ namespace, name, uid }: ServicePod) => ({ kind: 'Pod', namespace, name, uid }) as const;

function sliceEndpoint(service: ServiceObject, pod: ServicePod, family: IpFamilyName, nodeName: string) {
  const address = family === 'IPv4' ? pod.addresses.ipv4 : pod.addresses.ipv6;
  if (address === undefined) return [];
  const conditions = { ready: isServed(service)(pod), serving: pod.isReady, terminating: false };
  const about = { conditions, ...hostnameOf(service, pod), nodeName, targetRef: referenceTo(pod) };
  return [{ addresses: [address], ...about }];
}
