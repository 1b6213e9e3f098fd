/** The number of pods of a Deployment, ReplicaSet or StatefulSet: autoscaling/v1 Scale. */
import { namesOf } from '../model/object-kinds.ts';
import type { DataKind } from '../model/object-manifest.ts';
import type { DataObject } from '../protocol/objects.ts';
import type { ApiCall, Route } from './api-context.ts';
import { recordOf } from './decode-bodies.ts';
import { checkInteger } from './query.ts';
import { readJsonBody } from './request-body.ts';
import { sendJson } from './respond.ts';
import { objectNotFound } from './status-errors.ts';

/** GET and PUT below the path of one object. */
export function scaleRoutes(one: string, kind: DataKind): readonly Route[] {
  const path = `${one}/scale`;
  return [
    { method: 'GET', path, produces: 'json', run: (call) => sendJson(call.response, 200, scaleOf(find(call, kind))) },
    { method: 'PUT', path, produces: 'json', run: (call) => setScale(call, kind) },
  ];
}

async function setScale(call: ApiCall, kind: DataKind): Promise<void> {
  const body = recordOf(await readJsonBody(call.request), 'body');
  const { replicas } = recordOf(body.spec, 'body.spec');
  const wanted = checkInteger(replicas ?? 0, 'body.spec.replicas', 0);
  const { metadata, spec, apiVersion } = find(call, kind);
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  const manifest = { ...{ apiVersion, kind }, metadata: { name, namespace, labels, annotations } };
  const changed = { ...manifest, spec: { ...spec, replicas: wanted } } as Manifest;
  await call.context.reconciler.apply({ manifests: [changed], replaces: true, dryRun: false });
  sendJson(call.response, 200, scaleOf(find(call, kind)));
}

type Manifest = Parameters<ApiCall['context']['reconciler']['apply']>[0]['manifests'][number];
type Scaled = DataObject & { readonly spec: Readonly<Record<string, unknown>> };

function find({ context, params }: ApiCall, kind: DataKind): Scaled {
  const { namespace = '', name = '' } = params;
  const object = context.reconciler.data.get({ kind, namespace, name });
  if (object === undefined) throw objectNotFound(namesOf(kind).resource, name);
  return object as Scaled;
}

function scaleOf({ metadata, spec, ...object }: Scaled): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const { replicas = 1, selector } = spec;
  const { matchLabels = {} } = (selector ?? {}) as { readonly matchLabels?: Readonly<Record<string, string>> };
  const { replicas: current = 0 } = ('status' in object ? object.status : {}) as { readonly replicas?: number };
  const words = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return {
    ...{ apiVersion: 'autoscaling/v1', kind: 'Scale' },
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: { replicas: current, selector: words.join(',') },
  };
}
