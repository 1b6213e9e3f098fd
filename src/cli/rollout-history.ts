/** Revisions of a Deployment, by its ReplicaSets. Pure. */
import { changeCauseAnnotation, revisionAnnotation } from '../model/workload-spec.ts';
import type { AppObject } from '../protocol/objects.ts';
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
export function revisionsOf(deployment: AppObject, replicaSets: readonly AppObject[]): readonly Revision[] {
  return replicaSets
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid))
    .map(({ metadata: { annotations = {} }, spec }) => {
      const changeCause = annotations[changeCauseAnnotation];
      return {
        number: Number(annotations[revisionAnnotation] ?? 0) || 0,
        template: withoutHash(spec.template as Template),
        ...(changeCause === undefined ? {} : { changeCause }),
      };
    })
    .sort((left, right) => left.number - right.number);
}

/** That of the number; 0: the one before the newest. Throws PodError NotFound. */
export function findRevision(name: string, revisions: readonly Revision[], wanted: number): Revision {
  const numbers = revisions.map(({ number }) => number).join(', ');
  if (wanted !== 0) {
    const found = revisions.find(({ number }) => number === wanted);
    if (found !== undefined) return found;
    throw new PodError('NotFound', `deployment "${name}" has no revision ${wanted}`, { hint: `it has ${numbers}` });
  }
  const previous = revisions.at(-2);
  if (previous !== undefined) return previous;
  throw new PodError('NotFound', `no rollout history found for deployment "${name}"`, {
    hint: 'there is nothing before its first revision',
  });
}

/** The Deployment with the template of a revision; undefined: it has it. Throws PodError Conflict while it is paused. */
export function rolledBack(deployment: AppObject, revision: Revision): AppObject | undefined {
  const { metadata, spec } = deployment;
  if (spec.paused === true) {
    throw new PodError('Conflict', `deployment "${metadata.name}" is paused: it cannot be rolled back`, {
      hint: `podctl rollout resume deployment/${metadata.name}`,
    });
  }
  if (sameTemplate(spec.template as Template, revision.template)) return undefined;
  const { [changeCauseAnnotation]: _old, ...annotations } = metadata.annotations ?? {};
  const cause = revision.changeCause === undefined ? {} : { [changeCauseAnnotation]: revision.changeCause };
  return {
    ...deployment,
    metadata: { ...metadata, annotations: { ...annotations, ...cause } },
    spec: { ...spec, template: revision.template },
  };
}
