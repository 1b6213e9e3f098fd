/** A pod that is deleted is taken out of Services before anything of it is stopped: no new connection comes to what ends. */
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { Network } from '../network/network.ts';
import type { Pod } from './pod.ts';

/** A firewall that refuses must not keep a pod from ending. */
const patienceMs = 1_000;

/** Some Service sends connections to it now. */
export function isServed({ spec, status }: Pod, services: readonly ServiceManifest[]): boolean {
  const isReady = status?.conditions.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
  return services.some((service) => {
    const selector = Object.entries(service.spec.selector ?? {});
    const isChosen = selector.length > 0 && selector.every(([key, value]) => spec.labels[key] === value);
    const isHere = (service.metadata.namespace ?? 'default') === spec.namespace;
    return isHere && isChosen && (isReady || service.spec.publishNotReadyAddresses === true);
  });
}

/** Resolves when the network knows of all that happened to pods up to now, or did not come to know in a reasonable time. */
export async function leaveServices(network: Pick<Network, 'settled'>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([network.settled(), patience]).catch(() => undefined);
  clearTimeout(timer);
}
