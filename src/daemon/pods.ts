/** Pods: get, list, watch, create, replace, delete. */
import type { PodManifest } from '../model/pod-spec.ts';
import type { ApplyResult } from '../protocol/api.ts';
import type { PodList, PodObject } from '../protocol/objects.ts';
import { PodError } from '../util/pod-error.ts';
import type { ApiCall } from './api-context.ts';
import { checkUnchanged, createOnce, placed } from './check-object.ts';
import { type DeleteRequest, decodeDeleteRequest, decodeManifest, dryRunRefused, recordOf } from './decode-bodies.ts';
import { flagOf } from './query.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';
import { byNamespaceAndName, podSelection } from './select-objects.ts';
import { serveWatch } from './serve-watch.ts';
import { ApiError, podNotFound } from './status-errors.ts';

/** GET pods of all or one namespace: PodList, or with `watch` the stream. */
export function listPods(call: ApiCall): void {
  const selects = podSelection(call);
  if (flagOf(call.query, 'watch')) serveWatch(call, call.context.pods, selects);
  else sendJson(call.response, 200, podListOf(call, call.context.reconciler.list().filter(selects)));
}

/** GET one pod (also under /status). */
export function getPod(call: ApiCall): void {
  sendJson(call.response, 200, requirePod(call));
}

/** POST: create; 409 AlreadyExists when a pod of that name is there. */
export async function createPod(call: ApiCall): Promise<void> {
  const { namespace = '' } = call.params;
  const manifest = await readManifest(call, namespace);
  const { name } = manifest.metadata;
  const { reconciler } = call.context;
  const existing = reconciler.get(namespace, name);
  const refusal = () => alreadyExists(name, existing);
  await createOnce(`Pod ${namespace}/${name}`, existing !== undefined, refusal, async () => {
    const result = await applyOne(call, manifest);
    sendJson(call.response, 201, podAfter(call, namespace, name), result.warnings);
  });
}

/** PUT: replace what is there; 404 when nothing is, 409 Conflict when the body's resourceVersion or uid is not the current one. */
export async function replacePod(call: ApiCall): Promise<void> {
  const { namespace = '', name = '' } = call.params;
  const body = await readJsonBody(call.request);
  const manifest = placed(decodeManifest(body), namespace, name);
  checkUnchanged(requirePod(call), recordOf(recordOf(body, 'body').metadata, 'body.metadata'), 'pods');
  const result = await applyOne(call, manifest);
  sendJson(call.response, 200, podAfter(call, namespace, name), result.warnings);
}

/** DELETE one pod: begins its deletion and answers with the pod. */
export async function deletePod(call: ApiCall): Promise<void> {
  const options = decodeDeleteRequest(await readJsonBody(call.request), call.query);
  sendJson(call.response, 200, await beginDelete(call, requirePod(call), options));
}

/** DELETE all selected pods of a namespace, or of all; answers with those whose deletion began. All are tried before the first failure is reported. */
export async function deletePods(call: ApiCall): Promise<void> {
  const selects = podSelection(call);
  const options = decodeDeleteRequest(await readJsonBody(call.request), call.query);
  const chosen = call.context.reconciler.list().filter(selects);
  const outcomes = await Promise.allSettled(chosen.map((pod) => beginDelete(call, pod, options)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected' && !isNotFound(outcome.reason));
  if (failed?.status === 'rejected') throw failed.reason;
  const begun = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  sendJson(call.response, 200, podListOf(call, begun));
}

/** The pod of `:namespace`/`:name`; throws 404. */
export function requirePod(call: ApiCall): PodObject {
  const { namespace = '', name = '' } = call.params;
  const pod = call.context.reconciler.get(namespace, name);
  if (pod === undefined) throw podNotFound(name);
  return pod;
}

async function readManifest(call: ApiCall, namespace: string): Promise<PodManifest> {
  if (call.query.has('dryRun')) throw dryRunRefused();
  const manifest = decodeManifest(await readJsonBody(call.request));
  return placed(manifest, namespace, manifest.metadata.name);
}

async function applyOne(call: ApiCall, manifest: PodManifest): Promise<ApplyResult> {
  const { results } = await call.context.reconciler.apply({ manifests: [manifest], replaces: true, dryRun: false });
  const result = results[0];
  if (result === undefined) throw new Error('bug: apply of one manifest gave no result');
  return result;
}

function podAfter(call: ApiCall, namespace: string, name: string): PodObject {
  const pod = call.context.reconciler.get(namespace, name);
  if (pod === undefined) throw podNotFound(name);
  return pod;
}

async function beginDelete(call: ApiCall, pod: PodObject, options: DeleteRequest): Promise<PodObject> {
  const { namespace, name, uid } = pod.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const message = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`;
    throw new ApiError('Conflict', message, { name, kind: 'pods' });
  }
  const grace = options.graceMs === undefined ? {} : { graceMs: options.graceMs };
  return call.context.reconciler.delete(namespace, name, grace);
}

function isNotFound(reason: unknown): boolean {
  return reason instanceof PodError && reason.code === 'NotFound';
}

function podListOf(call: ApiCall, pods: readonly PodObject[]): PodList {
  const items = [...pods].sort(byNamespaceAndName);
  const resourceVersion = call.context.reconciler.resourceVersion();
  return { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion }, items };
}

function alreadyExists(name: string, existing: PodObject | undefined): ApiError {
  const prefix = existing?.metadata.deletionTimestamp === undefined ? '' : 'object is being deleted: ';
  return new ApiError('AlreadyExists', `${prefix}pods "${name}" already exists`, { name, kind: 'pods' });
}
