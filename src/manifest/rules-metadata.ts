/** Rules for a pod's metadata (Kubernetes ValidateObjectMeta). */
import { invalid, type ProblemSink, required, tooLong } from './field-problem.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint, qualifiedNameComplaint } from './name-rules.ts';
import { checkLabels } from './rules-label-selector.ts';
import { checkServerMetadata } from './rules-server-metadata.ts';
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
  checkLabels(metadata.labels, ['metadata', 'labels'], problems);
  checkAnnotations(metadata.annotations, problems);
  checkServerMetadata(metadata, problems);
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
    problems.error(['metadata', 'name'], required('name or generateName is required'));
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

function checkAnnotations(annotations: NonNullable<LoosePod['metadata']>['annotations'], problems: ProblemSink): void {
  const path = ['metadata', 'annotations'];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += utf8Length(key) + utf8Length(value ?? '');
    const complaint = qualifiedNameComplaint(key.toLowerCase());
    if (complaint !== undefined) problems.error([...path, key], invalid(key, complaint), { at: 'key', told: path });
  }
  if (size > annotationBytes) problems.error(path, tooLong(annotationBytes));
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;
