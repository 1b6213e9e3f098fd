/** What Services come to: who stands behind each of their ports, and what their names give. Pure. */
import type { AddressPair, Endpoint, ServicePortState, ServiceState } from '../model/network.ts';
import type { NetworkPod } from '../model/network-pod.ts';
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { ServicePortSpec, ServiceSpec } from '../model/service-spec.ts';
import type { NamedService } from '../protocol/podnet.ts';
import { shortestAddress } from '../util/cidr.ts';
import { groupBy } from '../util/group-by.ts';

export interface PlannedServices {
  readonly states: readonly ServiceState[];
  readonly named: readonly NamedService[];
}

/** Services as podd keeps them. Both lists are in the order of namespaces and names, endpoints in that of pods. */
export function planServices(services: readonly ServiceManifest[], pods: readonly NetworkPod[]): PlannedServices {
  const inNamespace = groupBy([...pods].sort(byName), ({ namespace }) => namespace);
  const sorted = services.map((service) => ({ service, ...nameOf(service) })).sort(byNamespaceAndName);
  const planned = sorted.map(({ service, namespace }) => ({
    service,
    chosen: choosePods(service, inNamespace.get(namespace) ?? []).filter(isServed(service)),
  }));
  return {
    states: planned.flatMap(({ service, chosen }) => stateOf(service, chosen)),
    named: planned.map(({ service, chosen }) => namedService(service, chosen)),
  };
}

/** A pod that can be an endpoint. */
export type ServicePod = NetworkPod & { readonly addresses: AddressPair };

/** Those of `pods` (of its namespace) that the Service selects and that can be reached, ready or not; none without a selector. */
export function choosePods({ spec }: ServiceManifest, pods: readonly NetworkPod[]): readonly ServicePod[] {
  const selector = Object.entries(spec.selector ?? {});
  if (selector.length === 0 || spec.type === 'ExternalName') return [];
  return pods.filter(
    (pod): pod is ServicePod =>
      pod.addresses !== undefined &&
      pod.isUp &&
      !pod.isEnding &&
      selector.every(([key, value]) => pod.labels[key] === value),
  );
}

/** Whether a pod that it chose gets what comes for it. */
export const isServed =
  ({ spec }: ServiceManifest) =>
  ({ isReady }: NetworkPod): boolean =>
    isReady || spec.publishNotReadyAddresses === true;

/** The number that a Service's port has in this pod; undefined: the pod has no port of that name and protocol. */
export function targetPortIn(
  { port, targetPort = port, protocol = 'TCP' }: ServicePortSpec,
  pod: Pick<NetworkPod, 'ports'>,
): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  return pod.ports.find((one) => one.name === targetPort && one.protocol === protocol)?.containerPort;
}

/** Headless: its name gives the addresses of pods. */
export const isHeadless = ({ clusterIP, type }: ServiceSpec): boolean =>
  clusterIP === 'None' && type !== 'ExternalName';

const clusterIPsOf = ({ clusterIPs = [] }: ServiceSpec): readonly string[] => clusterIPs.filter((ip) => ip !== 'None');

function stateOf(service: ServiceManifest, pods: readonly ServicePod[]): readonly ServiceState[] {
  const { spec } = service;
  if (spec.type === 'ExternalName' || isHeadless(spec)) return [];
  const ips = [
    ...new Set([...clusterIPsOf(spec), ...(spec.externalIPs ?? [])].flatMap((ip) => shortestAddress(ip) ?? [])),
  ];
  if (ips.length === 0) return [];
  const seconds =
    spec.sessionAffinity === 'ClientIP' ? spec.sessionAffinityConfig?.clientIP?.timeoutSeconds : undefined;
  const ports = (spec.ports ?? []).map((port) => portState(port, pods));
  return [{ ...nameOf(service), ips, ports, ...(seconds === undefined ? {} : { affinitySeconds: seconds }) }];
}

function portState(port: ServicePortSpec, pods: readonly ServicePod[]): ServicePortState {
  const endpoints = pods.flatMap((pod): Endpoint[] => {
    const number = targetPortIn(port, pod);
    return number === undefined ? [] : [{ addresses: pod.addresses, port: number }];
  });
  return {
    ...{ protocol: port.protocol ?? 'TCP', port: port.port },
    ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
    endpoints: distinct(endpoints),
  };
}

/** Pods in the machine's network share its addresses: one port of it is one endpoint. */
function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...new Map(endpoints.map((one) => [`${one.addresses.ipv4} ${one.port}`, one])).values()];
}

function namedService(service: ServiceManifest, pods: readonly ServicePod[]): NamedService {
  const { spec } = service;
  const ports = (spec.ports ?? []).map(({ name, protocol = 'TCP', port }) => namedPort(name, protocol, port));
  const isExternal = spec.type === 'ExternalName';
  return {
    ...nameOf(service),
    ips: isExternal ? [] : clusterIPsOf(spec),
    ...(isExternal && spec.externalName !== undefined ? { externalName: spec.externalName.replace(/\.$/, '') } : {}),
    ports,
    endpoints: isHeadless(spec) ? pods.filter(hasPortOf(spec)).map((pod) => namedEndpoint(service, pod)) : [],
  };
}

/** A pod without a port of any of the names is no endpoint at all, as in Kubernetes. */
const hasPortOf =
  ({ ports = [] }: ServiceSpec) =>
  (pod: ServicePod): boolean =>
    ports.length === 0 || ports.some((port) => targetPortIn(port, pod) !== undefined);

function namedEndpoint({ spec, metadata }: ServiceManifest, pod: ServicePod): NamedService['endpoints'][number] {
  const { addresses, hostname, subdomain } = pod;
  const ports = (spec.ports ?? []).flatMap((port) => {
    const number = targetPortIn(port, pod);
    return number === undefined ? [] : [namedPort(port.name, port.protocol ?? 'TCP', number)];
  });
  const isBoth = (spec.ipFamilies ?? []).includes('IPv6');
  return {
    ...(subdomain === metadata.name ? { hostname } : {}),
    addresses: isBoth ? addresses : { ipv4: addresses.ipv4 },
    ports,
  };
}

const namedPort = (name: string | undefined, protocol: ServicePortState['protocol'], port: number) => ({
  ...(name === undefined ? {} : { name }),
  ...{ protocol, port },
});

const nameOf = ({ metadata }: ServiceManifest) => ({ namespace: metadata.namespace || 'default', name: metadata.name });

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: NetworkPod, b: NetworkPod): number => compare(a.name, b.name) || compare(a.uid, b.uid);

function byNamespaceAndName(a: ReturnType<typeof nameOf>, b: ReturnType<typeof nameOf>): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}
