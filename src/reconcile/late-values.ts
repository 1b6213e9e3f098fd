/** What a pod's containers learn of it when they start. */
import { statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { lateValuesOf } from '../launch/fill-late.ts';
import type { LateFacts } from '../launch/late-facts.ts';
import { serviceLinks } from '../launch/service-links.ts';
import type { LateValues } from '../model/late-value.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { Engine } from './engine.ts';
import type { Pod } from './pod.ts';
import { podAddresses } from './pod-addresses.ts';
import type { FileValues } from './read-env-files.ts';

/** What the container's spec waits for, as it is now; `known`: what it was told before stays; `files`: what was read for it. */
export function lateValuesAt(
  engine: Engine,
  pod: Pod,
  container: ContainerSpec,
  { known, files }: { readonly known?: LateValues; readonly files?: FileValues } = {},
): LateValues {
  return lateValuesOf(container, { ...lateFactsOf(engine, pod), ...(files === undefined ? {} : { files }) }, known);
}

/** Of the pod at this moment; for volumes that show it, too. */
export function lateFactsOf(engine: Engine, pod: Pod): LateFacts {
  const { deps } = engine;
  const { name, namespace, labels, annotations, containers, enableServiceLinks } = pod.spec;
  const hostIPs = deps.network.settings.hostAddresses;
  const services = enableServiceLinks === false ? [] : engine.services(namespace);
  return {
    ...{ name, namespace, labels, annotations, uid: pod.uid, hostIPs },
    serviceAccountName: serviceAccountOf(pod),
    nodeName: deps.hostFacts.hostname,
    podIPs: podAddresses(pod.spec, pod.addresses, hostIPs),
    resources: Object.fromEntries(containers.map((container) => [container.name, container.resources])),
    get node() {
      return {
        cpuMillis: availableParallelism() * 1000,
        memoryBytes: deps.hostFacts.memoryBytes,
        storageBytes: storageBytes(deps.paths.root),
      };
    },
    ...(services.length === 0 ? {} : { services: serviceLinks(services) }),
  };
}

function serviceAccountOf({ manifest: { spec } }: Pod): string {
  const { serviceAccountName, serviceAccount } = spec;
  const given = serviceAccountName || serviceAccount;
  return typeof given === 'string' && given !== '' ? given : 'default';
}

/** Of the file system that holds podd's state. */
function storageBytes(path: string): number {
  const { blocks, bsize } = statfsSync(path);
  return blocks * bsize;
}
