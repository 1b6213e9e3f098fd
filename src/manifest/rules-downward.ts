/** Rules for what a pod is told of itself (Kubernetes validateObjectFieldSelector, validateContainerResourceFieldSelector). */
import { parseQuantity } from '../util/quantity.ts';
import { type FieldPath, invalid, type ProblemSink, required, unsupported } from './field-problem.ts';
import { qualifiedNameComplaint } from './name-rules.ts';
import type { Loose } from './schema.ts';

/** What variables may be told. */
export const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
] as const;

/** What files of a volume may tell. */
export const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
] as const;

/** Everything that Kubernetes' own conversion knows, wherever it may be used. */
const knownFields: readonly string[] = [
  ...envFields,
  ...volumeFields,
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.hostNetwork',
  'status.phase',
  'status.nominatedNodeName',
];

export type FieldRef = Loose<{ readonly apiVersion?: string; readonly fieldPath?: string }>;

/** `supported`: without subscripts; labels and annotations by key are always. */
export function checkFieldRef(
  ref: FieldRef,
  path: FieldPath,
  supported: readonly string[],
  problems: ProblemSink,
): void {
  const { apiVersion, fieldPath } = ref;
  const at = [...path, 'fieldPath'];
  if (!fieldPath) return problems.error(at, required());
  if (apiVersion && apiVersion !== 'v1') {
    return problems.error(at, invalid(fieldPath, `error converting fieldPath: unsupported pod version: ${apiVersion}`));
  }
  const subscript = /^(.+)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) return checkSubscript(subscript[1] ?? '', subscript[2] ?? '', at, problems);
  if (!knownFields.includes(fieldPath)) {
    return problems.error(
      at,
      invalid(fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`),
    );
  }
  if (!supported.includes(fieldPath)) problems.error(at, unsupported(fieldPath, supported));
}

/** Kubernetes names the reference. */
function checkSubscript(field: string, key: string, path: FieldPath, problems: ProblemSink): void {
  const told = { told: path.slice(0, -1) };
  if (field !== 'metadata.labels' && field !== 'metadata.annotations') {
    return problems.error(path, invalid(field, 'does not support subscript'), told);
  }
  const complaint = qualifiedNameComplaint(field === 'metadata.annotations' ? key.toLowerCase() : key);
  if (complaint !== undefined) problems.error(path, invalid(key, complaint), told);
}

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

export type ResourceFieldRef = Loose<{
  readonly containerName?: string;
  readonly resource?: string;
  readonly divisor?: string | number;
}>;

/** Any text of one of these quantities that is of its kind, decimal or binary: `1000m` is `1`, `1024Ki` is `1Mi`, `1024` is none. */
function isDivisor(written: string, allowed: readonly string[]): boolean {
  const amount = parseQuantity(written);
  const isBinary = written.endsWith('i');
  const known = allowed.filter((text) => text === '1' || text.endsWith('i') === isBinary);
  return amount !== undefined && (amount === 0n || known.some((text) => parseQuantity(text) === amount));
}

/** In a volume the container has to be named. */
export function checkResourceFieldRef(
  { containerName, resource, divisor = '0' }: ResourceFieldRef,
  path: FieldPath,
  isVolume: boolean,
  problems: ProblemSink,
): void {
  if (isVolume && !containerName) problems.error([...path, 'containerName'], required());
  if (!resource) return problems.error([...path, 'resource'], required());
  const isHugepages = /^(limits|requests)\.hugepages-/.test(resource);
  if (!resources.includes(resource) && !isHugepages) {
    return problems.error([...path, 'resource'], unsupported(resource, resources));
  }
  const isCpu = resource.endsWith('.cpu');
  const allowed = isCpu ? ['1m', '1'] : byteDivisors;
  if (isDivisor(String(divisor), allowed)) return;
  const name = isHugepages
    ? 'hugepages'
    : resource.endsWith('storage')
      ? 'local ephemeral storage'
      : resource.split('.')[1];
  const words = `only divisor's values ${isCpu ? '1m and 1' : allowed.join(', ')} are supported with the ${name} resource`;
  problems.error([...path, 'divisor'], invalid(divisor, words));
}
