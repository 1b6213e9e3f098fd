/** Takes objects away that a session made. */
import { isApiNotFound } from '../cli/api-error.ts';
import type { Client } from '../cli/client.ts';
import { dataPath, podPath } from '../cli/pod-paths.ts';
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

const pathOf = ({ kind, namespace, name }: ObjectName): string =>
  kind === 'Pod' ? podPath(namespace, name) : dataPath(kind, namespace, name);
