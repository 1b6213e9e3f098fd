/** What must hold of an object that a client sends for a place in the API. */
import { ApiError } from './status-errors.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The object with its namespace (undefined: it is in none); throws 400 when it names another place than the URL. */
export function placed<T extends Named>(object: T, namespace: string | undefined, name: string): T {
  const { metadata } = object;
  if (metadata.name !== name) {
    const message = `the name of the object (${metadata.name}) does not match the name on the URL (${name})`;
    throw new ApiError('BadRequest', message);
  }
  if (namespace !== undefined && metadata.namespace !== undefined && metadata.namespace !== namespace) {
    const message = `the namespace of the object (${metadata.namespace}) does not match the namespace on the URL (${namespace})`;
    throw new ApiError('BadRequest', message);
  }
  return namespace === undefined ? object : { ...object, metadata: { ...metadata, namespace } };
}

/** Throws 409 when what was sent was made of another state of the object than there is now. */
export function checkUnchanged(
  {
    metadata,
  }: { readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string } },
  sent: Readonly<Record<string, unknown>>,
  resource: string,
): void {
  const { name } = metadata;
  for (const field of ['uid', 'resourceVersion'] as const) {
    if (sent[field] === undefined || sent[field] === '' || sent[field] === metadata[field]) continue;
    const message = `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified (${field}); please apply your changes to the latest version and try again`;
    throw new ApiError('Conflict', message, { name, kind: resource });
  }
}

// Two POSTs of one name at once must not both succeed; apply itself would turn the second into a change.
const creating = new Set<string>();

/** Runs `create` unless an object of that kind and place is there or being created; then throws what `refusal` says. */
export async function createOnce<T>(
  key: string,
  isThere: boolean,
  refusal: () => ApiError,
  create: () => Promise<T>,
): Promise<T> {
  if (isThere || creating.has(key)) throw refusal();
  creating.add(key);
  try {
    return await create();
  } finally {
    creating.delete(key);
  }
}
