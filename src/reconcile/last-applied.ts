/** What was applied last of an object, as its record keeps it. Pure. */
import type { DataRecord } from '../model/data-record.ts';
import type { DataManifest, ObjectManifest } from '../model/object-manifest.ts';
import type { Marks } from '../model/pod-record.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import { sameJson } from '../util/same-json.ts';

/** Without its owners. */
export const lastApplied = ({ manifest, applied }: Pick<DataRecord, 'manifest' | 'applied'>): DataManifest =>
  applied ?? withoutOwners(manifest);

/** The record's part: nothing where the object says just that. */
export function appliedBeside(manifest: DataManifest, applied: DataManifest | undefined): Pick<DataRecord, 'applied'> {
  // Of a Service labels and annotations alone are merged (merge-live.ts).
  const last = applied && withoutOwners(manifest.kind === 'Service' ? marked(manifest, marksOf(applied)) : applied);
  return last === undefined || sameJson(last, withoutOwners(manifest)) ? {} : { applied: last };
}

/** Owners are set and taken away by those that own, never merged. */
export function withoutOwners(manifest: DataManifest): DataManifest {
  const { ownerReferences: _owners, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}

/** Null is none. */
export const marksOf = ({ metadata: { labels, annotations } }: ObjectManifest): Marks => ({
  ...(labels ? { labels } : {}),
  ...(annotations ? { annotations } : {}),
});

/** The manifest with these labels and annotations instead of its own. */
export function marked<M extends ObjectManifest>(manifest: M, marks: Marks): M {
  const { labels: _labels, annotations: _annotations, ...metadata } = manifest.metadata;
  return { ...manifest, metadata: { ...metadata, ...marks } };
}

/** What a pod was applied with, from now on that `manifest` is its own; `applied` absent: that is no apply. */
export function marksBeside(
  manifest: PodManifest,
  applied: Marks | undefined,
  before?: { readonly manifest: PodManifest; readonly applied: Marks | undefined },
): Marks | undefined {
  const last = applied ?? (before && (before.applied ?? marksOf(before.manifest)));
  return last === undefined || sameJson(last, marksOf(manifest)) ? undefined : last;
}
