/** What was applied last of an object, as its record keeps it. Pure. */
import type { DataRecord } from '../model/data-record.ts';
import type { DataManifest } from '../model/object-manifest.ts';
import { sameJson } from '../util/same-json.ts';

/** Without its owners. */
export const lastApplied = ({ manifest, applied }: Pick<DataRecord, 'manifest' | 'applied'>): DataManifest =>
  applied ?? withoutOwners(manifest);

/** The record's part: nothing where the object says just that. */
export function appliedBeside(manifest: DataManifest, applied: DataManifest | undefined): Pick<DataRecord, 'applied'> {
  const last = applied && withoutOwners(applied);
  return last === undefined || sameJson(last, withoutOwners(manifest)) ? {} : { applied: last };
}

/** Owners are set and taken away by those that own, never merged. */
export function withoutOwners(manifest: DataManifest): DataManifest {
  const { ownerReferences: _owners, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}
