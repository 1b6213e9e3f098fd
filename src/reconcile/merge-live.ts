/** Manifests as an apply of them leaves their objects: with what others set there and no apply named. Pure. */
import { mergeApplied } from '../manifest/merge-applied.ts';
import { validateObject } from '../manifest/validate-object.ts';
import { keyOfManifest } from '../model/data-key.ts';
import type { DataKey, DataManifest } from '../model/object-manifest.ts';
import { sameJson } from '../util/same-json.ts';
import { type JudgedData, rejectBad, subjectOf } from './judge-manifests.ts';
import { storedForm } from './plan-data.ts';

/** An object as it is kept, and what was applied of it last. */
export interface LiveObject {
  readonly manifest: DataManifest;
  readonly applied: DataManifest;
}

/** Throws PodError `Invalid` when what others set does not go with what is applied. */
export function mergeLive(
  data: readonly JudgedData[],
  find: (key: DataKey) => LiveObject | undefined,
): readonly JudgedData[] {
  const merged = data.map((judged): JudgedData => {
    // Of a Service podd itself sets most of what nobody wrote, and knows when that stays (plan-service-addresses.ts).
    if (judged.manifest.kind === 'Service') return judged;
    const applied = storedForm(judged.manifest);
    const live = find(keyOfManifest(applied));
    const manifest = live === undefined ? judged.manifest : mergeObject(live, applied);
    return { ...judged, applied, manifest };
  });
  rejectBad(merged.flatMap(({ manifest, applied }) => (sameJson(manifest, applied) ? [] : problemsOf(manifest))));
  return merged;
}

function mergeObject({ manifest: now, applied: before }: LiveObject, wanted: DataManifest): DataManifest {
  const { apiVersion, kind } = wanted;
  const { ownerReferences, name, namespace } = wanted.metadata;
  const merged = mergeApplied(bodyOf(before), bodyOf(now), bodyOf(wanted)) as ReturnType<typeof bodyOf>;
  const metadata = {
    ...{ name, ...(namespace === undefined ? {} : { namespace }) },
    ...merged.metadata,
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  return { apiVersion, kind, ...merged, metadata } as DataManifest;
}

/** What is merged: all but who the object is and whose. */
function bodyOf({ apiVersion: _api, kind: _kind, metadata: { labels, annotations }, ...body }: DataManifest) {
  const metadata = {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { ...body, metadata };
}

function problemsOf(manifest: DataManifest) {
  const verdict = validateObject(manifest);
  return verdict.ok ? [] : [{ subject: subjectOf(manifest), problems: verdict.error }];
}
