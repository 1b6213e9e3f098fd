/** What podd tells beside an object that is described: who stands behind it, what it controls, who uses it. */
import { namesOf } from '../model/object-kinds.ts';
import type { LabelSelector } from '../model/service-spec.ts';
import type {
  AppObject,
  ClaimObject,
  DataObject,
  EndpointsObject,
  PodObject,
  ServiceObject,
} from '../protocol/objects.ts';
import type { Client } from './client.ts';
import type { Beside } from './describe-data.ts';
import type { ServiceSurroundings } from './describe-service.ts';
import type { Controlled } from './describe-workload.ts';
import { formatSelector } from './format-selector.ts';
import { fieldsOf, records } from './loose-values.ts';
import { dataPath, endpointsPath, podsPath } from './pod-paths.ts';
import { readEventsOf } from './read-events-of.ts';

/** Everything but the time. */
export async function readSurroundings(client: Client, object: DataObject): Promise<Omit<Beside, 'nowMs'>> {
  if (object.kind === 'Service') return { service: await readService(client, object) };
  if (object.kind === 'PersistentVolumeClaim') return { pods: await readUsers(client, object) };
  if (namesOf(object.kind).hasStatus !== true) return {};
  const workload = object as AppObject;
  const [events, controlled] = await Promise.all([readEventsOf(client, object), readControlled(client, workload)]);
  return { events, ...controlled };
}

async function readControlled(client: Client, object: AppObject): Promise<Controlled> {
  const { kind, metadata, spec } = object;
  if (kind === 'Job' || kind === 'CronJob') return {};
  if (kind === 'Deployment') {
    const sets = await readList<AppObject<'ReplicaSet'>>(client, dataPath('ReplicaSet', metadata.namespace));
    return { sets: sets.filter(isControlledBy(object)).toSorted(byAge) };
  }
  const labelSelector = formatSelector(spec.selector as LabelSelector | undefined, '');
  const pods = await readList<PodObject>(client, podsPath(metadata.namespace, { labelSelector }));
  return { pods: pods.filter(isControlledBy(object)) };
}

const readList = async <T>(client: Client, path: string): Promise<readonly T[]> =>
  (await client.json<{ readonly items: readonly T[] }>('GET', path)).items;

const isControlledBy =
  ({ metadata: { uid: wanted } }: AppObject) =>
  ({ metadata }: AppObject | PodObject): boolean =>
    metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === wanted) ?? false;

const byAge = (left: AppObject, right: AppObject): number =>
  Date.parse(left.metadata.creationTimestamp) - Date.parse(right.metadata.creationTimestamp);

async function readUsers(client: Client, { metadata }: ClaimObject): Promise<readonly PodObject[]> {
  const pods = await readList<PodObject>(client, podsPath(metadata.namespace));
  return pods.filter(({ spec }) =>
    records(spec.volumes).some((volume) => fieldsOf(volume.persistentVolumeClaim).claimName === metadata.name),
  );
}

async function readService(client: Client, { metadata, spec }: ServiceObject): Promise<ServiceSurroundings> {
  const pairs = Object.entries(spec.selector ?? {});
  if (pairs.length === 0 || spec.type === 'ExternalName') return { pods: [] };
  const labelSelector = pairs.map(([key, value]) => `${key}=${value}`).join(',');
  const [endpoints, pods] = await Promise.all([
    client.json<EndpointsObject>('GET', endpointsPath(metadata.namespace, metadata.name)),
    readList<PodObject>(client, podsPath(metadata.namespace, { labelSelector })),
  ]);
  return { endpoints, pods };
}
