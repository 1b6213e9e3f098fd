/** Revisions of a StatefulSet or DaemonSet, kept as the ControllerRevisions that it owns (pkg/controller/history). Pure. */
import type { LabelSelector } from '../model/service-spec.ts';
import type { PodTemplate, RevisionView, WorkloadAction, WorkloadObject } from '../model/workload.ts';
import { revisionData } from '../model/workload.ts';
import { inheritedAnnotations } from './deployment-revision.ts';
import { claimRevisions, controllerReference } from './ownership.ts';
import { sameTemplate, templateHash } from './template-hash.ts';

/** Kubernetes' label of the revision that a pod is of; a DaemonSet's ControllerRevisions bear it too. */
export const revisionHashLabel = 'controller-revision-hash';
/** the same of a StatefulSet's ControllerRevisions */
const setHashLabel = 'controller.kubernetes.io/hash';

export interface Revision {
  readonly name: string;
  readonly hash: string;
  readonly template: PodTemplate;
}

export interface History {
  /** of the template as it is now */
  readonly update: Revision;
  /** those that there are, the lowest number first */
  readonly kept: readonly RevisionView[];
  /** which take up what nobody owns, and make `update` the newest */
  readonly actions: readonly WorkloadAction[];
}

type Keeper = WorkloadObject<
  { readonly selector: LabelSelector; readonly template: PodTemplate; readonly revisionHistoryLimit: number },
  unknown
>;

/** `all`: of the namespace. A template that was there before has its revision back, under a new number. */
export function planHistory(set: Keeper, all: readonly RevisionView[]): History {
  const { claimed, actions } = claimRevisions(set, all);
  const kept = claimed.filter(({ isDeleting }) => !isDeleting).sort(byAge);
  const { template } = set.spec;
  const known = kept.findLast((revision) => sameTemplate(revision.template, template));
  const newest = kept.at(-1);
  const number = (newest?.revision ?? 0) + 1;
  if (known === undefined) {
    const update = newRevision(set, all);
    return { update, kept, actions: [...actions, createRevision(set, update, number)] };
  }
  const { name, uid } = known;
  const renumber: WorkloadAction = { action: 'updateRevision', name, uid, revision: number };
  return { update: revisionOf(known), kept, actions: known === newest ? actions : [...actions, renumber] };
}

const byAge = (left: RevisionView, right: RevisionView): number =>
  left.revision - right.revision || left.createdMs - right.createdMs || (left.name < right.name ? -1 : 1);

/** As it is kept. */
export function revisionOf({ name, labels, template }: RevisionView): Revision {
  return { name, hash: labels[revisionHashLabel] ?? labels[setHashLabel] ?? '', template };
}

/** Its name is no other's, whatever the hash of that one is. */
function newRevision({ name, spec: { template } }: Keeper, all: readonly RevisionView[]): Revision {
  const taken = new Set(all.map((revision) => revision.name));
  for (let collisions = 0; ; collisions++) {
    const hash = templateHash(template, collisions);
    if (!taken.has(`${name}-${hash}`)) return { name: `${name}-${hash}`, hash, template };
  }
}

function createRevision(set: Keeper, { name, hash, template }: Revision, revision: number): WorkloadAction {
  const label = set.kind === 'StatefulSet' ? setHashLabel : revisionHashLabel;
  const annotations = inheritedAnnotations(set);
  const metadata = {
    ...{ name, namespace: set.namespace, labels: { ...template.metadata?.labels, [label]: hash } },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ownerReferences: [controllerReference(set)],
  };
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata,
    data: revisionData(template),
    revision,
  };
  return { action: 'createObject', manifest };
}

/** Revisions beyond revisionHistoryLimit, the lowest first; one that is live is no history. */
export function forgetRevisions(
  { spec: { revisionHistoryLimit } }: Keeper,
  { kept }: History,
  isLive: (revision: Revision) => boolean,
): readonly WorkloadAction[] {
  const idle = kept.filter((revision) => !isLive(revisionOf(revision)));
  return idle.slice(0, Math.max(idle.length - revisionHistoryLimit, 0)).map(({ name, uid }) => ({
    ...{ action: 'deleteObject', kind: 'ControllerRevision', name, uid },
    why: `only ${revisionHistoryLimit} old revisions are kept`,
  }));
}
