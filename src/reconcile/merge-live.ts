/** Manifests as an apply of them leaves their objects: with what others set there and no apply named. Pure. */
import { mergeApplied } from '../manifest/merge-applied.ts';
import { validateObject } from '../manifest/validate-object.ts';
import { keyOfManifest } from '../model/data-key.ts';
import type { DataKey, DataManifest, ObjectManifest } from '../model/object-manifest.ts';
import type { Marks } from '../model/pod-record.ts';
import { sameJson } from '../util/same-json.ts';
import { type JudgedData, type JudgedPod, rejectBad, subjectOf } from './judge-manifests.ts';
import { marked, marksOf } from './last-applied.ts';
import type { ExistingPod } from './plan-apply.ts';
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
    const applied = storedForm(judged.manifest);
    const live = find(keyOfManifest(applied));
    if (live === undefined) return { ...judged, applied };
    // Of a Service podd itself sets most of what nobody wrote, and knows when that stays (plan-service-addresses.ts).
    const isService = judged.manifest.kind === 'Service';
    const manifest = isService
      ? mergeMarks(judged.manifest, live.manifest, marksOf(live.applied))
      : mergeObject(live, applied);
    return { ...judged, applied, manifest };
  });
  rejectBad(merged.flatMap(({ manifest, applied }) => (sameJson(manifest, applied) ? [] : problemsOf(manifest))));
  return merged;
}

/** A pod's own fields are its file's: what the file leaves out goes. */
export function mergePods(
  pods: readonly JudgedPod[],
  find: (pod: JudgedPod) => Pick<ExistingPod, 'manifest' | 'applied' | 'state'> | undefined,
): readonly JudgedPod[] {
  return pods.map((judged) => {
    const { manifest } = judged;
    const live = find(judged);
    // One that comes after another of its name is made as it is written.
    const isNew = live === undefined || live.state === 'terminating';
    const merged = isNew ? manifest : mergeMarks(manifest, live.manifest, live.applied);
    return { ...judged, applied: marksOf(manifest), manifest: merged };
  });
}

/** The manifest with the labels and annotations that `before` and itself do not name. */
const mergeMarks = <M extends ObjectManifest>(manifest: M, now: ObjectManifest, before: Marks): M =>
  marked(manifest, mergeApplied(before, marksOf(now), marksOf(manifest)) as Marks);

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
function bodyOf(manifest: DataManifest) {
  const { apiVersion: _api, kind: _kind, metadata: _metadata, ...body } = manifest;
  return { ...body, metadata: marksOf(manifest) };
}

function problemsOf(manifest: DataManifest) {
  const verdict = validateObject(manifest);
  return verdict.ok ? [] : [{ subject: subjectOf(manifest), problems: verdict.error }];
}
