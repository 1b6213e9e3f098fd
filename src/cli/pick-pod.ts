/** Which pod is meant by `deployment/web` where a command works on one. */
import type { WorkloadKind } from '../model/workload.ts';
import type { AppObject, PodObject } from '../protocol/objects.ts';
import { PodError } from '../util/pod-error.ts';
import { isApiNotFound } from './api-error.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';
import { dataPath, podPath, podsPath } from './pod-paths.ts';
import { formatWorkload, splitWorkload, type WorkloadTarget } from './workload-target.ts';

interface Listed<T> {
  readonly items: readonly T[];
}

/** What a workload makes that makes its pods. */
const middleKinds: Readonly<Partial<Record<WorkloadKind, WorkloadKind>>> = { Deployment: 'ReplicaSet', CronJob: 'Job' };

/** The word with a pod's name in place of `KIND/NAME`; any other word as it is. Says which of several it took. Throws PodError, ApiError. */
export async function pickPod(client: Client, namespace: string, word: string, io: Pick<Io, 'err'>): Promise<string> {
  const target = splitWorkload(word);
  if (target === undefined) return word;
  const pods = await podsOf(client, namespace, target).catch((error: unknown) =>
    podOfThatName(client, namespace, word, error),
  );
  if (pods === undefined) return word;
  const [pod] = pods;
  if (pod === undefined) {
    throw new PodError('NotFound', `${formatWorkload(target)} has no pods`, {
      hint: `podctl describe ${formatWorkload(target).replace('/', ' ')} says why`,
    });
  }
  const { name } = pod.metadata;
  if (pods.length > 1) io.err(`Found ${pods.length} pods, using pod/${name}\n`);
  return target.rest === '' ? name : `${name}/${target.rest}`;
}

/** Undefined when `job/main` is a container of the pod `job`; otherwise fails as before. */
async function podOfThatName(client: Client, namespace: string, word: string, error: unknown): Promise<undefined> {
  const [pod = ''] = word.split('/');
  if (!isApiNotFound(error)) throw error;
  await client.json('GET', podPath(namespace, pod)).catch(() => {
    throw error;
  });
}

/** Those that a workload manages, directly or not: ready ones first, the longest ready before the others. Throws ApiError NotFound. */
export async function podsOf(
  client: Client,
  namespace: string,
  { kind, name }: WorkloadTarget,
): Promise<readonly PodObject[]> {
  const { metadata } = await client.json<AppObject>('GET', dataPath(kind, namespace, name));
  const middle = middleKinds[kind];
  const objects =
    middle === undefined ? [] : (await client.json<Listed<AppObject>>('GET', dataPath(middle, namespace))).items;
  const owners = new Set([metadata.uid, ...objects.filter(ownedBy(new Set([metadata.uid]))).map(uidOf)]);
  const { items } = await client.json<Listed<PodObject>>('GET', podsPath(namespace));
  return items.filter(ownedBy(owners)).toSorted(bestFirst);
}

const uidOf = ({ metadata }: AppObject): string => metadata.uid;

const ownedBy =
  (owners: ReadonlySet<string>) =>
  ({ metadata }: Pick<AppObject | PodObject, 'metadata'>): boolean =>
    metadata.ownerReferences?.some(({ uid, controller }) => controller === true && owners.has(uid)) ?? false;

function bestFirst(left: PodObject, right: PodObject): number {
  const ranks = [left, right].map(rankOf) as [readonly (number | string)[], readonly (number | string)[]];
  const [one, other] = ranks;
  const index = one.findIndex((rank, place) => rank !== other[place]);
  return index === -1 ? 0 : (one[index] ?? 0) < (other[index] ?? 0) ? -1 : 1;
}

function rankOf({ metadata, status }: PodObject): readonly (number | string)[] {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return [
    metadata.deletionTimestamp === undefined ? 0 : 1,
    status.phase === 'Running' ? 0 : 1,
    ready?.status === 'True' ? 0 : 1,
    ready?.lastTransitionTime ?? '',
    metadata.creationTimestamp,
  ];
}
