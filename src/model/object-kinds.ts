/** What each kind of object is called: in manifests, in the API's paths and its discovery, on the command line. */
import type { DataKind } from './object-manifest.ts';

export interface KindNames {
  readonly apiVersion: 'v1' | `${string}/v1`;
  /** in paths, and of many on the command line */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
}

/** Of every kind that has no life of its own. */
export const kindNames = {
  ConfigMap: { apiVersion: 'v1', resource: 'configmaps', singular: 'configmap', shortNames: ['cm'] },
  Secret: { apiVersion: 'v1', resource: 'secrets', singular: 'secret', shortNames: [] },
  Service: { apiVersion: 'v1', resource: 'services', singular: 'service', shortNames: ['svc'] },
  NetworkPolicy: {
    apiVersion: 'networking.k8s.io/v1',
    resource: 'networkpolicies',
    singular: 'networkpolicy',
    shortNames: ['netpol'],
  },
} as const satisfies Readonly<Record<DataKind, KindNames>>;

export const dataKinds = Object.keys(kindNames) as unknown as readonly [DataKind, ...DataKind[]];

/** Kubernetes' name of the resource. */
export type DataResource = (typeof kindNames)[DataKind]['resource'];

export const isDataKind = (kind: unknown): kind is DataKind =>
  typeof kind === 'string' && Object.hasOwn(kindNames, kind);

/** Where the API keeps what is of this apiVersion: `/api/v1`, `/apis/GROUP/v1`. */
export const apiRoot = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** The same for each kind. */
export function byDataKind<T>(make: (kind: DataKind) => T): Readonly<Record<DataKind, T>> {
  return Object.fromEntries(dataKinds.map((kind) => [kind, make(kind)])) as Record<DataKind, T>;
}
