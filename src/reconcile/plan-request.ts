/** From a request to its plans: only reads, for dry runs too. */
import type { References } from '../manifest/references.ts';
import { type FileMaterials, noFiles } from '../model/materials.ts';
import type { DataKey } from '../model/object-manifest.ts';
import type { ApplyRequest } from '../protocol/api.ts';
import { sha256 } from '../volume/read-content.ts';
import type { OwnListeners } from './find-taken-ports.ts';
import { judgeManifests } from './judge-manifests.ts';
import {
  type ExistingObjects,
  existingOf,
  knownReferences,
  type PlanContext,
  type Plans,
  planManifests,
  usersOf,
  type WantedChange,
} from './plan-manifests.ts';
import { areContentsRead, readContents } from './read-contents.ts';
import { isRead, readFiles } from './read-files.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';
import { rejectDevices } from './reject-devices.ts';
import { rejectTakenPorts } from './reject-taken-ports.ts';

/** What does not change from one request to the next. */
export type PlanFacts = Pick<PlanContext, 'host' | 'services' | 'noIsolation'> &
  Pick<OwnListeners, 'podnetPid'> &
  Pick<FileMaterials, 'images'>;

export function planFactsOf({
  hostFacts,
  network,
  images,
}: Pick<ReconcilerDeps, 'hostFacts' | 'network' | 'images'>): PlanFacts {
  const { mode, why, podnetPid } = network.status();
  const noIsolation = mode === 'userland' ? why : undefined;
  return {
    ...{ host: hostFacts, services: network.settings, podnetPid },
    ...(noIsolation !== undefined && { noIsolation }),
    ...(images !== undefined && { images }),
  };
}

/** Manifests to be applied, or other objects than pods to be removed. */
export interface ChangeRequest extends Partial<Pick<ApplyRequest, 'manifests' | 'cascade'>> {
  readonly removed?: readonly DataKey[];
  /** the manifests take the place of what there is; else they are merged with what others set, as kubectl apply does */
  readonly replaces?: boolean;
}

/**
 * Hands the plans to `use` in the turn in which they were made: nothing can change in between. Rejects with PodError `Invalid` when
 * any of the manifests is.
 */
export async function planRequest<T>(
  { manifests = [], removed = [], cascade = false, replaces = false }: ChangeRequest,
  existing: ExistingObjects,
  facts: PlanFacts,
  use: (plans: Plans) => T,
): Promise<T> {
  const change = { ...judgeManifests(manifests), removed, replaces };
  let files: FileMaterials = { ...noFiles, hash: sha256, ...(facts.images && { images: facts.images }) };
  // Pods that use the data can come while files are read.
  for (let wanted = referred(change, existing); !isAllRead(wanted, files); wanted = referred(change, existing))
    files = await readContents(wanted, await readFiles(wanted, files));
  const plans = planManifests(change, existing, { ...facts, files, cascade });
  rejectDevices(plans.pods);
  rejectTakenPorts(plans, existing, { dnsAddress: facts.services.dnsAddress, podnetPid: facts.podnetPid });
  return use(plans);
}

const isAllRead = (wanted: readonly References[], files: FileMaterials): boolean =>
  isRead(wanted, files) && areContentsRead(wanted, files);

function referred(change: WantedChange, existing: ExistingObjects): readonly References[] {
  const pods = [...change.pods, ...usersOf(change, existing).map(({ judged }) => judged)];
  return pods.flatMap((judged) => [judged.references, ...knownReferences(existingOf(judged, existing))]);
}
