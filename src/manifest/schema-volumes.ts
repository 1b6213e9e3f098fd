/** Kubernetes volumes: every source known by name and type. */
import {
  fields,
  fieldsWith,
  flag,
  int32,
  int64,
  labelSelector,
  list,
  nameRef,
  oneOf,
  quantity,
  quantityMap,
  text,
  textMap,
} from './schema-kinds.ts';
import { templateMetadata } from './schema-metadata.ts';

const keyToPath = fields({ key: text, path: text, mode: int32, user: int64 });
const downwardItem = fields({
  path: text,
  mode: int32,
  user: int64,
  fieldRef: fields({ apiVersion: text, fieldPath: text }),
  resourceFieldRef: fields({ containerName: text, resource: text, divisor: quantity }),
});
/** PersistentVolumeClaimSpec */
export const claimSpec = fields({
  accessModes: list(text),
  selector: labelSelector,
  resources: fields({ limits: quantityMap, requests: quantityMap }),
  volumeName: text,
  storageClassName: text,
  volumeMode: text,
  volumeAttributesClassName: text,
  dataSource: fields({ apiGroup: text, kind: text, name: text }),
  dataSourceRef: fields({ apiGroup: text, kind: text, name: text, namespace: text }),
});

const projectedSource = fields({
  configMap: fields({ name: text, items: list(keyToPath), optional: flag }),
  secret: fields({ name: text, items: list(keyToPath), optional: flag }),
  downwardAPI: fields({ items: list(downwardItem) }),
  serviceAccountToken: fields({ audience: text, expirationSeconds: int64, path: text, user: int64 }),
  clusterTrustBundle: fields({ name: text, signerName: text, labelSelector, optional: flag, path: text, user: int64 }),
  podCertificate: fields({
    signerName: text,
    keyType: text,
    maxExpirationSeconds: int32,
    credentialBundlePath: text,
    keyPath: text,
    certificateChainPath: text,
    user: int64,
    userAnnotations: textMap,
  }),
});

/** Sources that a single machine can serve. */
const localSources = {
  configMap: fields({ name: text, items: list(keyToPath), defaultMode: int32, defaultUser: int64, optional: flag }),
  secret: fields({ secretName: text, items: list(keyToPath), defaultMode: int32, defaultUser: int64, optional: flag }),
  downwardAPI: fields({ items: list(downwardItem), defaultMode: int32, defaultUser: int64 }),
  projected: fields({ sources: list(projectedSource), defaultMode: int32, defaultUser: int64 }),
  emptyDir: fields({ medium: text, sizeLimit: quantity, mode: int32 }).meta({
    description: 'A directory of the pod’s own, shared by its containers, removed with the pod',
  }),
  hostPath: fields({
    path: text.meta({
      description: 'Path on this machine; podctl.dev/v1: may be relative to the manifest’s own directory',
    }),
    type: oneOf('DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice').meta({
      description: 'What has to be there; …OrCreate makes it. Default: anything that is there',
    }),
  }).meta({ description: 'A file or directory of this machine, bound into the container, never copied' }),
  image: fields({ reference: text, pullPolicy: text }),
  nfs: fields({ server: text, path: text, readOnly: flag }),
  persistentVolumeClaim: fields({ claimName: text, readOnly: flag }),
  ephemeral: fields({ volumeClaimTemplate: fields({ metadata: templateMetadata, spec: claimSpec }) }),
  gitRepo: fields({ repository: text, revision: text, directory: text }),
};

/** Sources of storage products and clouds. */
const remoteSources = {
  awsElasticBlockStore: fields({ volumeID: text, fsType: text, partition: int32, readOnly: flag }),
  azureDisk: fields({ diskName: text, diskURI: text, cachingMode: text, fsType: text, readOnly: flag, kind: text }),
  azureFile: fields({ secretName: text, shareName: text, readOnly: flag }),
  cephfs: fields({
    monitors: list(text),
    path: text,
    user: text,
    secretFile: text,
    secretRef: nameRef,
    readOnly: flag,
  }),
  cinder: fields({ volumeID: text, fsType: text, readOnly: flag, secretRef: nameRef }),
  csi: fields({ driver: text, readOnly: flag, fsType: text, volumeAttributes: textMap, nodePublishSecretRef: nameRef }),
  fc: fields({ targetWWNs: list(text), lun: int32, fsType: text, readOnly: flag, wwids: list(text) }),
  flexVolume: fields({ driver: text, fsType: text, secretRef: nameRef, readOnly: flag, options: textMap }),
  flocker: fields({ datasetName: text, datasetUUID: text }),
  gcePersistentDisk: fields({ pdName: text, fsType: text, partition: int32, readOnly: flag }),
  glusterfs: fields({ endpoints: text, path: text, readOnly: flag }),
  iscsi: fields({
    targetPortal: text,
    iqn: text,
    lun: int32,
    iscsiInterface: text,
    fsType: text,
    readOnly: flag,
    portals: list(text),
    chapAuthDiscovery: flag,
    chapAuthSession: flag,
    secretRef: nameRef,
    initiatorName: text,
  }),
  photonPersistentDisk: fields({ pdID: text, fsType: text }),
  portworxVolume: fields({ volumeID: text, fsType: text, readOnly: flag }),
  quobyte: fields({ registry: text, volume: text, readOnly: flag, user: text, group: text, tenant: text }),
  rbd: fields({
    monitors: list(text),
    image: text,
    fsType: text,
    pool: text,
    user: text,
    keyring: text,
    secretRef: nameRef,
    readOnly: flag,
  }),
  scaleIO: fields({
    gateway: text,
    system: text,
    secretRef: nameRef,
    sslEnabled: flag,
    protectionDomain: text,
    storagePool: text,
    storageMode: text,
    volumeName: text,
    fsType: text,
    readOnly: flag,
  }),
  storageos: fields({ volumeName: text, volumeNamespace: text, fsType: text, readOnly: flag, secretRef: nameRef }),
  vsphereVolume: fields({ volumePath: text, fsType: text, storagePolicyName: text, storagePolicyID: text }),
};

/** One entry of spec.volumes. */
export const volume = fieldsWith({ name: text }, { ...localSources, ...remoteSources }).meta({ id: 'Volume' });
