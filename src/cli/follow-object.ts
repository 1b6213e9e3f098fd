import type { DataKey } from '../model/object-manifest.ts';
import type { WorkloadKind } from '../model/workload.ts';
import type { AppObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import { followList } from './follow-list.ts';
import { dataPath } from './pod-paths.ts';

const weekMs = 7 * 24 * 3_600_000;

/** The object of that name now and after each change (undefined: it is not there), until `timeoutMs` is over; 0 looks once, negative waits a week. */
export async function* followObject(
  client: Client,
  { kind, namespace, name }: DataKey<WorkloadKind>,
  timeoutMs: number,
): AsyncGenerator<AppObject | undefined> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), timeoutMs < 0 ? weekMs : Math.min(timeoutMs, weekMs));
  const pathOf = (query: Readonly<Record<string, string | boolean>>) =>
    dataPath(kind, namespace, undefined, { fieldSelector: `metadata.name=${name}`, ...query });
  try {
    for await (const step of followList<AppObject>(client, pathOf, ending.signal)) {
      if ('list' in step) yield step.list[0];
      else yield step.event.type === 'DELETED' ? undefined : step.event.object;
      if (timeoutMs === 0) return;
    }
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}
