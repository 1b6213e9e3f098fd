/**
 * Controllers: what makes and replaces pods (Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob). A controller is a pure
 * function of an object, what it owns, and the time; what it wants done is data. `src/workload/` has one file per kind and the loop.
 */
import type { PodManifest } from './pod-spec.ts';
import type { PodCondition, PodPhase } from './pod-status.ts';

export const workloadKinds = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** metadata.ownerReferences[] */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** at most one owner manages it */
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** PodTemplateSpec: validated as a pod without a name. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A pod as a controller sees it. Times are ms since the epoch. */
export interface OwnedPod {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owner?: OwnerReference;
  readonly phase: PodPhase;
  readonly reason?: string;
  readonly isReady: boolean;
  /** of the Ready condition's last change */
  readonly readySinceMs?: number;
  readonly createdMs: number;
  /** it is being deleted */
  readonly isDeleting: boolean;
  /** of all its containers together, which a Job's backoffLimit counts */
  readonly restarts: number;
  /** of that container, init containers apart, which was restarted most often */
  readonly mostRestarts: number;
  readonly conditions: readonly PodCondition[];
  /** of its containers that have ended, for podFailurePolicy */
  readonly exitCodes: Readonly<Record<string, number>>;
  /** when the last of its containers ended */
  readonly finishedMs?: number;
}

/** A workload object with what podd knows of it. */
export interface WorkloadObject<Spec = Readonly<Record<string, unknown>>, Status = Readonly<Record<string, unknown>>> {
  /** Kubernetes' for its kind, or podctl.dev/v1: then its pods are podctl.dev/v1 too */
  readonly apiVersion: string;
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owner?: OwnerReference;
  readonly isDeleting: boolean;
  /** Kubernetes' spec, defaults filled in */
  readonly spec: Spec;
  /** Kubernetes' status, as it was written last */
  readonly status: Status;
}

export type WorkloadAction =
  | { readonly action: 'createPod'; readonly manifest: PodManifest }
  | { readonly action: 'deletePod'; readonly name: string; readonly uid: string; readonly why: string }
  /** put a pod's owner reference in (adopt) or out (release) */
  | {
      readonly action: 'setPodOwner';
      readonly name: string;
      readonly uid: string;
      readonly owner: OwnerReference | undefined;
    }
  /** a ReplicaSet of a Deployment, a Job of a CronJob, a PersistentVolumeClaim of a StatefulSet, a ControllerRevision */
  | { readonly action: 'createObject'; readonly manifest: Readonly<Record<string, unknown>> }
  | {
      readonly action: 'updateObject';
      readonly kind: WorkloadKind;
      readonly name: string;
      readonly uid: string;
      /** put over the fields that are there */
      readonly spec?: Readonly<Record<string, unknown>>;
      /** put over those that are there */
      readonly annotations?: Readonly<Record<string, string>>;
      /** its managing owner from now on (adoption); null: nobody (release) */
      readonly owner?: OwnerReference | null;
    }
  | {
      /** a ControllerRevision */
      readonly action: 'updateRevision';
      readonly name: string;
      readonly uid: string;
      readonly revision?: number;
      /** its managing owner from now on (adoption); null: nobody (release) */
      readonly owner?: OwnerReference | null;
    }
  | {
      readonly action: 'deleteObject';
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly why: string;
    }
  | {
      readonly action: 'event';
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    };

/** A PersistentVolumeClaim as a controller sees it. */
export interface ClaimView {
  readonly name: string;
  readonly uid: string;
  readonly isDeleting: boolean;
}

/** A ControllerRevision as a controller sees it. */
export interface RevisionView {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: OwnerReference;
  readonly createdMs: number;
  readonly isDeleting: boolean;
  /** the highest is the newest */
  readonly revision: number;
  readonly template: PodTemplate;
}

/** data of a ControllerRevision: a patch of the object that it is a revision of. */
export const revisionData = (template: PodTemplate): Readonly<Record<string, unknown>> => ({
  spec: { template: { ...template, $patch: 'replace' } },
});

/** The template of a ControllerRevision's data, whoever wrote it. */
export function templateOfRevision(data: Readonly<Record<string, unknown>> | undefined): PodTemplate {
  const { template = {} } = (data?.spec ?? {}) as { readonly template?: Readonly<Record<string, unknown>> };
  const { $patch: _patch, ...fields } = template;
  return { spec: {}, ...fields };
}

/** What a controller judges beside its object. */
export interface WorkloadFamily {
  /** of the namespace: those that the object or one of its objects manages, and those that nobody manages */
  readonly pods: readonly OwnedPod[];
  /** all of the namespace, of the kind that the controller makes */
  readonly objects: readonly WorkloadObject[];
  /** all of the namespace, for a controller that makes some */
  readonly claims?: readonly ClaimView[];
  /** all of the namespace, for a controller that keeps some */
  readonly revisions?: readonly RevisionView[];
  /** why the last attempt to make or remove one of them failed; absent: it did not */
  readonly refusal?: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string };
}

/** A kind's controller: pure and total, `nowMs` is since the epoch. With nothing left to do it returns no action and an equal status. */
export type PlanWorkload<Spec = never, Status = Readonly<Record<string, unknown>>> = (
  object: WorkloadObject<Spec, Status>,
  family: WorkloadFamily,
  nowMs: number,
) => WorkloadPlan<Status>;

/** What a controller says. */
export interface WorkloadPlan<Status = Readonly<Record<string, unknown>>> {
  readonly actions: readonly WorkloadAction[];
  readonly status: Status;
  /** nothing is to do before this time (ms since the epoch) unless something changes */
  readonly wakeAtMs?: number;
}
