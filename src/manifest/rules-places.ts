/** Rules for Namespaces and PersistentVolumeClaims (Kubernetes ValidateNamespace, ValidatePersistentVolumeClaimSpec). */
import { below, type FieldPath, forbidden, type ProblemSink, required } from './field-problem.ts';
import { dnsLabelComplaint } from './name-rules.ts';
import { checkClaimSpec, type LooseClaimSpec } from './rules-claim-spec.ts';
import { checkMetadata } from './rules-metadata.ts';
import type { Loose } from './schema.ts';
import type { ClaimInput, NamespaceInput } from './schema-places.ts';
import type { StatefulSetInput } from './schema-workloads.ts';
import { isBound } from './server-defaults.ts';

export function checkNamespaceObject({ metadata }: Loose<NamespaceInput>, problems: ProblemSink): void {
  checkMetadata(metadata, problems, dnsLabelComplaint);
  if (metadata?.namespace)
    problems.error(['metadata', 'namespace'], forbidden('not allowed on this type'), { at: 'key' });
}

export function checkClaim(claim: Loose<ClaimInput>, problems: ProblemSink): void {
  checkMetadata(claim.metadata, problems);
  if (claim.spec === undefined && Object.hasOwn(claim, 'spec')) return;
  checkClaimSpec(claim.spec ?? {}, ['spec'], problems);
  warnClaim(claim.spec ?? {}, ['spec'], problems);
  if (!isBound(claim)) warnPlace(claim.spec ?? {}, ['spec'], problems);
}

/** Kubernetes takes any, and then no pod of the set ever starts: so they are warned of. */
export function checkClaimTemplates(
  templates: NonNullable<Loose<StatefulSetInput>['spec']>['volumeClaimTemplates'],
  problems: ProblemSink,
): void {
  const warning: ProblemSink = {
    error: (path, message, options) => problems.warn(path, `${message}; its pods would wait for good`, options),
    warn: problems.warn,
  };
  templates?.forEach((template, index) => {
    if (template === undefined) return;
    const path: FieldPath = ['spec', 'volumeClaimTemplates', index];
    if (!template.metadata?.name) warning.error([...path, 'metadata', 'name'], required());
    checkClaimSpec(template.spec ?? {}, ['spec'], below(warning, path));
    warnClaim(template.spec ?? {}, ['spec'], below(warning, path));
    warnPlace(template.spec ?? {}, [...path, 'spec'], problems);
  });
}

/** Which volume it is to be, of which there is one. */
function warnPlace({ storageClassName, volumeName }: LooseClaimSpec, path: FieldPath, problems: ProblemSink): void {
  if (storageClassName && storageClassName !== 'local')
    problems.warn([...path, 'storageClassName'], 'there is one class here, local: it is used instead');
  if (volumeName) problems.warn([...path, 'volumeName'], 'means nothing on one machine, ignored', { at: 'key' });
}

/** What a directory of this machine is not. */
function warnClaim(spec: LooseClaimSpec, path: FieldPath, problems: ProblemSink): void {
  const { volumeMode, dataSource, dataSourceRef, selector } = spec;
  if (volumeMode === 'Block')
    problems.warn([...path, 'volumeMode'], 'there are directories here alone, it becomes one');
  const others = { dataSource, dataSourceRef, selector };
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) problems.warn([...path, name], 'means nothing on one machine, ignored', { at: 'key' });
  }
}
