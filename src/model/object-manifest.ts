/** Objects beside pods that a manifest file may hold: as the user wrote them, validated. */
import type { PodManifest } from './pod-spec.ts';
import type { NetworkPolicySpec, ServiceSpec } from './service-spec.ts';
import type { OwnerReference, WorkloadKind } from './workload.ts';

interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface ConfigMapManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: ObjectMetadata;
  readonly data?: Readonly<Record<string, string>>;
  /** base64 */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface SecretManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: ObjectMetadata;
  /** default Opaque */
  readonly type?: string;
  /** base64 */
  readonly data?: Readonly<Record<string, string>>;
  /** plain text; wins over data (Kubernetes merges it in and never shows it again) */
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface ServiceManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly metadata: ObjectMetadata;
  readonly spec: ServiceSpec;
}

export interface NetworkPolicyManifest {
  readonly apiVersion: 'networking.k8s.io/v1';
  readonly kind: 'NetworkPolicy';
  readonly metadata: ObjectMetadata;
  /** absent: every pod of the namespace is isolated from what would reach it */
  readonly spec?: NetworkPolicySpec;
}

export interface NamespaceManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Namespace';
  readonly metadata: ObjectMetadata;
}

/** core/v1 PersistentVolumeClaimSpec, as far as it means something here: a directory of this machine. */
export interface ClaimSpec {
  readonly accessModes?: readonly string[];
  readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
  readonly storageClassName?: string;
  readonly volumeMode?: string;
  readonly volumeName?: string;
}

export interface ClaimManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'PersistentVolumeClaim';
  readonly metadata: ObjectMetadata;
  readonly spec: ClaimSpec;
}

/** What a StatefulSet or DaemonSet was made of (apps/v1). */
export interface RevisionManifest {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'ControllerRevision';
  readonly metadata: ObjectMetadata;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly revision?: number;
}

/** What makes pods; with podctl.dev/v1 the template may hold podctl's own fields. */
export type WorkloadManifest<K extends WorkloadKind = WorkloadKind> = K extends WorkloadKind
  ? {
      readonly apiVersion: 'apps/v1' | 'batch/v1' | 'podctl.dev/v1';
      readonly kind: K;
      readonly metadata: ObjectMetadata;
      readonly spec: Readonly<Record<string, unknown>>;
    }
  : never;

/** What pods take contents from. */
export type ContentManifest = ConfigMapManifest | SecretManifest;
export type ContentKind = ContentManifest['kind'];

/** All but pods: kept as it is wanted. */
export type DataManifest =
  | ContentManifest
  | ServiceManifest
  | NetworkPolicyManifest
  | NamespaceManifest
  | ClaimManifest
  | RevisionManifest
  | WorkloadManifest;
export type DataKind = DataManifest['kind'];

/** Which object. */
export interface DataKey<K extends DataKind = DataKind> {
  readonly kind: K;
  readonly namespace: string;
  readonly name: string;
}

export type DataManifestOf<K extends DataKind> = Extract<DataManifest, { readonly kind: K }>;

/** Anything `apply` takes. */
export type ObjectManifest = PodManifest | DataManifest;

export type ObjectKind = ObjectManifest['kind'];
