/** Rules of pod templates: each holds for every pod that is made of the template, as they are at the moment. Pure. */
import { normaliseDevRules } from '../manifest/normalise-dev.ts';
import type { DevRule } from '../model/dev-rule.ts';
import { isWorkloadKind, kindNames } from '../model/object-kinds.ts';
import type { ObjectManifest } from '../model/object-manifest.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import type { PodObject } from '../protocol/objects.ts';
import { keyOf, nameOfManifest } from './object-names.ts';
import { keysOfPod } from './pod-owners.ts';

/** A pod as a workload of the manifests makes them. */
export interface TemplatePod {
  /** key of the workload */
  readonly maker: string;
  /** `deployment/web` */
  readonly name: string;
  /** under the workload's name */
  readonly manifest: PodManifest;
}

/** One of each template. */
export function templatePods(manifests: readonly ObjectManifest[]): readonly TemplatePod[] {
  return manifests.flatMap((manifest) => {
    const spec = podSpecOf(manifest);
    if (spec === undefined || !isWorkloadKind(manifest.kind)) return [];
    const object = nameOfManifest(manifest);
    const { name, namespace } = object;
    const pod: PodManifest = { apiVersion: 'podctl.dev/v1', kind: 'Pod', metadata: { name, namespace }, spec };
    return [{ maker: keyOf(object), name: `${kindNames[manifest.kind].singular}/${name}`, manifest: pod }];
  });
}

interface Template {
  readonly spec?: PodManifest['spec'];
}

function podSpecOf(manifest: ObjectManifest): PodManifest['spec'] | undefined {
  const { spec } = manifest as {
    readonly spec?: {
      readonly template?: Template;
      readonly jobTemplate?: { readonly spec?: { readonly template?: Template } };
    };
  };
  return (spec?.template ?? spec?.jobTemplate?.spec?.template)?.spec;
}

export const rulesOfTemplate = ({ maker, name, manifest }: TemplatePod): readonly DevRule[] =>
  normaliseDevRules({ ...manifest, metadata: { ...manifest.metadata, name } }).map((rule) => ({ ...rule, maker }));

/** The rule itself, or that of a template once for each of its pods that are to stay. */
export function rulesInPods(rule: DevRule, pods: readonly PodObject[]): readonly DevRule[] {
  const { maker } = rule;
  if (maker === undefined) return [rule];
  return pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && keysOfPod(pod).includes(maker))
    .map(({ metadata }) => ({ ...rule, pod: metadata.name }));
}

/** Unique among rules that are in pods. */
export const placedId = ({ id, pod }: Pick<DevRule, 'id' | 'pod'>): string => `${id} ${pod}`;
