/** Rules for Namespaces and PersistentVolumeClaims (Kubernetes ValidateNamespace, ValidatePersistentVolumeClaimSpec). */
import { parseQuantity } from '../util/quantity.ts';
import { below, type FieldPath, forbidden, invalid, type ProblemSink, required, unsupported } from './field-problem.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint } from './name-rules.ts';
import { checkLabelSelector } from './rules-label-selector.ts';
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

type Spec = Loose<NonNullable<ClaimInput['spec']>>;

export function checkClaim(claim: Loose<ClaimInput>, problems: ProblemSink): void {
  checkMetadata(claim.metadata, problems);
  if (claim.spec === undefined && Object.hasOwn(claim, 'spec')) return;
  checkClaimSpec(claim.spec ?? {}, ['spec'], problems);
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
    warnPlace(template.spec ?? {}, [...path, 'spec'], problems);
  });
}

const accessModes = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];

function checkClaimSpec(spec: Spec, path: FieldPath, problems: ProblemSink): void {
  checkModes(spec, path, problems);
  checkLabelSelector(spec.selector, [...path, 'selector'], problems);
  checkStorage(spec, path, problems);
  const { storageClassName, volumeMode } = spec;
  const complaint = storageClassName ? dnsSubdomainComplaint(storageClassName) : undefined;
  if (complaint !== undefined) problems.error([...path, 'storageClassName'], invalid(storageClassName, complaint));
  if (volumeMode && !volumeModes.includes(volumeMode))
    problems.error([...path, 'volumeMode'], unsupported(volumeMode, volumeModes));
  warnClaim(spec, path, problems);
}

function checkModes(spec: Spec, path: FieldPath, problems: ProblemSink): void {
  const { accessModes: modes } = spec;
  const at = [...path, 'accessModes'];
  if (modes === undefined ? !Object.hasOwn(spec, 'accessModes') : modes.length === 0)
    problems.error(at, required('at least 1 access mode is required'), { hint: 'accessModes: [ReadWriteOnce]' });
  modes?.forEach((mode, index) => {
    if (mode !== undefined && !accessModes.includes(mode))
      problems.error([...at, index], unsupported(mode, accessModes));
  });
  if (modes?.includes('ReadWriteOncePod') && modes.length > 1)
    problems.error(at, forbidden('may not use ReadWriteOncePod with other access modes'), { at: 'key' });
}

function checkStorage({ resources, ...rest }: Spec, path: FieldPath, problems: ProblemSink): void {
  const requests = resources?.requests;
  const isCut = resources === undefined ? Object.hasOwn(rest, 'resources') : Object.hasOwn(resources, 'requests');
  if (requests === undefined && isCut) return;
  const at = [...path, 'resources', 'requests', 'storage'];
  if (requests === undefined || !Object.hasOwn(requests, 'storage')) {
    problems.error(at, required(), { hint: 'resources: {requests: {storage: 1Gi}}' });
    return;
  }
  const written = requests.storage;
  const amount = written === undefined ? 1n : parseQuantity(String(written));
  if (amount === undefined) problems.error(at, invalid(written, 'must be a quantity'), { hint: 'as 500Mi, 1Gi' });
  else if (amount <= 0n) problems.error(at, invalid(written, 'must be greater than zero'));
}

/** Which volume it is to be, of which there is one. */
function warnPlace({ storageClassName, volumeName }: Spec, path: FieldPath, problems: ProblemSink): void {
  if (storageClassName && storageClassName !== 'local')
    problems.warn([...path, 'storageClassName'], 'there is one class here, local: it is used instead');
  if (volumeName) problems.warn([...path, 'volumeName'], 'means nothing on one machine, ignored', { at: 'key' });
}

/** What a directory of this machine is not. */
function warnClaim(spec: Spec, path: FieldPath, problems: ProblemSink): void {
  const { volumeMode, dataSource, dataSourceRef, selector } = spec;
  if (volumeMode === 'Block')
    problems.warn([...path, 'volumeMode'], 'there are directories here alone, it becomes one');
  const others = { dataSource, dataSourceRef, selector };
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) problems.warn([...path, name], 'means nothing on one machine, ignored', { at: 'key' });
  }
}
