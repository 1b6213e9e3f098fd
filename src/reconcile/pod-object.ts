/** A pod as the API shows it. Pure. */

import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { PodStatus } from '../model/pod-status.ts';
import type { PodObject } from '../protocol/objects.ts';

export interface ShownPod {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletion: { readonly graceMs: number; readonly timestamp: string } | undefined;
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
}

/** The manifest as written with what podd knows beside it; name and namespace are always filled in. */
export function toPodObject(pod: ShownPod, status: PodStatus): PodObject {
  const { labels, annotations, ownerReferences } = pod.manifest.metadata;
  return {
    apiVersion: pod.manifest.apiVersion,
    kind: 'Pod',
    metadata: {
      name: pod.spec.name,
      namespace: pod.spec.namespace,
      uid: pod.uid,
      resourceVersion: pod.resourceVersion,
      generation: pod.generation,
      creationTimestamp: pod.creationTimestamp,
      ...(pod.deletion === undefined
        ? {}
        : {
            deletionTimestamp: pod.deletion.timestamp,
            deletionGracePeriodSeconds: Math.ceil(pod.deletion.graceMs / 1000),
          }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: pod.manifest.spec,
    status,
  };
}
