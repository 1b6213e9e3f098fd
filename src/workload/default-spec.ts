/** Specs of workload objects as they were written, with Kubernetes' defaults filled in. Validated before. */
import type { LabelSelector } from '../model/service-spec.ts';
import type { StatefulSetSpec } from '../model/stateful-set-spec.ts';
import type { PodTemplate } from '../model/workload.ts';
import type { DaemonSetSpec, DeploymentSpec, IntOrPercent, ReplicaSetSpec } from '../model/workload-spec.ts';

type Written = Readonly<Record<string, unknown>>;

interface WrittenStrategy {
  readonly type?: string;
  readonly rollingUpdate?: { readonly maxSurge?: IntOrPercent; readonly maxUnavailable?: IntOrPercent };
}

/** apps/v1 ReplicaSetSpec. */
export function replicaSetSpec(written: Written): ReplicaSetSpec {
  return {
    replicas: numberOr(written.replicas, 1),
    minReadySeconds: numberOr(written.minReadySeconds, 0),
    selector: written.selector as LabelSelector,
    template: written.template as PodTemplate,
  };
}

/** apps/v1 DeploymentSpec: rolling updates by a quarter, ten revisions, ten minutes to progress. */
export function deploymentSpec(written: Written): DeploymentSpec {
  const { type, rollingUpdate } = (written.strategy ?? {}) as WrittenStrategy;
  return {
    ...replicaSetSpec(written),
    revisionHistoryLimit: numberOr(written.revisionHistoryLimit, 10),
    progressDeadlineSeconds: numberOr(written.progressDeadlineSeconds, 600),
    paused: written.paused === true,
    strategy:
      type === 'Recreate'
        ? { type }
        : { type: 'RollingUpdate', maxSurge: '25%', maxUnavailable: '25%', ...withoutNull(rollingUpdate) },
  };
}

/** apps/v1 DaemonSetSpec: the old pod goes before the new one comes. */
export function daemonSetSpec(written: Written): DaemonSetSpec {
  const { type, rollingUpdate } = (written.updateStrategy ?? {}) as WrittenStrategy;
  return {
    minReadySeconds: numberOr(written.minReadySeconds, 0),
    revisionHistoryLimit: numberOr(written.revisionHistoryLimit, 10),
    selector: written.selector as LabelSelector,
    template: written.template as PodTemplate,
    updateStrategy:
      type === 'OnDelete'
        ? { type }
        : { type: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1, ...withoutNull(rollingUpdate) },
  };
}

interface WrittenStatefulSet {
  readonly serviceName?: string;
  readonly podManagementPolicy?: StatefulSetSpec['podManagementPolicy'];
  readonly updateStrategy?: {
    readonly type?: string;
    readonly rollingUpdate?: { readonly partition?: number; readonly maxUnavailable?: IntOrPercent };
  };
  readonly persistentVolumeClaimRetentionPolicy?: Partial<StatefulSetSpec['claimRetention']>;
  readonly ordinals?: { readonly start?: number };
  readonly volumeClaimTemplates?: StatefulSetSpec['volumeClaimTemplates'];
}

/** apps/v1 StatefulSetSpec: one pod after the other, claims stay. */
export function statefulSetSpec(written: Written): StatefulSetSpec {
  const set = withoutNull(written as WrittenStatefulSet);
  const { type, rollingUpdate } = set.updateStrategy ?? {};
  return {
    ...replicaSetSpec(written),
    ...(set.serviceName === undefined ? {} : { serviceName: set.serviceName }),
    podManagementPolicy: set.podManagementPolicy ?? 'OrderedReady',
    updateStrategy:
      type === 'OnDelete' ? { type } : { type: 'RollingUpdate', partition: 0, ...withoutNull(rollingUpdate) },
    claimRetention: {
      ...{ whenDeleted: 'Retain', whenScaled: 'Retain' },
      ...withoutNull(set.persistentVolumeClaimRetentionPolicy),
    },
    revisionHistoryLimit: numberOr(written.revisionHistoryLimit, 10),
    firstOrdinal: set.ordinals?.start ?? 0,
    volumeClaimTemplates: set.volumeClaimTemplates ?? [],
  };
}

/** What is no number counts as absent. */
export const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** Kubernetes takes a null for a field that is not there. */
export function withoutNull<T extends object>(values: T | null | undefined): Partial<T> {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
