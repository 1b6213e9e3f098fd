/** The pods that workloads are about to make, for what is told of selectors: a Service is applied together with its Deployment. Pure. */
import { normalisePod } from '../manifest/normalise.ts';
import { isWorkloadKind } from '../model/object-kinds.ts';
import type { DataManifest, ObjectManifest } from '../model/object-manifest.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { PodTemplate } from '../model/workload.ts';

/** One pod of each template in the namespace, under the workload's name; none of a CronJob's, which come and go. */
export function templatePods(manifests: readonly ObjectManifest[], namespace: string): readonly PodSpec[] {
  return manifests.flatMap((manifest) => {
    if (manifest.kind === 'Pod' || (manifest.metadata.namespace || 'default') !== namespace) return [];
    const template = templateOf(manifest);
    return template === undefined ? [] : [normalisePod(podOf(manifest, template))];
  });
}

function templateOf({ kind, ...rest }: DataManifest): PodTemplate | undefined {
  if (!isWorkloadKind(kind)) return undefined;
  const { spec } = rest as { readonly spec?: { readonly template?: PodTemplate } };
  return spec?.template;
}

function podOf(
  { apiVersion, metadata }: DataManifest,
  { metadata: { labels = {} } = {}, spec }: PodTemplate,
): PodManifest {
  const { name, namespace = 'default' } = metadata;
  const version = apiVersion === 'podctl.dev/v1' ? 'podctl.dev/v1' : 'v1';
  return { apiVersion: version, kind: 'Pod', metadata: { name, namespace, labels }, spec };
}
