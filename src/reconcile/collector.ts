/** The garbage collector: performs what plan-collection.ts says, whenever something it depends on is gone. Idle it costs nothing. */
import { formatError } from '../util/pod-error.ts';
import { collectables } from './collectables.ts';
import { deleteObject, finishObject } from './delete-object.ts';
import type { ObjectParties } from './object-parties.ts';
import { type CollectionStep, planCollection } from './plan-collection.ts';
import { createWorker, type Worker } from './worker.ts';

const retryMs = 5_000;

/** Whoever knows of an end pokes it; it listens to those of objects itself. */
export function createCollector(parties: ObjectParties): Worker {
  const { engine, table, data } = parties;
  const { log, clock } = engine.deps;
  const pass = async (): Promise<number | undefined> => {
    // Many ends in a row are looked at once.
    await new Promise(setImmediate);
    // A podd that is killed half-way must find the reason, else the next one leaves half of it.
    await data.deletionsTried();
    for (;;) {
      const steps = planCollection(collectables(table, data));
      if (steps.length === 0) return undefined;
      const outcomes = await Promise.allSettled(steps.map((step) => perform(parties, step)));
      const failed = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [formatError(outcome.reason)] : [],
      );
      if (failed.length === 0) continue;
      log(`garbage collection, tried again in ${retryMs / 1000} s: ${failed[0]}`);
      return clock.monotonicMs() + retryMs;
    }
  };
  const worker = createWorker(pass, clock.monotonicMs);
  data.subscribeAll((type, { deletion }) => {
    if (type === 'DELETED' || deletion !== undefined) worker.poke();
  });
  return worker;
}

async function perform(parties: ObjectParties, { object, ...how }: CollectionStep): Promise<void> {
  const { kind, namespace, name, uid } = object;
  if (kind === 'Pod') {
    const pod = parties.table.byUid().get(uid);
    if (pod !== undefined) await parties.beginDeletion(pod, pod.spec.graceMs);
    return;
  }
  const key = { kind, namespace, name };
  if (parties.data.record(key)?.uid !== uid) return;
  if (how.step === 'finish') await finishObject(parties, key);
  else await deleteObject(parties, key, { propagation: how.isForeground ? 'Foreground' : 'Background' });
}
