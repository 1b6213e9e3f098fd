/** What an apply of many manifests will do, made in code that holds no writer: a dry run calls this and nothing else. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { warnMaterials } from '../manifest/check-materials.ts';
import { normalisePod } from '../manifest/normalise.ts';
import type { FileMaterials } from '../model/materials.ts';
import { type JudgedManifests, type JudgedPod, rejectUnreadable } from './judge-manifests.ts';
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
    const version = versionOf(judged, existing.data, context.files);
    const { namespace, name } = version.spec;
    return planApply(existing.pod(namespace, name), version, context);
  });
}

/** The manifest with the contents that it refers to, as they are now. */
function versionOf({ manifest, references, warnings }: JudgedPod, find: FindData, files: FileMaterials): ValidVersion {
  const namespace = manifest.metadata.namespace || 'default';
  const materials = materialsOf(references, namespace, find, files);
  return {
    manifest,
    spec: normalisePod(manifest, materials),
    warnings: [...warnings, ...warnMaterials(references, materials, namespace)],
  };
}
