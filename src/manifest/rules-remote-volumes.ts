/** Rules for volumes of storage products and clouds (Kubernetes validateVolumeSource): a file that is wrong in a cluster is wrong here. */
import { type FieldPath, invalid, type ProblemSink, required, tooLong, unsupported } from './field-problem.ts';
import { dnsLabelComplaint, dnsSubdomainComplaint } from './name-rules.ts';
import { checkLocalPath } from './rules-local-path.ts';
import { checkRange } from './rules-values.ts';
import type { LooseSpec } from './schema.ts';

type Volume = NonNullable<NonNullable<LooseSpec['volumes']>[number]>;
type Kind = Exclude<keyof Volume, 'name'>;

/** In the order in which Kubernetes looks at them. */
export const volumeKinds = [
  ...(['emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs'] as const),
  ...(['iscsi', 'glusterfs', 'flocker', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'quobyte'] as const),
  ...(['downwardAPI', 'fc', 'flexVolume', 'configMap', 'azureFile', 'vsphereVolume'] as const),
  ...(['photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'projected', 'scaleIO'] as const),
  ...(['csi', 'ephemeral', 'image'] as const),
] satisfies readonly Kind[];

/** What each of them cannot do without. */
const needed: { readonly [K in Kind]?: readonly (keyof NonNullable<Volume[K]>)[] } = {
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  nfs: ['server', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  quobyte: ['registry', 'volume'],
  flexVolume: ['driver'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  storageos: ['volumeName'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  csi: ['driver'],
  image: ['reference'],
};

/** `path` is the volume's. */
export function checkRemoteVolume(volume: Volume, path: FieldPath, problems: ProblemSink): void {
  const kind = volumeKinds.find((candidate) => Object.hasOwn(volume, candidate));
  const source = kind === undefined ? undefined : volume[kind];
  if (kind === undefined || source === undefined) return;
  const at = [...path, kind];
  for (const field of needed[kind] ?? []) if (isMissing(source, field)) problems.error([...at, field], required());
  checkSecret(kind, source, at, problems);
  const check = (more as Readonly<Record<string, Check<object> | undefined>>)[kind];
  check?.(source, at, problems);
}

/** Of what was cut out as wrong, the schema has spoken. */
function isMissing(source: object, field: string): boolean {
  const value: unknown = Reflect.get(source, field);
  if (value === undefined) return !Object.hasOwn(source, field);
  return value === '' || (Array.isArray(value) && value.length === 0);
}

const secretFields: Readonly<Record<string, string>> = {
  cinder: 'secretRef',
  storageos: 'secretRef',
  csi: 'nodePublishSecretRef',
};

function checkSecret(kind: Kind, source: object, path: FieldPath, problems: ProblemSink): void {
  const field = secretFields[kind];
  const reference: unknown = field === undefined ? undefined : Reflect.get(source, field);
  if (field !== undefined && typeof reference === 'object' && reference !== null && isMissing(reference, 'name'))
    problems.error([...path, field, 'name'], required());
}

type Check<S> = (source: S, path: FieldPath, problems: ProblemSink) => void;
type Checks = { readonly [K in Kind]?: Check<NonNullable<Volume[K]>> };

const more: Checks = {
  gitRepo: ({ directory }, path, problems) => checkLocalPath(directory ?? '', [...path, 'directory'], problems),
  gcePersistentDisk: checkPartition,
  awsElasticBlockStore: checkPartition,
  nfs: checkNfs,
  iscsi: checkIscsi,
  fc: checkFibreChannel,
  flocker: checkFlocker,
  quobyte: checkQuobyte,
  flexVolume: checkFlex,
  azureDisk: checkAzureDisk,
  storageos: checkStorageOs,
  csi: checkCsi,
  image: ({ pullPolicy }, path, problems) =>
    checkWord(pullPolicy, ['Always', 'IfNotPresent', 'Never'], [...path, 'pullPolicy'], problems),
};

function checkWord(word: string | undefined, known: readonly string[], path: FieldPath, problems: ProblemSink): void {
  if (word && !known.includes(word)) problems.error(path, unsupported(word, known));
}

function checkPartition(
  { partition }: NonNullable<Volume['gcePersistentDisk']>,
  path: FieldPath,
  problems: ProblemSink,
): void {
  checkRange(partition, [0, 255], [...path, 'partition'], problems);
}

function checkNfs(source: NonNullable<Volume['nfs']>, path: FieldPath, problems: ProblemSink): void {
  const { path: written } = source;
  if (written === undefined && Object.hasOwn(source, 'path')) return;
  if (!written?.startsWith('/')) problems.error([...path, 'path'], invalid(written ?? '', 'must be an absolute path'));
}

const iscsiNames = {
  iqn: /^iqn\.\d{4}-\d{2}\.([a-z0-9]+(-[a-z0-9]+)*\.)*[a-z0-9]+(-[a-z0-9]+)*(:[^,;*&$|\s]+)?$/i,
  eui: /^eui\.[0-9a-f]{16}$/i,
  naa: /^naa\.[0-9a-f]{32}$/i,
};

function checkIscsi(source: NonNullable<Volume['iscsi']>, path: FieldPath, problems: ProblemSink): void {
  const { iqn, lun, initiatorName, chapAuthDiscovery, chapAuthSession } = source;
  checkRange(lun, [0, 255], [...path, 'lun'], problems);
  for (const [field, name] of Object.entries({ iqn, initiatorName })) {
    const form = Object.entries(iscsiNames).find(([prefix]) => name?.startsWith(prefix));
    const words = form === undefined ? 'must be valid format starting with iqn, eui, or naa' : 'must be valid format';
    if (name && !form?.[1].test(name)) problems.error([...path, field], invalid(name, words));
  }
  if ((chapAuthDiscovery || chapAuthSession) && !Object.hasOwn(source, 'secretRef'))
    problems.error([...path, 'secretRef'], required());
}

function checkFibreChannel(source: NonNullable<Volume['fc']>, path: FieldPath, problems: ProblemSink): void {
  const { targetWWNs, wwids = [], lun } = source;
  if (targetWWNs === undefined && Object.hasOwn(source, 'targetWWNs')) return;
  const [at, isNamed] = [[...path, 'targetWWNs'], (targetWWNs?.length ?? 0) > 0];
  if (!isNamed && wwids.length === 0)
    problems.error(at, required('must specify either targetWWNs or wwids, but not both'));
  if (!isNamed) return;
  if (wwids.length > 0)
    problems.error(at, invalid(targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  if (!Object.hasOwn(source, 'lun'))
    problems.error([...path, 'lun'], required('lun is required if targetWWNs is specified'));
  checkRange(lun, [0, 255], [...path, 'lun'], problems);
}

function checkFlocker(source: NonNullable<Volume['flocker']>, path: FieldPath, problems: ProblemSink): void {
  const { datasetName } = source;
  const [hasName, hasId] = [!isMissing(source, 'datasetName'), !isMissing(source, 'datasetUUID')];
  if (!hasName && !hasId) problems.error(path, required('one of datasetName and datasetUUID is required'));
  if (hasName && hasId)
    problems.error(path, invalid('resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (datasetName?.includes('/'))
    problems.error([...path, 'datasetName'], invalid(datasetName, "must not contain '/'"));
}

function checkQuobyte({ registry, tenant }: NonNullable<Volume['quobyte']>, path: FieldPath, problems: ProblemSink) {
  const words = 'must be a host:port pair or multiple pairs separated by commas';
  if (registry && (tenant?.length ?? 0) > 64)
    problems.error([...path, 'tenant'], required('must be a UUID and may not exceed a length of 64 characters'));
  else if (registry && !registry.split(',').every((pair) => /^([^:[\]]*|\[[^[\]]*\]):[^:]*$/.test(pair)))
    problems.error([...path, 'registry'], invalid(registry, words));
}

function checkFlex({ options }: NonNullable<Volume['flexVolume']>, path: FieldPath, problems: ProblemSink): void {
  for (const key of Object.keys(options ?? {})) {
    const [domain = ''] = key.toLowerCase().split('/');
    if (!/(^|\.)(kubernetes|k8s)\.io$/.test(domain)) continue;
    const message = invalid(key, 'kubernetes.io and k8s.io namespaces are reserved');
    problems.error([...path, 'options', key], message, { at: 'key' });
  }
}

const managedDisk = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobDisk = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

function checkAzureDisk(source: NonNullable<Volume['azureDisk']>, path: FieldPath, problems: ProblemSink): void {
  const { cachingMode, kind, diskURI = '' } = source;
  checkWord(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], [...path, 'cachingMode'], problems);
  checkWord(kind, ['Dedicated', 'Managed', 'Shared'], [...path, 'kind'], problems);
  if (!kind) return;
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', managedDisk] : ['https://', blobDisk];
  if (!diskURI.startsWith(start)) problems.error([...path, 'diskURI'], unsupported(diskURI, [form]));
}

function checkStorageOs(source: NonNullable<Volume['storageos']>, path: FieldPath, problems: ProblemSink): void {
  for (const field of ['volumeName', 'volumeNamespace'] as const) {
    const name = source[field];
    const complaint = name ? dnsLabelComplaint(name) : undefined;
    if (complaint !== undefined) problems.error([...path, field], invalid(name, complaint));
  }
}

const maxDriver = 63;

function checkCsi(source: NonNullable<Volume['csi']>, path: FieldPath, problems: ProblemSink): void {
  if (source.driver === undefined && Object.hasOwn(source, 'driver')) return;
  const { driver = '' } = source;
  const complaint = dnsSubdomainComplaint(driver.toLowerCase());
  if (driver.length > maxDriver) problems.error([...path, 'driver'], tooLong(maxDriver));
  if (complaint !== undefined) problems.error([...path, 'driver'], invalid(driver, complaint));
}
