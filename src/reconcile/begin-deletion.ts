/** The first and the last of a deletion that is decided outside of the pod's own worker. */
import { type Engine, noteEvent } from './engine.ts';
import type { Pod } from './pod.ts';
import type { PodTable } from './pod-table.ts';

/** A deletion under way can only be shortened. True when there is something new to do; the decision is on disk then. */
export async function beginDeletion(
  { deps: { clock }, store }: Engine,
  table: PodTable,
  pod: Pod,
  graceMs: number,
): Promise<boolean> {
  if (pod.phase === 'terminated') return false;
  const deadlineMs = clock.monotonicMs() + graceMs;
  if (pod.deletion !== undefined && pod.deletion.deadlineMs <= deadlineMs) return false;
  await store.markDeleting(pod.uid, graceMs / 1000);
  // It may have ended meanwhile.
  if (!table.byUid().has(pod.uid)) return false;
  const timestamp = new Date(clock.now().getTime() + graceMs).toISOString();
  pod.phase = 'terminating';
  pod.deletion = { graceMs, deadlineMs, timestamp };
  pod.failures.clear();
  return true;
}

/** The pod that takes the place of one that is gone, let go; undefined: there is none, or others of the name are still ending. */
export function freeHeir(engine: Engine, table: PodTable, { spec: { namespace, name } }: Pod): Pod | undefined {
  const heir = table.held(namespace, name);
  if (heir === undefined || table.visible(namespace, name) !== undefined) return undefined;
  heir.held = false;
  heir.replaces = undefined;
  noteEvent(engine, heir, 'Normal', 'Replaced', 'The pod of the same name before this one is gone');
  return heir;
}
