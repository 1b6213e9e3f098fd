/** What is told of changes of NetworkPolicies. Pure. */
import type { NetworkPolicyManifest } from '../model/object-manifest.ts';
import type { DataMeaning } from './data-meaning.ts';

/** Kept as written; whatever may be changed at any time. */
export const networkPolicyMeaning: DataMeaning<NetworkPolicyManifest> = {
  stored: ({ apiVersion, kind, metadata, spec }) => ({
    ...{ apiVersion, kind, metadata },
    ...(spec === undefined ? {} : { spec }),
  }),
  document: ({ spec = {} }) => ({ spec }),
  tell: (change) => ({ ...change, why: 'holds for new connections, those that exist go on' }),
  checkUpdate: () => [],
};
