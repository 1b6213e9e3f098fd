/** Spec and status of StatefulSets as their controller sees them: Kubernetes' apps/v1, defaults filled in. */
import type { WorkloadObject } from './workload.ts';
import type { IntOrPercent, ReplicaSetSpec } from './workload-spec.ts';

export const podNameLabel = 'statefulset.kubernetes.io/pod-name';
export const podIndexLabel = 'apps.kubernetes.io/pod-index';

export interface ClaimTemplate {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface StatefulSetSpec extends ReplicaSetSpec {
  readonly serviceName?: string;
  readonly podManagementPolicy: 'OrderedReady' | 'Parallel';
  readonly updateStrategy:
    | { readonly type: 'OnDelete' }
    | {
        readonly type: 'RollingUpdate';
        /** pods below this ordinal keep the revision they have */
        readonly partition: number;
        /** absent: one after the other */
        readonly maxUnavailable?: IntOrPercent;
      };
  readonly claimRetention: {
    readonly whenDeleted: 'Retain' | 'Delete';
    readonly whenScaled: 'Retain' | 'Delete';
  };
  readonly revisionHistoryLimit: number;
  /** of the first pod */
  readonly firstOrdinal: number;
  readonly volumeClaimTemplates: readonly ClaimTemplate[];
}

/** As Kubernetes writes it: what is 0 is left out, but for `replicas` and `availableReplicas`. */
export interface StatefulSetStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly currentReplicas?: number;
  readonly updatedReplicas?: number;
  /** the last one that all pods had */
  readonly currentRevision?: string;
  /** of the template as it is */
  readonly updateRevision?: string;
}

export type StatefulSetObject = WorkloadObject<StatefulSetSpec, StatefulSetStatus>;
