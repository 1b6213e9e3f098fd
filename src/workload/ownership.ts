/** Whom a controller manages: what it owns and still selects, and what it selects and nobody manages (controller_ref_manager.go). */
import type { LabelSelector } from '../model/service-spec.ts';
import type { OwnedPod, OwnerReference, RevisionView, WorkloadAction, WorkloadObject } from '../model/workload.ts';
import { type Labels, matchesLabels, requirementsOf } from '../util/match-labels.ts';

interface Claimed<T> {
  readonly claimed: readonly T[];
  /** adoptions and releases */
  readonly actions: readonly WorkloadAction[];
}

/** The reference by which `object` manages what it makes. */
export function controllerReference({ apiVersion, kind, name, uid }: WorkloadObject<unknown, unknown>): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Pods it manages from now on; what is being deleted is not taken up, and an owner that is being deleted takes nothing up. */
export function claimPods(
  owner: WorkloadObject<{ readonly selector: LabelSelector }, unknown>,
  pods: readonly OwnedPod[],
): Claimed<OwnedPod> {
  return claim(owner, pods, ({ name, uid }, reference) => ({ action: 'setPodOwner', name, uid, owner: reference }));
}

/** The same of objects of one kind. */
export function claimObjects<T extends WorkloadObject<unknown, unknown>>(
  owner: WorkloadObject<{ readonly selector: LabelSelector }, unknown>,
  objects: readonly T[],
): Claimed<T> {
  return claim(owner, objects, ({ kind, name, uid }, reference) => ({
    ...{ action: 'updateObject', kind, name, uid },
    owner: reference ?? null,
  }));
}

/** The same of ControllerRevisions. */
export function claimRevisions(
  owner: WorkloadObject<{ readonly selector: LabelSelector }, unknown>,
  revisions: readonly RevisionView[],
): Claimed<RevisionView> {
  return claim(owner, revisions, ({ name, uid }, reference) => ({
    ...{ action: 'updateRevision', name, uid },
    owner: reference ?? null,
  }));
}

interface Claimable {
  readonly labels: Labels;
  readonly owner?: OwnerReference;
  readonly isDeleting: boolean;
}

function claim<T extends Claimable>(
  owner: WorkloadObject<{ readonly selector: LabelSelector }, unknown>,
  candidates: readonly T[],
  setOwner: (candidate: T, reference: OwnerReference | undefined) => WorkloadAction,
): Claimed<T> {
  const requirements = requirementsOf(owner.spec.selector);
  const isSelected = ({ labels }: T): boolean => requirements.length > 0 && matchesLabels(requirements, labels);
  const own = candidates.filter((candidate) => candidate.owner?.uid === owner.uid);
  const free = candidates.filter((candidate) => candidate.owner === undefined && !candidate.isDeleting);
  const kept = own.filter(isSelected);
  const lost = own.filter((candidate) => !isSelected(candidate) && !candidate.isDeleting);
  const found = owner.isDeleting ? [] : free.filter(isSelected);
  return {
    claimed: [...kept, ...found],
    actions: [
      ...lost.map((candidate) => setOwner(candidate, undefined)),
      ...found.map((candidate) => setOwner(candidate, controllerReference(owner))),
    ],
  };
}
