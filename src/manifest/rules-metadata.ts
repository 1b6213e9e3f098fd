/** Rules for a pod's metadata (Kubernetes ValidateObjectMeta). */
import { invalid, type ProblemSink, required } from './field-problem.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint, labelValueComplaint, qualifiedNameComplaint } from './name-rules.ts';
import type { LoosePod } from './schema.ts';

/** Kubernetes TotalAnnotationSizeLimitB */
const annotationBytes = 256 * 1024;

/** `complaint`: what a name must be; default an RFC 1123 subdomain. */
export function checkMetadata(
  metadata: LoosePod['metadata'],
  problems: ProblemSink,
  complaint: NameComplaint = dnsSubdomainComplaint,
): void {
  if (metadata === undefined) return;
  checkName(metadata, problems, complaint);
  const wrong = metadata.namespace ? dnsLabelComplaint(metadata.namespace) : undefined;
  if (wrong !== undefined) problems.error(['metadata', 'namespace'], invalid(metadata.namespace, wrong));
  checkLabels(metadata.labels, problems);
  checkAnnotations(metadata.annotations, problems);
  checkOwners(metadata.ownerReferences, problems);
}

/** Kubernetes ValidateOwnerReferences. */
function checkOwners(owners: NonNullable<LoosePod['metadata']>['ownerReferences'], problems: ProblemSink): void {
  const path = ['metadata', 'ownerReferences'];
  owners?.forEach((owner, index) => {
    if (owner === undefined) return;
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (owner[field]) continue;
      const words = field === 'apiVersion' ? 'version must not be empty' : 'must not be empty';
      problems.error([...path, index, field], invalid('', words));
    }
  });
  const controllers = owners?.filter((owner) => owner?.controller === true) ?? [];
  if (controllers.length < 2) return;
  const [one, other] = controllers;
  const found = `Found "true" in references for ${one?.name} and ${other?.name}`;
  problems.error(path, `Invalid value: Only one reference can have Controller set to true. ${found}`);
}

type NameComplaint = (name: string) => string | undefined;

function checkName(
  metadata: NonNullable<LoosePod['metadata']>,
  problems: ProblemSink,
  complaintOf: NameComplaint,
): void {
  const { name, generateName } = metadata;
  if (generateName) {
    if (name && !name.startsWith(generateName)) problems.warn(['metadata', 'generateName'], 'name is given, ignored');
    if (!name)
      problems.error(['metadata', 'generateName'], 'is not supported', { hint: 'give metadata.name', at: 'key' });
  } else if (name === '') {
    problems.error(['metadata', 'name'], required('name is required'));
  }
  const complaint = name ? complaintOf(name) : undefined;
  if (complaint !== undefined)
    problems.error(['metadata', 'name'], invalid(name, complaint), { hint: nameHint(name ?? '', complaintOf) });
}

/** A valid name close to the one given, when lower case and hyphens are all it takes. */
function nameHint(name: string, complaintOf: NameComplaint): string | undefined {
  const guess = name.toLowerCase().replaceAll(/[_\s/.]+/g, '-');
  return guess !== name && complaintOf(guess) === undefined ? `did you mean "${guess}"?` : undefined;
}

function checkLabels(labels: NonNullable<LoosePod['metadata']>['labels'], problems: ProblemSink): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const path = ['metadata', 'labels', key];
    const keyComplaint = qualifiedNameComplaint(key);
    if (keyComplaint !== undefined) problems.error(path, invalid(key, keyComplaint), { at: 'key' });
    const complaint = value === undefined ? undefined : labelValueComplaint(value);
    if (complaint !== undefined) problems.error(path, invalid(value, complaint));
  }
}

function checkAnnotations(annotations: NonNullable<LoosePod['metadata']>['annotations'], problems: ProblemSink): void {
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += key.length + (value?.length ?? 0);
    const complaint = qualifiedNameComplaint(key.toLowerCase());
    if (complaint !== undefined)
      problems.error(['metadata', 'annotations', key], invalid(key, complaint), { at: 'key' });
  }
  if (size > annotationBytes)
    problems.error(['metadata', 'annotations'], `Too long: may not be more than ${annotationBytes} bytes`);
}
