/** Takes objects away that a session made. */
import { isApiNotFound } from '../cli/api-error.ts';
import type { Client } from '../cli/client.ts';
import { podPath } from '../cli/pod-paths.ts';
import { formatError } from '../util/pod-error.ts';
import { askPatiently } from './ask-patiently.ts';
import type { ObjectName } from './notice.ts';

/** Why it cannot be deleted; undefined when it is under way or there is none. */
export async function deleteObject(client: Client, object: ObjectName): Promise<string | undefined> {
  try {
    await askPatiently(() => client.json('DELETE', pathOf(object)));
    return undefined;
  } catch (error) {
    return isApiNotFound(error) ? undefined : formatError(error);
  }
}

const plurals = { ConfigMap: 'configmaps', Secret: 'secrets' } as const;

function pathOf({ kind, namespace, name }: ObjectName): string {
  if (kind === 'Pod') return podPath(namespace, name);
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plurals[kind]}/${encodeURIComponent(name)}`;
}
