/** Paths of the API (protocol/api.ts), with their query. */
import type { DataKind } from '../model/object-manifest.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `namespace` undefined: all of them. */
export function podsPath(namespace: string | undefined, query: Query = {}): string {
  return withQuery(`${scope(namespace)}/pods`, query);
}

export function podPath(namespace: string, name: string, sub?: 'log' | 'exec' | 'attach', query: Query = {}): string {
  return withQuery(`${scope(namespace)}/pods/${encodeURIComponent(name)}${sub === undefined ? '' : `/${sub}`}`, query);
}

/** A kind of ConfigMaps or Secrets; `name` undefined: all of them. */
export function dataPath(kind: DataKind, namespace: string | undefined, name?: string, query: Query = {}): string {
  const one = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return withQuery(`${scope(namespace)}/${kind === 'ConfigMap' ? 'configmaps' : 'secrets'}${one}`, query);
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

function ourScope(namespace: string | undefined): string {
  const root = '/apis/podctl.dev/v1';
  return namespace === undefined ? root : `${root}/namespaces/${encodeURIComponent(namespace)}`;
}

function scope(namespace: string | undefined): string {
  return namespace === undefined ? '/api/v1' : `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== false);
  if (given.length === 0) return path;
  const pairs = given.map(([key, value]) => `${key}=${encodeURIComponent(value === true ? '1' : String(value))}`);
  return `${path}?${pairs.join('&')}`;
}
