/** Paths of the API (protocol/api.ts), with their query. */
import { apiRoot, isClusterScoped, kindNames } from '../model/object-kinds.ts';
import type { DataKind } from '../model/object-manifest.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `namespace` undefined: all of them. */
export function podsPath(namespace: string | undefined, query: Query = {}): string {
  return withQuery(`${scope(namespace)}/pods`, query);
}

export function podPath(
  namespace: string,
  name: string,
  sub?: 'log' | 'exec' | 'attach' | 'portforward' | 'status',
  query: Query = {},
): string {
  return withQuery(`${scope(namespace)}/pods/${encodeURIComponent(name)}${sub === undefined ? '' : `/${sub}`}`, query);
}

/** Of another kind; `name` undefined: all of them. */
export function dataPath(kind: DataKind, namespace: string | undefined, name?: string, query: Query = {}): string {
  const one = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  const { apiVersion, resource } = kindNames[kind];
  const place = isClusterScoped(kind) ? undefined : namespace;
  return withQuery(`${scope(place, apiRoot(apiVersion))}/${resource}${one}`, query);
}

/** Who stands behind Services; `name` undefined: behind all of them. */
export function endpointsPath(namespace: string | undefined, name?: string, query: Query = {}): string {
  const one = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return withQuery(`${scope(namespace)}/endpoints${one}`, query);
}

export function eventsPath(namespace: string | undefined, query: Query = {}): string {
  return withQuery(`${scope(namespace)}/events`, query);
}

/** podctl's own: every container of the scope with its programs. */
export function programsPath(namespace: string | undefined, query: Query = {}): string {
  return withQuery(`${ourScope(namespace)}/programs`, query);
}

/** podctl's own: what the kernel counts of the pods of the scope. */
export function usagePath(namespace: string | undefined, query: Query = {}): string {
  return withQuery(`${ourScope(namespace)}/usage`, query);
}

/** podctl's own requests about one pod. */
export function podActionPath(
  namespace: string,
  name: string,
  action: 'control' | 'resources' | 'scale' | 'sync' | 'why',
  query: Query = {},
): string {
  return withQuery(`${ourScope(namespace)}/pods/${encodeURIComponent(name)}/${action}`, query);
}

const ourScope = (namespace: string | undefined): string => scope(namespace, '/apis/podctl.dev/v1');

function scope(namespace: string | undefined, root = '/api/v1'): string {
  return namespace === undefined ? root : `${root}/namespaces/${encodeURIComponent(namespace)}`;
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== false);
  if (given.length === 0) return path;
  const pairs = given.map(([key, value]) => `${key}=${encodeURIComponent(value === true ? '1' : String(value))}`);
  return `${path}?${pairs.join('&')}`;
}
