/** Which fields of volumes and their mounts this version acts on. */
import type { FieldPath, ProblemSink } from './field-problem.ts';
import { type HonourTable, honourMessages, warnByTable } from './honour-table.ts';
import type { LooseContainer, LooseSpec, PodInput } from './schema.ts';
import { isTokenVolume } from './server-defaults.ts';
import { isClusterRoot } from './volume-source.ts';

type Volume = NonNullable<PodInput['spec']['volumes']>[number];
const volumeTable: HonourTable<Volume> = {
  name: 'yes',
  hostPath: 'yes',
  emptyDir: 'yes',
  configMap: 'yes',
  secret: 'yes',
  downwardAPI: 'yes',
  projected: 'yes',
  persistentVolumeClaim: 'yes',
  ephemeral: 'yes',
  image: 'unmounted',
  nfs: 'unmounted',
  gitRepo: 'unmounted',
  awsElasticBlockStore: 'unmounted',
  azureDisk: 'unmounted',
  azureFile: 'unmounted',
  cephfs: 'unmounted',
  cinder: 'unmounted',
  csi: 'unmounted',
  fc: 'unmounted',
  flexVolume: 'unmounted',
  flocker: 'unmounted',
  gcePersistentDisk: 'unmounted',
  glusterfs: 'unmounted',
  iscsi: 'unmounted',
  photonPersistentDisk: 'unmounted',
  portworxVolume: 'unmounted',
  quobyte: 'unmounted',
  rbd: 'unmounted',
  scaleIO: 'unmounted',
  storageos: 'unmounted',
  vsphereVolume: 'unmounted',
};

type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
const sourceTable: HonourTable<Source> = {
  configMap: 'yes',
  secret: 'yes',
  downwardAPI: 'yes',
  serviceAccountToken: 'cluster',
  clusterTrustBundle: 'cluster',
  podCertificate: 'cluster',
};

type VolumeMount = NonNullable<PodInput['spec']['containers'][number]['volumeMounts']>[number];
const mountTable: HonourTable<VolumeMount> = {
  name: 'yes',
  mountPath: 'yes',
  readOnly: 'yes',
  recursiveReadOnly: 'yes',
  subPath: 'yes',
  subPathExpr: 'yes',
  mountPropagation: 'yes',
  bindMountOptions: 'later',
  restartOn: 'yes',
  reloadOn: 'yes',
};

type LooseVolume = NonNullable<NonNullable<LooseSpec['volumes']>[number]>;

/** Of spec.volumes. */
export function warnVolumes(volumes: LooseSpec['volumes'], problems: ProblemSink): void {
  volumes?.forEach((volume, index) => {
    const path = ['spec', 'volumes', index];
    warnByTable(volumeTable, volume, path, problems);
    warnMedium(volume?.emptyDir, [...path, 'emptyDir'], problems);
    if (!isTokenVolume(volume?.name)) warnSources(volume?.projected?.sources, [...path, 'projected'], problems);
    warnUsers(volume, path, problems);
  });
}

function warnSources(
  sources: NonNullable<LooseVolume['projected']>['sources'],
  path: FieldPath,
  problems: ProblemSink,
): void {
  sources?.forEach((source, at) => {
    const sourcePath = [...path, 'sources', at];
    warnByTable(sourceTable, source, sourcePath, problems);
    if (source?.configMap !== undefined && isClusterRoot(source.configMap)) {
      problems.warn([...sourcePath, 'configMap'], 'is a cluster’s own, left out where there is none');
    }
  });
}

/** Of volumeMounts; `path` is the list's. */
export function warnMounts(mounts: LooseContainer['volumeMounts'], path: FieldPath, problems: ProblemSink): void {
  mounts?.forEach((mount, index) => {
    warnByTable(mountTable, mount, [...path, index], problems);
  });
}

function warnMedium(emptyDir: LooseVolume['emptyDir'], path: FieldPath, problems: ProblemSink): void {
  const { medium = '' } = emptyDir ?? {};
  if (medium !== '' && medium !== 'Memory') problems.warn([...path, 'medium'], honourMessages.unmounted);
}

/** Files belong to root: their owners by number are a field of Kubernetes 1.37 that is not on by default there. */
function warnUsers(volume: LooseVolume | undefined, path: FieldPath, problems: ProblemSink): void {
  for (const kind of ['configMap', 'secret', 'downwardAPI', 'projected'] as const) {
    const source = volume?.[kind];
    if (source?.defaultUser !== undefined) {
      problems.warn([...path, kind, 'defaultUser'], honourMessages.later);
    }
    const items = source !== undefined && 'items' in source ? source.items : undefined;
    items?.forEach((item, index) => {
      if (item?.user !== undefined) problems.warn([...path, kind, 'items', index, 'user'], honourMessages.later);
    });
  }
}
