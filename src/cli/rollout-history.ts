/** Revisions of a Deployment, by its ReplicaSets, and of a StatefulSet or DaemonSet, by its ControllerRevisions. Pure. */
import { templateOfRevision } from '../model/workload.ts';
import { changeCauseAnnotation, revisionAnnotation } from '../model/workload-spec.ts';
import type { AppObject, RevisionObject } from '../protocol/objects.ts';
import { PodError } from '../util/pod-error.ts';
import { sameTemplate, withoutHash } from '../workload/template-hash.ts';

type Template = Parameters<typeof withoutHash>[0];

export interface Revision {
  readonly number: number;
  /** as the user wrote it */
  readonly template: Template;
  readonly changeCause?: string;
}

/** The oldest first. */
export function revisionsOf(
  owner: Pick<AppObject, 'metadata'>,
  kept: readonly (AppObject | RevisionObject)[],
): readonly Revision[] {
  return kept
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid))
    .map((one) => {
      const changeCause = one.metadata.annotations?.[changeCauseAnnotation];
      return { ...numbered(one), ...(changeCause === undefined ? {} : { changeCause }) };
    })
    .sort((left, right) => left.number - right.number);
}

function numbered(kept: AppObject | RevisionObject): Omit<Revision, 'changeCause'> {
  if (kept.kind === 'ControllerRevision')
    return { number: kept.revision ?? 0, template: templateOfRevision(kept.data) };
  const { annotations = {} } = kept.metadata;
  return { number: revisionNumber(annotations), template: withoutHash(kept.spec.template as Template) };
}

/** Of a Deployment or one of its ReplicaSets; 0: none yet. */
export const revisionNumber = (annotations: Readonly<Record<string, string>> = {}): number =>
  Number(annotations[revisionAnnotation] ?? 0) || 0;

/** That of the number; 0: the one before the newest. `owner`: `deployment "web"`. Throws PodError NotFound. */
export function findRevision(owner: string, revisions: readonly Revision[], wanted: number): Revision {
  const numbers = revisions.map(({ number }) => number).join(', ');
  if (wanted !== 0) {
    const found = revisions.find(({ number }) => number === wanted);
    if (found !== undefined) return found;
    throw new PodError('NotFound', `${owner} has no revision ${wanted}`, { hint: `it has ${numbers}` });
  }
  const previous = revisions.at(-2);
  if (previous !== undefined) return previous;
  throw new PodError('NotFound', `no rollout history found for ${owner}`, {
    hint: 'there is nothing before its first revision',
  });
}

/** The object with the template of a revision; undefined: it has it. Throws PodError Conflict while it is paused. */
export function rolledBack(object: AppObject, revision: Revision): AppObject | undefined {
  const { metadata, spec } = object;
  if (spec.paused === true) {
    throw new PodError('Conflict', `deployment "${metadata.name}" is paused: it cannot be rolled back`, {
      hint: `podctl rollout resume deployment/${metadata.name}`,
    });
  }
  if (sameTemplate(spec.template as Template, revision.template)) return undefined;
  const before = { ...object, spec: { ...spec, template: revision.template } };
  // A ControllerRevision keeps its own cause; a Deployment's goes on to its ReplicaSet.
  if (object.kind !== 'Deployment') return before;
  const { [changeCauseAnnotation]: _old, ...annotations } = metadata.annotations ?? {};
  const cause = revision.changeCause === undefined ? {} : { [changeCauseAnnotation]: revision.changeCause };
  return { ...before, metadata: { ...metadata, annotations: { ...annotations, ...cause } } };
}
