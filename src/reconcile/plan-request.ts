/** From a request to its plans: only reads, for dry runs too. */
import type { HostFacts } from '../launch/launch-context.ts';
import type { ApplyRequest } from '../protocol/api.ts';
import { judgeManifests } from './judge-manifests.ts';
import type { PlannedApply } from './plan-apply.ts';
import { type ExistingObjects, knownReferences, planManifests } from './plan-manifests.ts';
import { readFiles } from './read-files.ts';

/**
 * Hands the plans to `use` in the turn in which they were made: nothing can change in between. Rejects with PodError `Invalid` when
 * any of the manifests is.
 */
export async function planRequest<T>(
  { manifests, cascade = false }: Pick<ApplyRequest, 'manifests' | 'cascade'>,
  existing: ExistingObjects,
  host: HostFacts,
  use: (plans: readonly PlannedApply[]) => T,
): Promise<T> {
  const judged = judgeManifests(manifests);
  const known = judged.pods.flatMap(({ manifest: { metadata } }) =>
    knownReferences(existing.pod(metadata.namespace || 'default', metadata.name)),
  );
  const files = await readFiles([...judged.pods.map(({ references }) => references), ...known]);
  return use(planManifests(judged, existing, { host, files, cascade }));
}
