/** Spec and status of the workload kinds as their controllers see them: Kubernetes' fields, defaults filled in. */
import type { LabelSelector } from './service-spec.ts';
import type { PodTemplate, WorkloadObject } from './workload.ts';

/** A number, or a share of the replicas as `25%`. */
export type IntOrPercent = number | string;

/** metadata.annotations and labels that Kubernetes' controllers keep. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const templateHashLabel = 'pod-template-hash';
export const restartedAtAnnotation = 'kubectl.kubernetes.io/restartedAt';
export const changeCauseAnnotation = 'kubernetes.io/change-cause';

export interface WorkloadCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** RFC 3339 */
  readonly lastTransitionTime: string;
  /** of Deployments' conditions */
  readonly lastUpdateTime?: string;
}

export interface RollingUpdateSpec {
  readonly maxSurge: IntOrPercent;
  readonly maxUnavailable: IntOrPercent;
}

export interface ReplicaSetSpec {
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
}

/** As Kubernetes writes it: what is 0 is left out, but for `replicas`. */
export interface ReplicaSetStatus {
  readonly replicas?: number;
  readonly fullyLabeledReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly observedGeneration?: number;
  readonly conditions?: readonly WorkloadCondition[];
}

export interface DeploymentSpec extends ReplicaSetSpec {
  readonly strategy: { readonly type: 'Recreate' } | ({ readonly type: 'RollingUpdate' } & RollingUpdateSpec);
  readonly revisionHistoryLimit: number;
  readonly progressDeadlineSeconds: number;
  readonly paused: boolean;
}

/** As Kubernetes writes it: what is 0 is left out. */
export interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  /** how often a new ReplicaSet's name was another's */
  readonly collisionCount?: number;
  readonly conditions?: readonly WorkloadCondition[];
}

export interface DaemonSetSpec {
  readonly minReadySeconds: number;
  readonly revisionHistoryLimit: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
  readonly updateStrategy: { readonly type: 'OnDelete' } | ({ readonly type: 'RollingUpdate' } & RollingUpdateSpec);
}

export interface DaemonSetStatus {
  readonly currentNumberScheduled?: number;
  readonly numberMisscheduled?: number;
  readonly desiredNumberScheduled?: number;
  readonly numberReady?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly numberUnavailable?: number;
  readonly observedGeneration?: number;
}

export type DeploymentObject = WorkloadObject<DeploymentSpec, DeploymentStatus>;
export type ReplicaSetObject = WorkloadObject<ReplicaSetSpec, ReplicaSetStatus>;
export type DaemonSetObject = WorkloadObject<DaemonSetSpec, DaemonSetStatus>;
