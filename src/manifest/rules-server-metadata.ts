/** Rules for metadata that servers and controllers write (Kubernetes ValidateOwnerReferences, ValidateFinalizers, ValidateManagedFields). */
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { qualifiedNameComplaint } from './name-rules.ts';
import { checkNotNegative } from './rules-counts.ts';
import type { LoosePod } from './schema.ts';

type Metadata = NonNullable<LoosePod['metadata']>;

export function checkServerMetadata(metadata: Metadata, problems: ProblemSink): void {
  const { generation, ownerReferences, finalizers, managedFields } = metadata;
  checkNotNegative({ generation }, ['metadata'], problems);
  checkOwners(ownerReferences, ['metadata', 'ownerReferences'], problems);
  checkFinalizers(finalizers, ['metadata', 'finalizers'], problems);
  checkManagedFields(managedFields, ['metadata', 'managedFields'], problems);
}

function checkOwners(owners: Metadata['ownerReferences'], path: FieldPath, problems: ProblemSink): void {
  owners?.forEach((owner, index) => {
    if (owner !== undefined) checkOwner(owner, [...path, index], problems);
  });
  const controllers = owners?.filter((owner) => owner?.controller === true) ?? [];
  if (controllers.length < 2) return;
  const [one, other] = controllers.map((owner) => `${owner?.kind}/${owner?.name}`);
  const found = `Found "true" in references for ${one} and ${other}`;
  problems.error(path, `Invalid value: Only one reference can have Controller set to true. ${found}`);
}

type Owner = NonNullable<NonNullable<Metadata['ownerReferences']>[number]>;

function checkOwner(owner: Owner, path: FieldPath, problems: ProblemSink): void {
  const { apiVersion = '', kind } = owner;
  if (apiVersion === '' || apiVersion.endsWith('/'))
    problems.error([...path, 'apiVersion'], invalid(apiVersion, 'version must not be empty'));
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (!owner[field]) problems.error([...path, field], invalid('', 'must not be empty'));
  }
  if (apiVersion === 'v1' && kind === 'Event')
    problems.error(path, invalid(owner, '/v1, Kind=Event is disallowed from being an owner'));
}

/** Those of Kubernetes itself that have no domain. */
const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

function checkFinalizers(finalizers: Metadata['finalizers'], path: FieldPath, problems: ProblemSink): void {
  finalizers?.forEach((name, index) => {
    if (name === undefined) return;
    const complaint = qualifiedNameComplaint(name);
    if (complaint !== undefined) problems.error([...path, index], invalid(name, complaint), { told: path });
    if (name.includes('/') || standardFinalizers.includes(name)) return;
    const words = 'name is neither a standard finalizer name nor is it fully qualified';
    problems.error([...path, index], invalid(name, words));
  });
  const [, orphan = '', foreground = ''] = standardFinalizers;
  if (finalizers?.includes(orphan) && finalizers.includes(foreground))
    problems.error(path, invalid(finalizers, `finalizer ${orphan} and ${foreground} cannot be both set`));
}

function checkManagedFields(entries: Metadata['managedFields'], path: FieldPath, problems: ProblemSink): void {
  entries?.forEach((entry, index) => {
    if (entry === undefined) return;
    const { operation = '', fieldsType } = entry;
    if (operation !== 'Apply' && operation !== 'Update')
      problems.error([...path, index, 'operation'], invalid(operation, 'must be `Apply` or `Update`'));
    if (fieldsType && fieldsType !== 'FieldsV1')
      problems.error([...path, index, 'fieldsType'], invalid(fieldsType, 'must be `FieldsV1`'));
  });
}
