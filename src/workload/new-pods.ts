/** Pods out of a controller's template. */
import type { PodManifest } from '../model/pod-spec.ts';
import type { OwnedPod, PodTemplate, WorkloadAction, WorkloadObject } from '../model/workload.ts';
import { controllerReference } from './ownership.ts';
import { newNames } from './template-hash.ts';

/** One pod of the template that `owner` manages. */
export function podFromTemplate(
  owner: WorkloadObject<unknown, unknown>,
  { metadata, spec }: PodTemplate,
  name: string,
): PodManifest {
  const { labels, annotations } = metadata ?? {};
  return {
    apiVersion: owner.apiVersion === 'podctl.dev/v1' ? 'podctl.dev/v1' : 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace: owner.namespace },
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    spec,
  };
}

/** `count` pods under generated names that none of `pods` has. */
export function createPods(
  owner: WorkloadObject<unknown, unknown>,
  template: PodTemplate,
  count: number,
  { pods, nowMs }: { readonly pods: readonly OwnedPod[]; readonly nowMs: number },
): readonly WorkloadAction[] {
  const taken = new Set(pods.map(({ name }) => name));
  return newNames(`${owner.name}-`, `${owner.uid}/${nowMs}`, count, taken).map((name) => ({
    action: 'createPod',
    manifest: podFromTemplate(owner, template, name),
  }));
}
