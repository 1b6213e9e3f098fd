/** What the downward API knows of a pod when one of its containers starts (Kubernetes ObjectFieldSelector, ResourceFieldSelector). Pure. */
import type { ResourceSpec } from '../model/resource-spec.ts';
import { parseQuantity } from '../util/quantity.ts';

/** Where a pod is, and what it is, at this moment. */
export interface LateFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccountName: string;
  readonly nodeName: string;
  /** its own, or the machine's where it is in that network; empty: it has none */
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  /** by container */
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  /** of this machine, which is what is meant where nothing limits a container */
  readonly node: { readonly cpuMillis: number; readonly memoryBytes: number; readonly storageBytes: number };
  /** variables of Kubernetes' service links; absent: none */
  readonly services?: Readonly<Record<string, string>>;
  /** what stands in files of its volumes, by field; what is not there is absent */
  readonly files?: Readonly<Record<string, string>>;
}

/** The value of a field; undefined: there is no such. */
export type LateLookup = (field: string) => string | undefined;

/** Fields are named as model/late-value.ts writes them: fieldPaths, `resource CONTAINER RESOURCE DIVISOR`, `service VARIABLE`. */
export function lateLookup(facts: LateFacts): LateLookup {
  return (field) => {
    const [kind = '', ...rest] = field.split(' ');
    if (kind === 'service') return facts.services?.[rest.join(' ')] ?? `$(${rest.join(' ')})`;
    if (kind === 'resource') return resourceValue(facts, rest);
    if (kind === 'file') return facts.files?.[field];
    const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(field);
    if (subscript !== null) return facts[subscript[1] as 'labels' | 'annotations'][subscript[2] ?? ''];
    return plainFields[field]?.(facts);
  };
}

const plainFields: Readonly<Record<string, (facts: LateFacts) => string | undefined>> = {
  'metadata.name': ({ name }) => name,
  'metadata.namespace': ({ namespace }) => namespace,
  'metadata.uid': ({ uid }) => uid,
  'metadata.labels': ({ labels }) => formatMap(labels),
  'metadata.annotations': ({ annotations }) => formatMap(annotations),
  'spec.nodeName': ({ nodeName }) => nodeName,
  'spec.serviceAccountName': ({ serviceAccountName }) => serviceAccountName,
  'status.podIP': ({ podIPs }) => podIPs[0],
  'status.podIPs': ({ podIPs }) => podIPs.join(','),
  'status.hostIP': ({ hostIPs }) => hostIPs[0],
  'status.hostIPs': ({ hostIPs }) => hostIPs.join(','),
};

/** `key="value"` lines in the order of the keys (Kubernetes fieldpath.FormatMap). */
function formatMap(map: Readonly<Record<string, string>>): string {
  const keys = Object.keys(map).sort();
  return keys.map((key) => `${key}=${JSON.stringify(map[key])}`).join('\n');
}

/** As the kubelet has it, a container without a limit may use the machine, and one without a request asks for nothing. */
function resourceValue(facts: LateFacts, [container = '', resource = '', divisor = '']: readonly string[]) {
  const own = facts.resources[container];
  const amount = amounts[resource];
  if (own === undefined) return undefined;
  const nano = amount === undefined ? hugepages(resource, own) : amount(own, facts.node);
  const unit = parseQuantity(divisor) || nanoPerUnit;
  return String((nano + unit - 1n) / unit);
}

const nanoPerUnit = 1_000_000_000n;
const millis = (value: number): bigint => BigInt(Math.ceil(value)) * 1_000_000n;
const units = (value: number): bigint => BigInt(Math.ceil(value)) * nanoPerUnit;

type Amount = (own: ResourceSpec, node: LateFacts['node']) => bigint;

const amounts: Readonly<Record<string, Amount>> = {
  'limits.cpu': ({ cpuLimitMillis }, node) => millis(cpuLimitMillis ?? node.cpuMillis),
  'limits.memory': ({ memoryLimitBytes }, node) => units(memoryLimitBytes ?? node.memoryBytes),
  'limits.ephemeral-storage': (_own, node) => units(node.storageBytes),
  'requests.cpu': ({ cpuRequestMillis = 0 }) => millis(cpuRequestMillis),
  'requests.memory': ({ memoryRequestBytes = 0 }) => units(memoryRequestBytes),
  'requests.ephemeral-storage': () => 0n,
};

/** `limits.hugepages-2Mi`: what is requested of them is what is allowed. */
function hugepages(resource: string, { hugepages: pages = {} }: ResourceSpec): bigint {
  return units(pages[resource.replace(/^(limits|requests)\.hugepages-/, '')] ?? 0);
}
