/** Changes of a pod's manifest as podd keeps it, by request: applied as any other manifest. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApplyResponse, ApplyResult, ResourcesRequest, ResourcesResponse, ScaleRequest } from '../protocol/api.ts';
import type { Pod } from './pod.ts';
import type { Reconciler } from './reconciler.ts';
import { resourcesManifest } from './resources-manifest.ts';
import { scaleManifest } from './scale-manifest.ts';

type Appliers = Pick<Reconciler, 'plan' | 'apply' | 'subscribeEvents'>;

/** What the kernel says to a limit it says at once; an init that is busy is not waited for. */
const outcomeMs = 2_000;

/** Another number of instances of one program. */
export async function scalePod(appliers: Appliers, pod: Pod, request: ScaleRequest): Promise<ApplyResult> {
  const manifest = scaleManifest(pod.manifest, pod.spec, request);
  return onlyResult(await appliers.apply({ manifests: [manifest], replaces: true, dryRun: false }));
}

/** Other resources; `idle` resolves when the pod's worker has done what there was to do. */
export async function setPodResources(
  appliers: Appliers,
  pod: Pod,
  request: ResourcesRequest,
  idle: () => Promise<void>,
): Promise<ResourcesResponse> {
  const manifests = [resourcesManifest(pod.manifest, pod.spec, request)];
  if (request.dryRun === true) return onlyResult(await appliers.plan({ manifests, dryRun: true }));
  const heard: string[] = [];
  const unsubscribe = appliers.subscribeEvents(({ object: { type, reason, message, involvedObject } }) => {
    if (type === 'Warning' && reason !== 'Failed' && involvedObject.uid === pod.uid) heard.push(message);
  });
  try {
    const result = onlyResult(await appliers.apply({ manifests, replaces: true, dryRun: false }));
    await Promise.race([idle(), sleep(outcomeMs, undefined, { ref: false })]);
    const refused = refusals(pod);
    const warnings = [...result.warnings, ...heard];
    return { ...result, warnings, ...(refused.length === 0 ? {} : { refused }) };
  } finally {
    unsubscribe();
  }
}

/** Of changes in place: what failed otherwise has nothing to do with limits. */
function refusals({ failures }: Pod): readonly string[] {
  return [...failures].flatMap(([key, { message }]) =>
    key.startsWith('update') ? [`${subjectOf(key)}${message}`] : [],
  );
}

/** `updateResources app` → `container app: `; the pod's own has no name behind it. */
function subjectOf(key: string): string {
  const [, container] = key.split(' ');
  return container === undefined ? '' : `container ${container}: `;
}

function onlyResult({ results: [result] }: ApplyResponse): ApplyResult {
  if (result === undefined) throw new Error('bug: an apply without a result');
  return result;
}
