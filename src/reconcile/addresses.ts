/** Which pods are in the pod network, and the addresses they have there. */
import type { PodNetworkFacts } from '../launch/launch-context.ts';
import type { PodLinkPlan } from '../model/network.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { type Engine, noteEvent } from './engine.ts';
import { type Pod, viewOfPod } from './pod.ts';
import { isLive } from './pod-view.ts';

/** True when the pod has a network of its own that is to lead anywhere. */
export function isNetworked({ network, containers }: PodSpec): boolean {
  return network !== 'none' && containers.some(({ namespaces }) => namespaces.net === 'pod');
}

/** At its first start. The record that is written anyway tells of them, and before that the one of the container's start. */
export function assignAddresses({ deps }: Engine, pod: Pod): void {
  if (pod.addresses !== undefined || !isNetworked(pod.spec)) return;
  pod.addresses = deps.network.assign(ownerOf(pod));
}

/** The link that is made with the pod's network namespace. */
export function podLink({ deps }: Engine, pod: Pod): PodLinkPlan | undefined {
  const { addresses, spec } = pod;
  if (addresses === undefined || !isNetworked(spec)) return undefined;
  const { bandwidth } = spec;
  return deps.network.linkOf({ ...ownerOf(pod), addresses, ...(bandwidth === undefined ? {} : { bandwidth }) });
}

/** What /etc/hosts and /etc/resolv.conf of the pod's containers tell of the pod network; undefined: pods have loopback alone. */
export function networkFacts({ deps: { network } }: Engine, { addresses, spec }: Pod): PodNetworkFacts | undefined {
  const { clusterDomain } = network.settings;
  const { mode, dnsAddress } = network.status();
  if (mode === 'off') return undefined;
  const names = dnsAddress === undefined ? {} : { dnsAddress };
  return { ...names, clusterDomain, ...(addresses === undefined || !isNetworked(spec) ? {} : { addresses }) };
}

/** What records say is taken as it is. Should two pods say the same, the one that runs keeps it. */
export function keepAddresses(engine: Engine, pods: readonly Pod[]): void {
  const isRunning = (pod: Pod): boolean =>
    [...viewOfPod(pod).containers.values()].some(({ instance }) => isLive(instance));
  const inOrder = [...pods.filter(isRunning), ...pods.filter((pod) => !isRunning(pod))];
  for (const pod of inOrder) {
    const { addresses } = pod;
    if (addresses === undefined || engine.deps.network.keep(ownerOf(pod), addresses)) continue;
    noteEvent(
      engine,
      pod,
      'Warning',
      'AddressTaken',
      `Another pod has its address ${addresses.ipv4}: it gets a new one`,
    );
    pod.addresses = undefined;
    engine.save(pod);
  }
}

/** Of a pod that is gone. Returns those that waited for some: they are to be looked at again. */
export async function releaseAddresses({ deps, pods }: Engine, { uid }: Pod): Promise<readonly Pod[]> {
  if (!(await deps.network.release(uid))) return [];
  return pods().filter(({ failures }) => {
    const starved = [...failures].filter(([, { code }]) => code === 'AddressesExhausted');
    for (const [key] of starved) failures.delete(key);
    return starved.length > 0;
  });
}

const ownerOf = ({ uid, spec: { namespace, name } }: Pod) => ({ uid, namespace, name });
