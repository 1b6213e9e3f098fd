/** Objects beside pods that a manifest file may hold: as the user wrote them, validated. Kubernetes v1 ConfigMap and Secret. */
import type { PodManifest } from './pod-spec.ts';
import type { NetworkPolicySpec, ServiceSpec } from './service-spec.ts';

interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
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

/** What pods take contents from. */
export type ContentManifest = ConfigMapManifest | SecretManifest;
export type ContentKind = ContentManifest['kind'];

/** What has no life of its own: kept as it is wanted. */
export type DataManifest = ContentManifest | ServiceManifest | NetworkPolicyManifest;
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
