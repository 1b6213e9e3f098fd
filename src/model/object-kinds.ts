/** What each kind of object is called: in manifests, in the API's paths and its discovery, on the command line. */
import type { DataKind } from './object-manifest.ts';
import { type WorkloadKind, workloadKinds } from './workload.ts';

export interface KindNames {
  readonly apiVersion: 'v1' | `${string}/v1`;
  /** in paths, and of many on the command line */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** it is in no namespace */
  readonly isClusterScoped?: true;
  /** `get all` shows it */
  readonly isOfAll?: true;
  /** controllers write a status to it, and its spec has a generation */
  readonly hasStatus?: true;
  /** its number of pods can be set (autoscaling/v1 Scale) */
  readonly hasScale?: true;
}

const workload = { isOfAll: true, hasStatus: true } as const;
const scaled = { ...workload, hasScale: true } as const;

/** Of every kind but Pod. */
export const kindNames = {
  ConfigMap: { apiVersion: 'v1', resource: 'configmaps', singular: 'configmap', shortNames: ['cm'] },
  Secret: { apiVersion: 'v1', resource: 'secrets', singular: 'secret', shortNames: [] },
  Service: { apiVersion: 'v1', resource: 'services', singular: 'service', shortNames: ['svc'], isOfAll: true },
  NetworkPolicy: {
    apiVersion: 'networking.k8s.io/v1',
    resource: 'networkpolicies',
    singular: 'networkpolicy',
    shortNames: ['netpol'],
  },
  Namespace: {
    apiVersion: 'v1',
    resource: 'namespaces',
    singular: 'namespace',
    shortNames: ['ns'],
    isClusterScoped: true,
  },
  PersistentVolumeClaim: {
    apiVersion: 'v1',
    resource: 'persistentvolumeclaims',
    singular: 'persistentvolumeclaim',
    shortNames: ['pvc'],
  },
  Deployment: {
    apiVersion: 'apps/v1',
    resource: 'deployments',
    singular: 'deployment',
    shortNames: ['deploy'],
    ...scaled,
  },
  ReplicaSet: {
    apiVersion: 'apps/v1',
    resource: 'replicasets',
    singular: 'replicaset',
    shortNames: ['rs'],
    ...scaled,
  },
  StatefulSet: {
    apiVersion: 'apps/v1',
    resource: 'statefulsets',
    singular: 'statefulset',
    shortNames: ['sts'],
    ...scaled,
  },
  DaemonSet: {
    apiVersion: 'apps/v1',
    resource: 'daemonsets',
    singular: 'daemonset',
    shortNames: ['ds'],
    ...workload,
  },
  ControllerRevision: {
    apiVersion: 'apps/v1',
    resource: 'controllerrevisions',
    singular: 'controllerrevision',
    shortNames: [],
  },
  Job: { apiVersion: 'batch/v1', resource: 'jobs', singular: 'job', shortNames: [], ...workload },
  CronJob: { apiVersion: 'batch/v1', resource: 'cronjobs', singular: 'cronjob', shortNames: ['cj'], ...workload },
} as const satisfies Readonly<Record<DataKind, KindNames>>;

export const dataKinds = Object.keys(kindNames) as unknown as readonly [DataKind, ...DataKind[]];

/** Kubernetes' name of the resource. */
export type DataResource = (typeof kindNames)[DataKind]['resource'];

export const isDataKind = (kind: unknown): kind is DataKind =>
  typeof kind === 'string' && Object.hasOwn(kindNames, kind);

/** The same names with all that may be said of a kind. */
export const namesOf = (kind: DataKind): KindNames => kindNames[kind];

/** It is in no namespace. */
export const isClusterScoped = (kind: string): boolean => isDataKind(kind) && namesOf(kind).isClusterScoped === true;

export const isWorkloadKind = (kind: unknown): kind is WorkloadKind =>
  (workloadKinds as readonly unknown[]).includes(kind);

/** The namespace that an object of that kind is in; '' for one that is in none. */
export const namespaceFor = (kind: string, written: string | undefined): string =>
  isClusterScoped(kind) ? '' : written || 'default';

/** Where the API keeps what is of this apiVersion: `/api/v1`, `/apis/GROUP/v1`. */
export const apiRoot = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** The same for each kind. */
export function byDataKind<T>(make: (kind: DataKind) => T): Readonly<Record<DataKind, T>> {
  return Object.fromEntries(dataKinds.map((kind) => [kind, make(kind)])) as Record<DataKind, T>;
}
