/** A change of an object as podd has it: read, changed, written back if nobody else did in between. */
import type { DataKey } from '../model/object-manifest.ts';
import type { WorkloadKind } from '../model/workload.ts';
import type { AppObject } from '../protocol/objects.ts';
import { ApiError } from './api-error.ts';
import type { Client } from './client.ts';
import { dataPath } from './pod-paths.ts';

/** Its status changes often while pods come and go, and each change is a new version. */
const attempts = 20;

/** Resolves to the object as it is then; `change` gives undefined to leave it. Throws ApiError, and what `change` throws. */
export async function changeObject(
  client: Client,
  { kind, namespace, name }: DataKey<WorkloadKind>,
  change: (object: AppObject) => AppObject | undefined,
): Promise<AppObject> {
  const path = dataPath(kind, namespace, name);
  for (let attempt = 1; ; attempt++) {
    const object = await client.json<AppObject>('GET', path);
    const changed = change(object);
    if (changed === undefined) return object;
    try {
      return await client.json<AppObject>('PUT', path, changed);
    } catch (error) {
      const isOutdated = error instanceof ApiError && error.status.reason === 'Conflict';
      if (!isOutdated || attempt === attempts) throw error;
    }
  }
}
