/** What an apply of many manifests will do, made in code that holds no writer: a dry run calls this and nothing else. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { warnMaterials } from '../manifest/check-materials.ts';
import { normalisePod } from '../manifest/normalise.ts';
import { type References, referencesOf } from '../manifest/references.ts';
import { validatePod } from '../manifest/validate-pod.ts';
import type { FileMaterials } from '../model/materials.ts';
import { type JudgedManifests, rejectUnreadable } from './judge-manifests.ts';
import { type FindData, materialsOf } from './materials-of.ts';
import { type ExistingPod, type PlannedApply, planApply, type ValidVersion } from './plan-apply.ts';

/** What there is, to be read only. */
export interface ExistingObjects {
  /** the pod that an apply of this name would change */
  readonly pod: (namespace: string, name: string) => ExistingPod | undefined;
  readonly data: FindData;
}

export interface PlanContext {
  readonly host: HostFacts;
  /** what the manifests' files hold now (read-files.ts) */
  readonly files: FileMaterials;
  /** restart also what depends on a restarted program, whatever the manifest says */
  readonly cascade: boolean;
}

/** A plan per manifest, in their order. Throws PodError `Invalid` when a file that one needs cannot be read. */
export function planManifests(
  { pods }: JudgedManifests,
  existing: ExistingObjects,
  context: PlanContext,
): readonly PlannedApply[] {
  rejectUnreadable(pods, context.files);
  return pods.map((judged) => {
    const { manifest, warnings, references } = judged;
    const namespace = manifest.metadata.namespace || 'default';
    const found = existing.pod(namespace, manifest.metadata.name);
    const materials = materialsOf(references, namespace, existing.data, context.files);
    const version: ValidVersion = {
      manifest,
      spec: normalisePod(manifest, materials),
      warnings: [...warnings, ...warnMaterials(references, materials, namespace)],
    };
    const both = materialsOf(
      together([references, ...knownReferences(found)]),
      namespace,
      existing.data,
      context.files,
    );
    return planApply(found, version, { ...context, normalise: (one) => normalisePod(one, both) });
  });
}

/** What the pod as it is refers to, to be told from what the new manifest does; none of a manifest that is damaged on record. */
export function knownReferences(existing: ExistingPod | undefined): readonly References[] {
  return existing !== undefined && validatePod(existing.manifest).ok ? [referencesOf(existing.manifest)] : [];
}

const together = (some: readonly References[]): References => ({
  objects: some.flatMap(({ objects }) => objects),
  envFiles: some.flatMap(({ envFiles }) => envFiles),
});
