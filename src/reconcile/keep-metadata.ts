/** What others than the user write into an object's metadata and a newer manifest need not repeat. Pure. */
import { type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import type { ObjectManifest } from '../model/object-manifest.ts';

/** Written by the Deployment's controller: an apply of the user's own file does not take it away. */
const controllersAnnotation = 'deployment.kubernetes.io/';

export interface KeptManifest<M> {
  readonly manifest: M;
  readonly warnings: readonly FieldProblem[];
}

/**
 * With the owners that it names and that are there, or, when it names none, those that the object has. An owner that is not there would
 * have the object deleted at once: it is left out, with a warning.
 */
export function keepMetadata<M extends ObjectManifest>(
  manifest: M,
  existing: ObjectManifest | undefined,
  isThere: (uid: string) => boolean,
): KeptManifest<M> {
  const { ownerReferences: named, annotations, ...metadata } = manifest.metadata;
  const owners = named?.filter(({ uid }) => isThere(uid)) ?? existing?.metadata.ownerReferences ?? [];
  const kept = Object.entries(existing?.metadata.annotations ?? {}).filter(([key]) =>
    key.startsWith(controllersAnnotation),
  );
  const warnings = (named ?? []).flatMap(({ kind, name, uid }, index) =>
    isThere(uid)
      ? []
      : [fieldProblem(['metadata', 'ownerReferences', index], `there is no ${kind} ${name} of this uid here, ignored`)],
  );
  if (owners.length === 0 && kept.length === 0 && named === undefined) return { manifest, warnings };
  const notes = { ...Object.fromEntries(kept), ...annotations };
  return {
    manifest: {
      ...manifest,
      metadata: {
        ...metadata,
        ...(annotations === undefined && kept.length === 0 ? {} : { annotations: notes }),
        ...(owners.length === 0 ? {} : { ownerReferences: owners }),
      },
    },
    warnings,
  };
}
