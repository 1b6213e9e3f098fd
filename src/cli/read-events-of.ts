import type { DataObject, EventList, EventObject, PodObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import { eventsPath } from './pod-paths.ts';

/** What happened to this very object, not to an earlier one of its name. */
export async function readEventsOf(
  client: Client,
  { metadata }: PodObject | DataObject,
): Promise<readonly EventObject[]> {
  const fieldSelector = `involvedObject.uid=${metadata.uid}`;
  return (await client.json<EventList>('GET', eventsPath(metadata.namespace, { fieldSelector }))).items;
}
