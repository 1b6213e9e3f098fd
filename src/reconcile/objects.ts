/** All that is done with objects that are no pods, put together. */
import { ensureNamespace } from './apply-manifests.ts';
import { createCollector } from './collector.ts';
import { createDataAccess, type DataAccess } from './data-access.ts';
import { deleteObject } from './delete-object.ts';
import { createObjectEdits, type ObjectEdits } from './object-edits.ts';
import type { ObjectParties } from './object-parties.ts';

export interface Objects {
  readonly access: DataAccess;
  readonly edits: ObjectEdits;
  /** Once, when all records are read. */
  readonly start: () => Promise<void>;
  /** A pod is gone for good. */
  readonly podGone: () => void;
  readonly stop: () => Promise<void>;
}

export function createObjects(parties: ObjectParties): Objects {
  const { data, table } = parties;
  const collector = createCollector(parties);
  return {
    access: createDataAccess(data, (key, options) => deleteObject(parties, key, options)),
    edits: createObjectEdits(parties),
    start: async () => {
      const places = [
        ...table.all().map(({ spec }) => spec),
        ...data.records().map(({ manifest }) => manifest.metadata),
      ];
      const names = new Set(['default', ...places.flatMap(({ namespace }) => namespace || [])]);
      await Promise.all([...names].map((name) => ensureNamespace(data, name)));
      collector.poke();
    },
    podGone: collector.poke,
    stop: collector.stop,
  };
}
