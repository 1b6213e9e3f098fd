/** Rules for a pod's metadata (Kubernetes ValidateObjectMeta). */
import { invalid, type ProblemSink, required } from './field-problem.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint, labelValueComplaint, qualifiedNameComplaint } from './name-rules.ts';
import type { LoosePod } from './schema.ts';

/** Kubernetes TotalAnnotationSizeLimitB */
const annotationBytes = 256 * 1024;

export function checkMetadata(metadata: LoosePod['metadata'], problems: ProblemSink): void {
  if (metadata === undefined) return;
  checkName(metadata, problems);
  const complaint = metadata.namespace ? dnsLabelComplaint(metadata.namespace) : undefined;
  if (complaint !== undefined) problems.error(['metadata', 'namespace'], invalid(metadata.namespace, complaint));
  checkLabels(metadata.labels, problems);
  checkAnnotations(metadata.annotations, problems);
}

function checkName(metadata: NonNullable<LoosePod['metadata']>, problems: ProblemSink): void {
  const { name, generateName } = metadata;
  if (generateName) {
    if (name) problems.warn(['metadata', 'generateName'], 'name is given, ignored');
    else problems.error(['metadata', 'generateName'], 'is not supported', { hint: 'give metadata.name', at: 'key' });
  } else if (name === '') {
    problems.error(['metadata', 'name'], required('name is required'));
  }
  const complaint = name ? dnsSubdomainComplaint(name) : undefined;
  if (complaint !== undefined)
    problems.error(['metadata', 'name'], invalid(name, complaint), { hint: nameHint(name ?? '') });
}

/** A valid name close to the one given, when lower case and hyphens are all it takes. */
function nameHint(name: string): string | undefined {
  const guess = name.toLowerCase().replaceAll(/[_\s/]+/g, '-');
  return guess !== name && dnsSubdomainComplaint(guess) === undefined ? `did you mean "${guess}"?` : undefined;
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
