/** Objects as the API shows them: Kubernetes' own shapes. */
import type { PodEvent } from '../model/event.ts';
import type { TransportProtocol } from '../model/network.ts';
import type {
  ClaimManifest,
  ConfigMapManifest,
  DataKind,
  NamespaceManifest,
  NetworkPolicyManifest,
  RevisionManifest,
  SecretManifest,
  ServiceManifest,
  WorkloadManifest,
} from '../model/object-manifest.ts';
import type { PodStatus } from '../model/pod-status.ts';
import type { IpFamilyName } from '../model/service-spec.ts';
import type { OwnerReference, WorkloadKind } from '../model/workload.ts';

export interface PodObject {
  readonly apiVersion: 'v1' | 'podctl.dev/v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: PodStatus;
}

export interface PodList {
  readonly apiVersion: 'v1';
  readonly kind: 'PodList';
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly PodObject[];
}

interface ServerMetadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

interface DataMetadata extends ServerMetadata {
  readonly namespace: string;
}

type Fields = Readonly<Record<string, unknown>>;

export type ConfigMapObject = Omit<ConfigMapManifest, 'metadata'> & { readonly metadata: DataMetadata };
/** as Kubernetes shows it: base64 in data, no stringData */
export type SecretObject = Omit<SecretManifest, 'metadata' | 'stringData'> & { readonly metadata: DataMetadata };
/** as Kubernetes shows it: with defaults, and with the addresses and ports that podd chose */
export type ServiceObject = Omit<ServiceManifest, 'metadata'> & { readonly metadata: DataMetadata };
export type NetworkPolicyObject = Omit<NetworkPolicyManifest, 'metadata'> & { readonly metadata: DataMetadata };
export type NamespaceObject = Omit<NamespaceManifest, 'metadata'> & {
  readonly metadata: ServerMetadata & { readonly namespace?: undefined };
  readonly status: { readonly phase: 'Active' | 'Terminating' };
};
export type ClaimObject = Omit<ClaimManifest, 'metadata'> & {
  readonly metadata: DataMetadata;
  readonly status: {
    readonly phase: 'Bound';
    readonly accessModes: readonly string[];
    readonly capacity: Readonly<Record<string, string | number>>;
  };
};
export type RevisionObject = Omit<RevisionManifest, 'metadata'> & { readonly metadata: DataMetadata };
/** with the status that its controller wrote */
export type AppObject<K extends WorkloadKind = WorkloadKind> = K extends WorkloadKind
  ? Omit<WorkloadManifest<K>, 'metadata'> & { readonly metadata: DataMetadata; readonly status: Fields }
  : never;
export type DataObject =
  | ConfigMapObject
  | SecretObject
  | ServiceObject
  | NetworkPolicyObject
  | NamespaceObject
  | ClaimObject
  | RevisionObject
  | AppObject;
export type DataObjectOf<K extends DataKind> = Extract<DataObject, { readonly kind: K }>;

export interface DataList {
  readonly apiVersion: DataObject['apiVersion'];
  readonly kind: `${DataKind}List`;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly DataObject[];
}

/** Kubernetes v1 Endpoints, computed. */
export interface EndpointsObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Endpoints';
  /** the Service's */
  readonly metadata: DataMetadata;
  readonly subsets: readonly {
    readonly addresses?: readonly EndpointAddress[];
    readonly notReadyAddresses?: readonly EndpointAddress[];
    readonly ports?: readonly EndpointPort[];
  }[];
}

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName: string;
  readonly targetRef: PodReference;
}

interface PodReference {
  readonly kind: 'Pod';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface EndpointPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: TransportProtocol;
}

/** Kubernetes discovery.k8s.io/v1 EndpointSlice, computed. */
export interface EndpointSliceObject {
  readonly apiVersion: 'discovery.k8s.io/v1';
  readonly kind: 'EndpointSlice';
  readonly metadata: DataMetadata;
  readonly addressType: IpFamilyName;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
    readonly hostname?: string;
    readonly nodeName: string;
    readonly targetRef: PodReference;
  }[];
}

/** Stands for a value of a Secret wherever a change of it is told. */
export const secretText = '(secret)';
export const changedSecretText = '(secret, changed)';

export interface EventObject extends PodEvent {
  readonly apiVersion: 'v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion: string };
}

export interface EventList {
  readonly apiVersion: 'v1';
  readonly kind: 'EventList';
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly EventObject[];
}

/** One line of a watch: the current objects come first as ADDED, then changes. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}
