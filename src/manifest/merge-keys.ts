/** How lists and alternatives of a manifest are merged: Kubernetes' patchMergeKey markers (k8s.io/api core/v1 types.go), and the same for podctl's own. */
import type { YamlNode } from './yaml-node.ts';

/** By the name of a list: the fields that say which entry is which. All other lists are replaced as a whole. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  processes: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  // Kubernetes patches by the number alone, but its API server tells ports apart by both.
  ports: ['containerPort', 'protocol'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  ownerReferences: ['uid'],
  // Overlays only: Kubernetes, and apply with it, replaces this list, but who overlays means the claim of that name.
  volumeClaimTemplates: ['metadata.name'],
};

/** The field that takes the place of another in entries of the same list elsewhere: a Service's ports. */
const standIns: Readonly<Record<string, string>> = { containerPort: 'port' };

/** what an absent field of a key means */
const defaults: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** The names of the fields that an entry of this list is known by; undefined for lists that are replaced. */
export function mergeKeyOf(list: string): readonly string[] | undefined {
  return Object.hasOwn(mergeKeys, list) ? mergeKeys[list] : undefined;
}

/** Lists of words that are put together. */
export const isSetOfWords = (list: string): boolean => list === 'finalizers';

/** What an entry is known by; undefined when it does not say. */
export function entryKey(entry: YamlNode, keys: readonly string[]): string | undefined {
  if (entry.kind !== 'map') return undefined;
  return keyOfFields((field) => {
    const node = nodeAt(entry, field);
    return node?.kind === 'scalar' ? node.value : undefined;
  }, keys);
}

/** What stands at a field of a key, `metadata.name` too. */
export const nodeAt = (entry: YamlNode, field: string): YamlNode | undefined =>
  field
    .split('.')
    .reduce<YamlNode | undefined>(
      (node, name) => (node?.kind === 'map' ? node.entries.get(name)?.node : undefined),
      entry,
    );

/** The same of an entry whose fields are read by name; what is no word or number counts as absent. */
export function keyOfFields(read: (field: string) => unknown, keys: readonly string[]): string | undefined {
  const values = keys.map((key) => {
    const value = read(key) ?? read(standIns[key] ?? '');
    return value === undefined || value === null || typeof value === 'object' ? defaults[key] : String(value);
  });
  return values.includes(undefined) ? undefined : JSON.stringify(values);
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep', 'logLine', 'notify', 'notifyFd'];

/** Fields of which a map can have one only, by the map's name; `env[]` is an entry of the list env. */
const alternatives: Readonly<Record<string, readonly string[]>> = {
  'containers[]': ['image', 'rootfs'],
  'env[]': ['value', 'valueFrom'],
  'volumeMounts[]': ['restartOn', 'reloadOn'],
  resources: ['cpus', 'cpu_quota'],
  livenessProbe: handlers,
  readinessProbe: handlers,
  startupProbe: handlers,
  liveness: handlers,
  readiness: handlers,
  postStart: handlers,
  preStop: handlers,
  reload: ['signal', 'command'],
  schedule: ['cron', 'every'],
};

/** Fields that cannot stand beside `field`: one that an overlay gives takes the place of what the base has of them. */
export function rivalsOf(field: string, map: string, fields: readonly string[]): readonly string[] {
  const group =
    map === 'volumes[]'
      ? fields.filter((name) => name !== 'name')
      : Object.hasOwn(alternatives, map)
        ? (alternatives[map] ?? [])
        : [];
  return group.includes(field) ? group.filter((name) => name !== field) : [];
}
