/** All that is done with objects that are no pods, put together. */
import { type ControllerLoop, createControllerLoop } from '../workload/controller-loop.ts';
import { ensureNamespace } from './apply-manifests.ts';
import { createCollector } from './collector.ts';
import { createDataAccess, type DataAccess } from './data-access.ts';
import { deleteObject, orphan } from './delete-object.ts';
import { createObjectEdits, type ObjectEdits } from './object-edits.ts';
import type { ObjectParties } from './object-parties.ts';
import type { Publisher } from './publisher.ts';
import { savePod } from './save-pod.ts';
import { createWorkloadAccess } from './workload-access.ts';

export interface Objects {
  readonly access: DataAccess;
  readonly edits: ObjectEdits;
  /** Once, when all records are read. */
  readonly start: () => Promise<void>;
  /** A pod is gone for good. */
  readonly podGone: () => void;
  /** Controllers make nothing any more; until they wake, or the next podd. */
  readonly rest: () => Promise<void>;
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
}

interface Given extends Omit<ObjectParties, 'podRelabelled'> {
  readonly publisher: Publisher;
}

export function createObjects(given: Given): Objects {
  const { data, table, publisher, engine } = given;
  const parties: ObjectParties = {
    ...given,
    podRelabelled: async (pod) => {
      publisher.publish(pod, true);
      await savePod(engine, pod);
    },
  };
  const collector = createCollector(parties);
  const edits = createObjectEdits(parties);
  let loop: ControllerLoop | undefined;
  return {
    access: createDataAccess(data, (key, options) => deleteObject(parties, key, options)),
    edits,
    start: async () => {
      const places = [
        ...table.all().map(({ spec }) => spec),
        ...data.records().map(({ manifest }) => manifest.metadata),
      ];
      const names = new Set(['default', ...places.flatMap(({ namespace }) => namespace || [])]);
      await Promise.all([...names].map((name) => ensureNamespace(data, name)));
      // Nobody deleted what cannot be read: what it owned runs on, and is taken over by who is applied in its place.
      for (const uid of data.lostUids()) await orphan(parties, uid);
      collector.poke();
      loop = createControllerLoop(createWorkloadAccess({ table, data, publisher, edits, ...engine.deps }));
      loop.start();
    },
    podGone: collector.poke,
    rest: async () => loop?.stop(),
    wake: () => loop?.start(),
    stop: async () => {
      await Promise.all([collector.stop(), loop?.stop()]);
    },
  };
}
