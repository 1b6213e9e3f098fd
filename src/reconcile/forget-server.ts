/** Objects as a server printed them, without what only that server could mean by it. Pure. */
import type { ObjectManifest } from '../model/object-manifest.ts';
import { forgetCluster, type ServicePool } from '../network/plan-service-addresses.ts';
import type { JudgedData, JudgedManifests, JudgedPod } from './judge-manifests.ts';

/** After they were judged: by uid and resourceVersion it is known that a server had them. A record has its own. */
export function forgetServer<C extends JudgedManifests>(
  change: C,
  isThere: (uid: string) => boolean,
  pool: ServicePool,
): C {
  const data = change.data.map((judged) => ({ ...judged, manifest: forgetCluster(judged.manifest, isThere, pool) }));
  return { ...change, data: data.map(withoutServers), pods: change.pods.map(withoutServers) };
}

interface ServerMetadata {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

function withoutServers<J extends JudgedData | JudgedPod>(judged: J): J {
  const { metadata } = judged.manifest;
  if (!('uid' in metadata || 'resourceVersion' in metadata)) return judged;
  const { uid: _uid, resourceVersion: _version, ...rest } = metadata as ObjectManifest['metadata'] & ServerMetadata;
  return { ...judged, manifest: { ...judged.manifest, metadata: rest } };
}
