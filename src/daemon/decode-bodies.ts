/** Checks the shape of what clients send, as far as routes rely on it; fields inside a pod are the manifest's business. */
import { isDataKind, isWorkloadKind, kindNames } from '../model/object-kinds.ts';
import type { DataKind, DataManifest, ObjectManifest } from '../model/object-manifest.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import { type ApplyRequest, type Propagation, propagations } from '../protocol/api.ts';
import { closestWord } from '../util/closest-word.ts';
import { checkInteger } from './query.ts';
import { ApiError } from './status-errors.ts';

/** A pod as written by a person or sent back by a client; what only the server may set is left out. Throws ApiError BadRequest. */
export function decodeManifest(value: unknown, where = 'body'): PodManifest {
  const pod = recordOf(value, where);
  if (pod.kind !== 'Pod') throw badRequest(`${where}.kind`, 'Pod', pod.kind);
  if (pod.apiVersion !== 'v1' && pod.apiVersion !== 'podctl.dev/v1') {
    throw badRequest(`${where}.apiVersion`, 'v1 or podctl.dev/v1', pod.apiVersion);
  }
  const metadata = writtenMetadata(pod, where);
  const { status: _status, ...rest } = pod;
  const spec = recordOf(pod.spec, `${where}.spec`);
  return { ...rest, metadata, spec } as unknown as PodManifest;
}

/** Any other object, likewise. No message shows what is in it. */
export function decodeDataManifest(value: unknown, kind: DataKind, where = 'body'): DataManifest {
  const object = recordOf(value, where);
  if (object.kind !== kind) throw badRequest(`${where}.kind`, kind, object.kind);
  const { apiVersion } = kindNames[kind];
  const isOwn = isWorkloadKind(kind) && object.apiVersion === 'podctl.dev/v1';
  if (object.apiVersion !== apiVersion && !isOwn)
    throw badRequest(`${where}.apiVersion`, apiVersion, object.apiVersion);
  const { status: _status, ...rest } = object;
  return { ...rest, metadata: writtenMetadata(object, where) } as unknown as DataManifest;
}

function decodeObject(value: unknown, where: string): ObjectManifest {
  const { kind } = recordOf(value, where);
  return isDataKind(kind) ? decodeDataManifest(value, kind, where) : decodeManifest(value, where);
}

function writtenMetadata(object: Readonly<Record<string, unknown>>, where: string): Readonly<Record<string, unknown>> {
  const metadata = recordOf(object.metadata, `${where}.metadata`);
  if (typeof metadata.name !== 'string') throw badRequest(`${where}.metadata.name`, 'a text', metadata.name);
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !serverMetadata.has(key)));
}

/** The body of `apply`; `dryRun` and `cascade` are off when absent. Throws ApiError BadRequest, also for a field nobody knows: `dryrun` must not write. */
export function decodeApplyRequest(value: unknown): ApplyRequest {
  const { manifests, dryRun = false, cascade = false } = knownFields(value, ['manifests', 'dryRun', 'cascade']);
  if (!Array.isArray(manifests)) throw badRequest('body.manifests', 'a list of objects', manifests);
  if (typeof dryRun !== 'boolean') throw badRequest('body.dryRun', 'true or false', dryRun);
  if (typeof cascade !== 'boolean') throw badRequest('body.cascade', 'true or false', cascade);
  const objects = manifests.map((item, index) => decodeObject(item, `body.manifests[${index}]`));
  return { manifests: objects, dryRun, ...(cascade ? { cascade } : {}) };
}

export interface DeleteRequest {
  /** metav1.DeleteOptions gracePeriodSeconds in ms; absent: the pod's own */
  readonly graceMs?: number;
  /** metav1.Preconditions: delete only the pod with this uid */
  readonly uid?: string;
  /** what becomes of that which it owns */
  readonly propagation?: Propagation;
}

/** metav1.DeleteOptions from the body (kubectl) and the query, which wins. Throws ApiError BadRequest. */
export function decodeDeleteRequest(body: unknown, query: URLSearchParams): DeleteRequest {
  const options = body === undefined ? {} : recordOf(body, 'body');
  if (query.has('dryRun') || options.dryRun !== undefined) throw dryRunRefused();
  const text = query.get('gracePeriodSeconds');
  const seconds = text === null ? options.gracePeriodSeconds : Number(text || Number.NaN);
  const { uid } = options.preconditions === undefined ? {} : recordOf(options.preconditions, 'body.preconditions');
  return {
    ...(seconds === undefined || seconds === null
      ? {}
      : { graceMs: checkInteger(seconds, 'gracePeriodSeconds', 0) * 1000 }),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...propagationOf(options, query),
  };
}

/** propagationPolicy, or orphanDependents as it was called before. */
function propagationOf(
  options: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
): Pick<DeleteRequest, 'propagation'> {
  const policy = query.get('propagationPolicy') ?? options.propagationPolicy;
  if (policy === undefined || policy === null || policy === '')
    return options.orphanDependents === true ? { propagation: 'Orphan' } : {};
  const propagation = propagations.find((known) => known === policy);
  if (propagation === undefined) throw badRequest('propagationPolicy', propagations.join(', '), policy);
  return { propagation };
}

/** `dryRun=All` on the plain resources: refused rather than done. */
export function dryRunRefused(): ApiError {
  return new ApiError('BadRequest', 'dryRun is available for POST /apis/podctl.dev/v1/apply only');
}

// ObjectMeta fields that the server sets; a client that sends back what it got may repeat them. By uid and resourceVersion an apply
// knows what another server has had: forget-server.ts leaves them out.
const serverMetadata = new Set([
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

/** The value when it is a JSON object; throws ApiError BadRequest naming `where`. */
export function recordOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest(where, 'an object', value);
}

/** The fields of a body that may have these and no others; `kind` and `apiVersion` are allowed, as every Kubernetes object has them. */
export function knownFields(
  value: unknown,
  names: readonly string[],
  where = 'body',
): Readonly<Record<string, unknown>> {
  const fields = recordOf(value, where);
  const stray = Object.keys(fields).find((name) => ![...names, 'kind', 'apiVersion'].includes(name));
  if (stray === undefined) return fields;
  const guess = closestWord(stray, names);
  const hint = guess === undefined ? `fields are ${names.join(', ')}` : `did you mean ${guess}?`;
  throw new ApiError('BadRequest', `${where}.${stray}: unknown field`, { hint });
}

/** `body.x: must be a number, found "y"`. */
export function badRequest(where: string, expected: string, found: unknown): ApiError {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 100);
  return new ApiError('BadRequest', `${where}: must be ${expected}, found ${shown}`);
}
