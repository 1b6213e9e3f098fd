/** `apply --prune`: what a selector finds and the manifests do not hold (any more) is deleted. */
import { dataKinds, isClusterScoped } from '../model/object-kinds.ts';
import type { ObjectKind } from '../model/object-manifest.ts';
import type { ApplyResult } from '../protocol/api.ts';
import type { DataObject, PodObject } from '../protocol/objects.ts';
import { isApiNotFound } from './api-error.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';
import { dataPath, podPath, podsPath } from './pod-paths.ts';

export interface PruneOptions {
  /** undefined: all of them (`--all`) */
  readonly selector: string | undefined;
  readonly dryRun: boolean;
  readonly io: Io;
}

/** In the namespaces of what was applied; what controllers made is theirs to delete. Prints a line for each. */
export async function prune(
  client: Client,
  applied: readonly ApplyResult[],
  { selector, dryRun, io }: PruneOptions,
): Promise<void> {
  const kept = new Set(applied.map(keyOf));
  const namespaces = new Set(applied.flatMap(({ namespace }) => namespace || []));
  const found = await Promise.all([...namespaces].map((namespace) => candidates(client, namespace, selector)));
  const places =
    selector === undefined
      ? []
      : await list(client, dataPath('Namespace', undefined, undefined, { labelSelector: selector }));
  const stray = [...found.flat(), ...places].filter(
    (object) =>
      !kept.has(keyOf(placeOf(object))) &&
      !isOwned(object) &&
      !(object.kind === 'Namespace' && object.metadata.name === 'default'),
  );
  for (const object of stray) {
    const { kind, namespace, name } = placeOf(object);
    if (!dryRun) await remove(client, kind, namespace, name);
    io.out(`${kind.toLowerCase()}/${name} pruned${dryRun ? ' (dry run)' : ''}\n`);
  }
}

type Found = PodObject | DataObject;

async function candidates(client: Client, namespace: string, labelSelector: string | undefined): Promise<Found[]> {
  const paths = [
    ...dataKinds
      .filter((kind) => !isClusterScoped(kind))
      .map((kind) => dataPath(kind, namespace, undefined, { labelSelector })),
    podsPath(namespace, { labelSelector }),
  ];
  return (await Promise.all(paths.map((path) => list(client, path)))).flat();
}

const list = async (client: Client, path: string): Promise<readonly Found[]> =>
  (await client.json<{ readonly items: readonly Found[] }>('GET', path)).items;

interface Place {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
}

const placeOf = ({ kind, metadata }: Found): Place => ({
  ...{ kind, namespace: metadata.namespace ?? '', name: metadata.name },
});

const keyOf = ({ kind, namespace, name }: Place): string => `${kind}/${namespace}/${name}`;

const isOwned = ({ metadata }: Found): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;

async function remove(client: Client, kind: ObjectKind, namespace: string, name: string): Promise<void> {
  const path = kind === 'Pod' ? podPath(namespace, name) : dataPath(kind, namespace, name);
  try {
    await client.json('DELETE', path);
  } catch (error) {
    // gone meanwhile, perhaps with what it belonged to
    if (!isApiNotFound(error)) throw error;
  }
}
