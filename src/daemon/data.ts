/** Objects that are no pods: get, list, watch, create, replace, delete. */
import { keyOfManifest } from '../model/data-key.ts';
import { apiRoot, isClusterScoped, kindNames, namesOf } from '../model/object-kinds.ts';
import type { DataKey, DataKind, DataManifest } from '../model/object-manifest.ts';
import type { ApiStatus } from '../protocol/api.ts';
import type { DataList, DataObject } from '../protocol/objects.ts';
import type { ApiCall, Route } from './api-context.ts';
import { checkUnchanged, createOnce, placed } from './check-object.ts';
import { decodeDataManifest, decodeDeleteRequest, dryRunRefused, recordOf } from './decode-bodies.ts';
import { flagOf } from './query.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';
import { scaleRoutes } from './scale.ts';
import { byNamespaceAndName, dataSelection } from './select-objects.ts';
import { serveWatch } from './serve-watch.ts';
import { ApiError, objectNotFound } from './status-errors.ts';

/** The routes of one kind, as those of pods. */
export function dataRoutes(kind: DataKind): readonly Route[] {
  const { apiVersion, resource, hasStatus, hasScale } = namesOf(kind);
  const root = apiRoot(apiVersion);
  const all = `${root}/${resource}`;
  const some = isClusterScoped(kind) ? all : `${root}/namespaces/:namespace/${resource}`;
  const one = `${some}/:name`;
  const run = (handle: (call: ApiCall, kind: DataKind) => void | Promise<void>) => (call: ApiCall) =>
    handle(call, kind);
  const lists: readonly Route[] = [...new Set([all, some])].flatMap((path): Route[] => [
    { method: 'GET', path, produces: 'json', run: run(listData) },
    { method: 'DELETE', path, produces: 'json', run: run(deleteSelected) },
  ]);
  return [
    ...lists,
    { method: 'POST', path: some, produces: 'json', run: run(createData) },
    { method: 'GET', path: one, produces: 'json', run: run(getData) },
    { method: 'PUT', path: one, produces: 'json', run: run(replaceData) },
    { method: 'DELETE', path: one, produces: 'json', run: run(deleteData) },
    ...(hasStatus ? [{ method: 'GET', path: `${one}/status`, produces: 'json', run: run(getData) } as const] : []),
    ...(hasScale ? scaleRoutes(one, kind) : []),
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
  const { namespace } = call.params;
  if (call.query.has('dryRun')) throw dryRunRefused();
  const body = decodeDataManifest(await readJsonBody(call.request), kind);
  const manifest = placed(body, namespace, body.metadata.name);
  const { name } = manifest.metadata;
  const isThere = call.context.reconciler.data.get(keyOfManifest(manifest)) !== undefined;
  const { resource } = kindNames[kind];
  const refusal = () => new ApiError('AlreadyExists', `${resource} "${name}" already exists`, { name, kind: resource });
  await createOnce(`${kind} ${namespace ?? ''}/${name}`, isThere, refusal, () => applyOne(call, 201, manifest));
}

/** 404 when there is none; 409 Conflict when the body's resourceVersion or uid is not the current one. */
async function replaceData(call: ApiCall, kind: DataKind): Promise<void> {
  const { namespace, name = '' } = call.params;
  const body = await readJsonBody(call.request);
  const manifest = placed(decodeDataManifest(body, kind), namespace, name);
  const metadata = recordOf(recordOf(body, 'body').metadata, 'body.metadata');
  checkUnchanged(requireData(call, kind), metadata, kindNames[kind].resource);
  await applyOne(call, 200, manifest);
}

async function applyOne(call: ApiCall, code: 200 | 201, manifest: DataManifest): Promise<void> {
  const { results } = await call.context.reconciler.apply({ manifests: [manifest], replaces: true, dryRun: false });
  const object = call.context.reconciler.data.get(keyOfManifest(manifest));
  if (object === undefined) throw objectNotFound(kindNames[manifest.kind].resource, manifest.metadata.name);
  sendJson(call.response, code, object, results[0]?.warnings ?? []);
}

/** Answers as Kubernetes does: with a Status that names what is gone at once, else with what is still there. */
async function deleteData(call: ApiCall, kind: DataKind): Promise<void> {
  const options = decodeDeleteRequest(await readJsonBody(call.request), call.query);
  const { name, uid } = requireData(call, kind).metadata;
  const { data } = call.context.reconciler;
  await data.delete(keyOf(call, kind), options);
  const left = data.get(keyOf(call, kind));
  if (left?.metadata.uid === uid) return sendJson(call.response, 200, left);
  const details = { name, kind: kindNames[kind].resource };
  const status: Omit<ApiStatus, 'message' | 'reason' | 'code'> = {
    ...{ apiVersion: 'v1', kind: 'Status', status: 'Success', details },
  };
  sendJson(call.response, 200, status);
}

/** All selected ones; answers with the list of them. */
async function deleteSelected(call: ApiCall, kind: DataKind): Promise<void> {
  const selects = dataSelection(call);
  const { propagation } = decodeDeleteRequest(await readJsonBody(call.request), call.query);
  const chosen = call.context.data[kind].list().filter(selects);
  const { data } = call.context.reconciler;
  await Promise.all(
    chosen.map(async ({ metadata: { namespace = '', name } }) => {
      const key = { kind, namespace, name };
      if (data.get(key) !== undefined) await data.delete(key, propagation && { propagation });
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
