/** Events: list and watch. */
import type { EventList } from '../protocol/objects.ts';
import type { ApiCall } from './api-context.ts';
import { flagOf } from './query.ts';
import { sendJson } from './respond.ts';
import { eventSelection } from './select-objects.ts';
import { serveWatch } from './serve-watch.ts';

/** GET events of all or one namespace, oldest first: EventList, or with `watch` the stream. */
export function listEvents(call: ApiCall): void {
  const { context, query, response } = call;
  const selects = eventSelection(call);
  if (flagOf(query, 'watch')) {
    serveWatch(call, context.events, selects);
    return;
  }
  const list: EventList = {
    apiVersion: 'v1',
    kind: 'EventList',
    metadata: { resourceVersion: context.events.resourceVersion() },
    items: context.events.list().filter(selects),
  };
  sendJson(response, 200, list);
}
