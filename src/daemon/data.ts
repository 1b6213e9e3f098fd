/** Objects that are no pods: get, list, watch, create, replace, delete. */
import { apiRoot, kindNames } from '../model/object-kinds.ts';
import type { DataKey, DataKind, DataManifest } from '../model/object-manifest.ts';
import type { ApiStatus } from '../protocol/api.ts';
import type { DataList, DataObject } from '../protocol/objects.ts';
import type { ApiCall, Route } from './api-context.ts';
import { checkUnchanged, createOnce, placed } from './check-object.ts';
import { decodeDataManifest, decodeDeleteRequest, dryRunRefused, recordOf } from './decode-bodies.ts';
import { flagOf } from './query.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';
import { byNamespaceAndName, dataSelection } from './select-objects.ts';
import { serveWatch } from './serve-watch.ts';
import { ApiError, objectNotFound } from './status-errors.ts';

/** The routes of one kind, as those of pods. */
export function dataRoutes(kind: DataKind): readonly Route[] {
  const { apiVersion, resource } = kindNames[kind];
  const root = apiRoot(apiVersion);
  const all = `${root}/${resource}`;
  const some = `${root}/namespaces/:namespace/${resource}`;
  const one = `${some}/:name`;
  const run = (handle: (call: ApiCall, kind: DataKind) => void | Promise<void>) => (call: ApiCall) =>
    handle(call, kind);
  return [
    { method: 'GET', path: all, produces: 'json', run: run(listData) },
    { method: 'DELETE', path: all, produces: 'json', run: run(deleteSelected) },
    { method: 'GET', path: some, produces: 'json', run: run(listData) },
    { method: 'POST', path: some, produces: 'json', run: run(createData) },
    { method: 'DELETE', path: some, produces: 'json', run: run(deleteSelected) },
    { method: 'GET', path: one, produces: 'json', run: run(getData) },
    { method: 'PUT', path: one, produces: 'json', run: run(replaceData) },
    { method: 'DELETE', path: one, produces: 'json', run: run(deleteData) },
  ];
}

/** The list, or with `watch` the stream. */
function listData(call: ApiCall, kind: DataKind): void {
  const selects = dataSelection(call);
  const source = call.context.data[kind];
  if (flagOf(call.query, 'watch')) serveWatch(call, source, selects);
  else sendJson(call.response, 200, listOf(call, kind, source.list().filter(selects)));
}

function getData(call: ApiCall, kind: DataKind): void {
  sendJson(call.response, 200, requireData(call, kind));
}

/** 409 AlreadyExists when there is one of that name. */
async function createData(call: ApiCall, kind: DataKind): Promise<void> {
  const { namespace = '' } = call.params;
  if (call.query.has('dryRun')) throw dryRunRefused();
  const body = decodeDataManifest(await readJsonBody(call.request), kind);
  const manifest = placed(body, namespace, body.metadata.name);
  const { name } = manifest.metadata;
  const isThere = call.context.reconciler.data.get({ kind, namespace, name }) !== undefined;
  const { resource } = kindNames[kind];
  const refusal = () => new ApiError('AlreadyExists', `${resource} "${name}" already exists`, { name, kind: resource });
  await createOnce(`${kind} ${namespace}/${name}`, isThere, refusal, () => applyOne(call, 201, manifest));
}

/** 404 when there is none; 409 Conflict when the body's resourceVersion or uid is not the current one. */
async function replaceData(call: ApiCall, kind: DataKind): Promise<void> {
  const { namespace = '', name = '' } = call.params;
  const body = await readJsonBody(call.request);
  const manifest = placed(decodeDataManifest(body, kind), namespace, name);
  const metadata = recordOf(recordOf(body, 'body').metadata, 'body.metadata');
  checkUnchanged(requireData(call, kind), metadata, kindNames[kind].resource);
  await applyOne(call, 200, manifest);
}

async function applyOne(call: ApiCall, code: 200 | 201, manifest: DataManifest): Promise<void> {
  const { results } = await call.context.reconciler.apply({ manifests: [manifest], dryRun: false });
  const { name, namespace = '' } = manifest.metadata;
  const object = call.context.reconciler.data.get({ kind: manifest.kind, namespace, name });
  if (object === undefined) throw objectNotFound(kindNames[manifest.kind].resource, name);
  sendJson(call.response, code, object, results[0]?.warnings ?? []);
}

/** Answers as Kubernetes does for what is gone at once: a Status with the name of what was deleted. */
async function deleteData(call: ApiCall, kind: DataKind): Promise<void> {
  const { uid: wanted } = decodeDeleteRequest(await readJsonBody(call.request), call.query);
  const { metadata } = requireData(call, kind);
  const { name, uid } = metadata;
  const details = { name, kind: kindNames[kind].resource };
  if (wanted !== undefined && wanted !== uid) {
    const message = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`;
    throw new ApiError('Conflict', message, details);
  }
  await call.context.reconciler.data.delete(keyOf(call, kind));
  const status: Omit<ApiStatus, 'message' | 'reason' | 'code'> = {
    ...{ apiVersion: 'v1', kind: 'Status', status: 'Success', details },
  };
  sendJson(call.response, 200, status);
}

/** All selected ones; answers with the list of them. */
async function deleteSelected(call: ApiCall, kind: DataKind): Promise<void> {
  const selects = dataSelection(call);
  decodeDeleteRequest(await readJsonBody(call.request), call.query);
  const chosen = call.context.data[kind].list().filter(selects);
  const { data } = call.context.reconciler;
  await Promise.all(
    chosen.map(async ({ metadata }) => {
      const key = { kind, namespace: metadata.namespace, name: metadata.name };
      if (data.get(key) !== undefined) await data.delete(key);
    }),
  );
  sendJson(call.response, 200, listOf(call, kind, chosen));
}

function requireData(call: ApiCall, kind: DataKind): DataObject {
  const key = keyOf(call, kind);
  const object = call.context.reconciler.data.get(key);
  if (object === undefined) throw objectNotFound(kindNames[kind].resource, key.name);
  return object;
}

const keyOf = ({ params }: ApiCall, kind: DataKind): DataKey => ({
  ...{ kind, namespace: params.namespace ?? '', name: params.name ?? '' },
});

function listOf(call: ApiCall, kind: DataKind, objects: readonly DataObject[]): DataList {
  const resourceVersion = call.context.reconciler.resourceVersion();
  const items = [...objects].sort(byNamespaceAndName);
  return { apiVersion: kindNames[kind].apiVersion, kind: `${kind}List`, metadata: { resourceVersion }, items };
}
