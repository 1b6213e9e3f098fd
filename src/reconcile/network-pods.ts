/** Pods as the network sees them. */
import type { AddressPair, NetworkSettings } from '../model/network.ts';
import type { NetworkPod } from '../model/network-pod.ts';
import type { NamespaceMode } from '../model/pod-spec.ts';
import type { Network, NetworkSource } from '../network/network.ts';
import { isNetworked } from './addresses.ts';
import type { DataTable } from './data-table.ts';
import type { Pod } from './pod.ts';
import type { PodTable } from './pod-table.ts';
import type { Publisher } from './publisher.ts';

export interface NetworkParties {
  readonly table: PodTable;
  readonly data: DataTable;
  readonly publisher: Publisher;
}

/** Before anything is started: the network takes over what runs, and is told of all that it depends on from now on. */
export async function joinNetwork(network: Network, { table, data, publisher }: NetworkParties): Promise<void> {
  const touch = (): void => network.touch();
  await network.start(networkSource(network.settings, table, data));
  publisher.subscribe(touch);
  for (const kind of ['Service', 'NetworkPolicy', 'Namespace'] as const) data.subscribe(kind, touch);
}

/** `isKnown` waits for the instances that are adopted now. */
function networkSource(
  { hostAddresses }: Pick<NetworkSettings, 'hostAddresses'>,
  table: PodTable,
  data: DataTable,
): NetworkSource {
  const machine = pairOf(hostAddresses);
  const adopted = table.all().flatMap(liveInstances);
  return {
    objects: () => ({
      pods: table.all().flatMap((pod) => (pod.held ? [] : [networkPod(pod, machine)])),
      services: data.manifests('Service'),
      policies: data.manifests('NetworkPolicy'),
      namespaceLabels: (name) => data.find({ kind: 'Namespace', namespace: '', name })?.metadata.labels,
    }),
    hasPolicies: () => data.manifests('NetworkPolicy').length > 0,
    isKnown: () => adopted.every((instance) => instance.view().state !== 'launching'),
  };
}

function networkPod(pod: Pod, machine: AddressPair | undefined): NetworkPod {
  const { spec, uid } = pod;
  const { namespace, name, labels, hostname, shortHostname, subdomain, bandwidth, containers } = spec;
  const hostNetwork = containers.every(({ namespaces }) => namespaces.net === 'host');
  const net: NamespaceMode = hostNetwork ? 'host' : 'pod';
  const addresses = hostNetwork ? machine : isNetworked(spec) ? pod.addresses : undefined;
  const living = liveInstances(pod).filter((instance) => instance.spec()?.namespaces.net === net);
  const init = living.find((instance) => instance.view().state === 'running')?.init();
  return {
    ...{ uid, namespace, name, labels, hostNetwork },
    hostname: shortHostname ?? hostname,
    ...(subdomain === undefined ? {} : { subdomain }),
    ...(addresses === undefined ? {} : { addresses }),
    isUp: pod.sandboxHeld || living.length > 0,
    isReady: pod.status?.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    isEnding: pod.phase !== 'sync',
    ports: containers.flatMap(({ namespaces, ports }) => (namespaces.net === net ? ports : [])),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(init === undefined || hostNetwork ? {} : { init }),
  };
}

const liveInstances = ({ containers }: Pod) =>
  [...containers.values()].flatMap(({ instance }) =>
    instance === undefined || instance.view().state === 'exited' ? [] : [instance],
  );

function pairOf(addresses: readonly string[]): AddressPair | undefined {
  const ipv4 = addresses.find((address) => !address.includes(':'));
  const ipv6 = addresses.find((address) => address.includes(':'));
  if (ipv4 === undefined) return undefined;
  return ipv6 === undefined ? { ipv4 } : { ipv4, ipv6 };
}
