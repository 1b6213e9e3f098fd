/** What is told of changes of ControllerRevisions, and what Kubernetes refuses to change of them. Pure. */
import { fieldProblem, invalid } from '../manifest/field-problem.ts';
import type { RevisionManifest } from '../model/object-manifest.ts';
import { sameJson } from '../util/same-json.ts';
import type { DataMeaning } from './data-meaning.ts';

export const revisionMeaning: DataMeaning<RevisionManifest> = {
  stored: ({ apiVersion, kind, metadata, data, revision = 0 }) => ({
    ...{ apiVersion, kind, metadata },
    ...(data === undefined ? {} : { data }),
    revision,
  }),
  document: ({ data = {}, revision }) => ({ data, revision }),
  tell: (change) => ({ ...change, why: 'rollout undo goes back to it by its number' }),
  checkUpdate: (existing, wanted) =>
    sameJson(existing.data ?? {}, wanted.data ?? {})
      ? []
      : [fieldProblem(['data'], invalid(wanted.data ?? null, 'field is immutable'), { at: 'key' })],
};
