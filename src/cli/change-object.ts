/** A change of an object as podd has it: read, changed, written back if nobody else did in between. */
import type { DataKey, DataKind, ObjectKind } from '../model/object-manifest.ts';
import type { WorkloadKind } from '../model/workload.ts';
import type { AppObject } from '../protocol/objects.ts';
import { ApiError } from './api-error.ts';
import type { Client } from './client.ts';
import { dataPath, podPath } from './pod-paths.ts';

/** Its status changes often while pods come and go, and each change is a new version. */
const attempts = 20;

/** Resolves to the object as it is then; `change` gives undefined to leave it. Throws ApiError, and what `change` throws. */
export const changeObject = (
  client: Client,
  { kind, namespace, name }: DataKey<WorkloadKind>,
  change: (object: AppObject) => AppObject | undefined,
): Promise<AppObject> => changeAt(client, dataPath(kind, namespace, name), change);

/** The path of any object that podd keeps. */
export const objectPath = (kind: ObjectKind, namespace: string, name: string): string =>
  kind === 'Pod' ? podPath(namespace, name) : dataPath(kind as DataKind, namespace, name);

/** The same for the object at a path. */
export async function changeAt<T>(client: Client, path: string, change: (object: T) => T | undefined): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const object = await client.json<T>('GET', path);
    const changed = change(object);
    if (changed === undefined) return object;
    try {
      return await client.json<T>('PUT', path, changed);
    } catch (error) {
      const isOutdated = error instanceof ApiError && error.status.reason === 'Conflict';
      if (!isOutdated || attempt === attempts) throw error;
    }
  }
}
