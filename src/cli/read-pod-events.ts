import type { EventList, EventObject, PodObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import { eventsPath } from './pod-paths.ts';

/** What happened to this very pod, not to an earlier one of its name. */
export async function readPodEvents(client: Client, { metadata }: PodObject): Promise<readonly EventObject[]> {
  const fieldSelector = `involvedObject.uid=${metadata.uid}`;
  return (await client.json<EventList>('GET', eventsPath(metadata.namespace, { fieldSelector }))).items;
}
