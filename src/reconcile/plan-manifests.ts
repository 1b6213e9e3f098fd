/** What an apply of many manifests will do, made in code that holds no writer: a dry run calls this and nothing else. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { validatePod } from '../manifest/validate-pod.ts';
import type { ApplyRequest } from '../protocol/api.ts';
import { allValid, type ExistingPod, type PlannedApply, planApply } from './plan-apply.ts';

/** What there is, to be read only. */
export interface ExistingObjects {
  /** the pod that an apply of this name would change */
  readonly pod: (namespace: string, name: string) => ExistingPod | undefined;
}

/** A plan per manifest, in their order. Throws PodError `Invalid` when any of the manifests is. */
export function planManifests(
  { manifests, cascade = false }: Pick<ApplyRequest, 'manifests' | 'cascade'>,
  existing: ExistingObjects,
  host: HostFacts,
): readonly PlannedApply[] {
  const names = manifests.map((manifest) => String(manifest?.metadata?.name ?? ''));
  const valid = allValid(
    manifests.map((manifest) => validatePod(manifest)),
    names,
  );
  if (!valid.ok) throw valid.error;
  return valid.value.map((version) => {
    const { namespace, name } = version.spec;
    return planApply(existing.pod(namespace, name), version, { host, cascade });
  });
}
