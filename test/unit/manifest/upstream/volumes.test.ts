import { describe } from 'vitest';
import { aPod } from '../a-manifest.ts';
import { duplicate, forbidden, invalid, required, testCases, under, unsupported } from './api-case.ts';

const at = 'spec.volumes[0]';
const withVolume = (volume: object) => aPod({ volumes: [{ name: 'v', ...volume }] });
const accepted = (kind: string, source: object) =>
  [`${kind}, as it should be`, withVolume({ [kind]: source })] as const;
const refused = (kind: string, what: string, source: object, ...told: readonly string[]) =>
  [`${kind} ${what}`, withVolume({ [kind]: source }), ...under(`${at}.${kind}.`, ...told)] as const;

describe('a volume', () => {
  testCases([
    ['of no kind is a directory', withVolume({})],
    ['without a name', aPod({ volumes: [{ emptyDir: {} }] }), required(`${at}.name`)],
    ['of an empty name', aPod({ volumes: [{ name: '', emptyDir: {} }] }), required(`${at}.name`)],
    ['of a name with a dot', aPod({ volumes: [{ name: 'a.b', emptyDir: {} }] }), invalid(`${at}.name`)],
    ['of a name too long', aPod({ volumes: [{ name: 'a'.repeat(64), emptyDir: {} }] }), invalid(`${at}.name`)],
    ['twice of a name', aPod({ volumes: [{ name: 'a' }, { name: 'a' }] }), duplicate('spec.volumes[1].name')],
    ['of two kinds', withVolume({ hostPath: { path: '/a' }, emptyDir: {} }), forbidden(`${at}.hostPath`)],
    [
      'of two kinds, whatever their order',
      withVolume({ configMap: { name: 'a' }, secret: { secretName: 'a' } }),
      forbidden(`${at}.configMap`),
    ],
    [
      'of three kinds',
      withVolume({ nfs: {}, hostPath: { path: '/a' }, emptyDir: {} }),
      forbidden(`${at}.hostPath`),
      forbidden(`${at}.nfs`),
    ],
  ]);
});

describe('of this machine:', () => {
  testCases([
    accepted('emptyDir', { medium: 'Memory', sizeLimit: '1Gi' }),
    refused('emptyDir', 'of less than nothing', { sizeLimit: '-1Gi' }, forbidden('sizeLimit')),
    accepted('hostPath', { path: 'relative', type: '' }),
    refused('hostPath', 'without a path', { type: 'File' }, required('path')),
    refused('hostPath', 'that leads back', { path: '/a/../b' }, invalid('path')),
    refused('hostPath', 'of a type nobody knows', { path: '/a', type: 'Pipe' }, unsupported('type')),
    accepted('configMap', { name: 'any Name', items: [{ key: 'any key', path: 'a/b', mode: 0o400 }], defaultMode: 0 }),
    refused('configMap', 'without a name', {}, required('name')),
    refused('configMap', 'of modes beyond 0777', { name: 'a', defaultMode: 0o1000 }, invalid('defaultMode')),
    refused('configMap', 'of negative modes', { name: 'a', defaultMode: -1 }, invalid('defaultMode')),
    refused(
      'configMap',
      'of an item without key and path',
      { name: 'a', items: [{}] },
      required('items[0].key'),
      required('items[0].path'),
    ),
    refused(
      'configMap',
      'of an item that leads out',
      { name: 'a', items: [{ key: 'a', path: 'b/../../c' }] },
      invalid('items[0].path'),
    ),
    refused(
      'configMap',
      'of an item called like a version',
      { name: 'a', items: [{ key: 'a', path: '..b' }] },
      invalid('items[0].path'),
    ),
    refused(
      'configMap',
      'of an item at an absolute path',
      { name: 'a', items: [{ key: 'a', path: '/b' }] },
      invalid('items[0].path'),
    ),
    refused(
      'configMap',
      'of an item with a bad mode',
      { name: 'a', items: [{ key: 'a', path: 'b', mode: 0o1000 }] },
      invalid('items[0].mode'),
    ),
    refused('secret', 'without a name', {}, required('secretName')),
    refused('secret', 'of negative modes', { secretName: 'a', defaultMode: -1 }, invalid('defaultMode')),
    refused(
      'secret',
      'of an item without a key',
      { secretName: 'a', items: [{ path: 'a' }] },
      required('items[0].key'),
    ),
    accepted('persistentVolumeClaim', { claimName: 'Any Text' }),
    refused('persistentVolumeClaim', 'without a name', {}, required('claimName')),
    accepted('downwardAPI', { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.labels' } }] }),
    refused('downwardAPI', 'of negative modes', { defaultMode: -1 }, invalid('defaultMode')),
    refused('downwardAPI', 'of nothing', { items: [{ path: 'a' }] }, required('items[0]')),
    refused(
      'downwardAPI',
      'without a path',
      { items: [{ fieldRef: { fieldPath: 'metadata.name' } }] },
      required('items[0].path'),
    ),
    refused(
      'downwardAPI',
      'of a field that is for variables',
      { items: [{ path: 'a', fieldRef: { fieldPath: 'status.podIP' } }] },
      unsupported('items[0].fieldRef.fieldPath'),
    ),
    refused(
      'downwardAPI',
      'of a label of a bad key',
      { items: [{ path: 'a', fieldRef: { fieldPath: "metadata.labels['a b']" } }] },
      invalid('items[0].fieldRef'),
    ),
    refused(
      'downwardAPI',
      'of resources of no container',
      { items: [{ path: 'a', resourceFieldRef: { resource: 'limits.cpu' } }] },
      required('items[0].resourceFieldRef.containerName'),
    ),
    refused(
      'downwardAPI',
      'of a field and resources',
      {
        items: [
          {
            path: 'a',
            fieldRef: { fieldPath: 'metadata.name' },
            resourceFieldRef: { containerName: 'app', resource: 'limits.cpu' },
          },
        ],
      },
      invalid('items[0]'),
    ),
  ]);
});

describe('projected:', () => {
  const sources = (...list: readonly object[]) => ({ sources: list });
  testCases([
    accepted('projected', sources({ secret: { name: 'a' } }, { serviceAccountToken: { path: 'token' } })),
    accepted('projected', sources({ serviceAccountToken: { path: 'token', expirationSeconds: 600 } })),
    refused('projected', 'of modes beyond 0777', { defaultMode: 0o1000 }, invalid('defaultMode')),
    refused(
      'projected',
      'of two in one',
      sources({ secret: { name: 'a' }, configMap: { name: 'b' } }),
      forbidden('sources[0]'),
    ),
    refused('projected', 'of a Secret without a name', sources({ secret: {} }), required('sources[0].secret.name')),
    refused(
      'projected',
      'of a ConfigMap without a name',
      sources({ configMap: {} }),
      required('sources[0].configMap.name'),
    ),
    refused(
      'projected',
      'of a token for too short',
      sources({ serviceAccountToken: { path: 'a', expirationSeconds: 599 } }),
      invalid('sources[0].serviceAccountToken.expirationSeconds'),
    ),
    refused(
      'projected',
      'of a token for too long',
      sources({ serviceAccountToken: { path: 'a', expirationSeconds: 2 ** 32 + 1 } }),
      invalid('sources[0].serviceAccountToken.expirationSeconds'),
    ),
    refused(
      'projected',
      'of a trust bundle in two ways',
      sources({ clusterTrustBundle: { name: 'a', signerName: 'a.b/c', path: 'x' } }),
      invalid('sources[0].clusterTrustBundle'),
    ),
    refused(
      'projected',
      'of no trust bundle',
      sources({ clusterTrustBundle: { path: 'x' } }),
      required('sources[0].clusterTrustBundle'),
    ),
    [
      'of one path twice',
      withVolume({
        projected: sources(
          { secret: { name: 'a', items: [{ key: 'a', path: 'x' }] } },
          { configMap: { name: 'a', items: [{ key: 'a', path: 'x' }] } },
        ),
      }),
      invalid(`${at}.projected`),
    ],
  ]);
});

describe('of a claim of its own:', () => {
  const template = (spec: object, metadata: object = {}) => ({ volumeClaimTemplate: { metadata, spec } });
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  testCases([
    accepted('ephemeral', template(claim, { labels: { a: 'b' } })),
    refused('ephemeral', 'without a template', {}, required('volumeClaimTemplate')),
    refused(
      'ephemeral',
      'without access modes',
      template({ resources: claim.resources }),
      required('volumeClaimTemplate.spec.accessModes'),
    ),
    refused(
      'ephemeral',
      'without a size',
      template({ accessModes: claim.accessModes }),
      required('volumeClaimTemplate.spec.resources[storage]'),
    ),
    refused(
      'ephemeral',
      'that has a name',
      template(claim, { name: 'a' }),
      forbidden('volumeClaimTemplate.metadata.name'),
    ),
    refused(
      'ephemeral',
      'with a bad label',
      template(claim, { labels: { a: 'b c' } }),
      invalid('volumeClaimTemplate.metadata.labels'),
    ),
  ]);
});

describe('of a cluster:', () => {
  testCases([
    accepted('nfs', { server: 'a', path: '/b' }),
    refused('nfs', 'without a server', { path: '/a' }, required('server')),
    refused('nfs', 'at a relative path', { server: 'a', path: 'b' }, invalid('path')),
    refused('nfs', 'without a path', { server: 'a' }, required('path'), invalid('path')),
    accepted('iscsi', { targetPortal: '127.0.0.1', iqn: 'iqn.2015-02.example.com:test', lun: 1 }),
    refused('iscsi', 'without anything', {}, required('targetPortal'), required('iqn')),
    refused(
      'iscsi',
      'of a name of no such form',
      { targetPortal: 'a', iqn: '2015-02.example.com:test' },
      invalid('iqn'),
    ),
    refused(
      'iscsi',
      'of a unit too high',
      { targetPortal: 'a', iqn: 'eui.0123456789ABCDEF', lun: 256 },
      invalid('lun'),
    ),
    refused(
      'iscsi',
      'that needs a secret',
      { targetPortal: 'a', iqn: 'eui.0123456789ABCDEF', chapAuthSession: true },
      required('secretRef'),
    ),
    accepted('fc', { targetWWNs: ['a'], lun: 1 }),
    refused('fc', 'of nothing', {}, required('targetWWNs')),
    refused('fc', 'of both', { targetWWNs: ['a'], wwids: ['b'], lun: 1 }, invalid('targetWWNs')),
    refused('fc', 'without a unit', { targetWWNs: ['a'] }, required('lun')),
    refused('fc', 'of a unit too high', { targetWWNs: ['a'], lun: 256 }, invalid('lun')),
    refused('gcePersistentDisk', 'without a name', {}, required('pdName')),
    refused('gcePersistentDisk', 'of a partition too high', { pdName: 'a', partition: 256 }, invalid('partition')),
    refused('awsElasticBlockStore', 'without an id', { partition: -1 }, required('volumeID'), invalid('partition')),
    refused('azureFile', 'without anything', {}, required('secretName'), required('shareName')),
    accepted('azureDisk', { diskName: 'a', diskURI: 'https://a/b.vhd' }),
    refused(
      'azureDisk',
      'without anything',
      { kind: 'Other', cachingMode: 'Other' },
      required('diskName'),
      required('diskURI'),
      unsupported('kind'),
      unsupported('cachingMode'),
      unsupported('diskURI'),
    ),
    refused(
      'azureDisk',
      'managed, elsewhere',
      { diskName: 'a', diskURI: 'https://a', kind: 'Managed' },
      unsupported('diskURI'),
    ),
    refused('cephfs', 'without monitors', { monitors: [] }, required('monitors')),
    refused('cinder', 'without an id', { secretRef: {} }, required('volumeID'), required('secretRef.name')),
    accepted('csi', { driver: 'example.com', volumeAttributes: { a: 'b' } }),
    refused('csi', 'without a driver', {}, required('driver'), invalid('driver')),
    refused('csi', 'of a bad driver', { driver: 'a_b' }, invalid('driver')),
    refused(
      'csi',
      'of a secret without a name',
      { driver: 'a', nodePublishSecretRef: {} },
      required('nodePublishSecretRef.name'),
    ),
    refused('flexVolume', 'without a driver', {}, required('driver')),
    refused(
      'flexVolume',
      'with options of Kubernetes',
      { driver: 'a', options: { 'Kubernetes.io/x': 'y' } },
      invalid('options[Kubernetes.io/x]'),
    ),
    ['flocker of nothing', withVolume({ flocker: {} }), required(`${at}.flocker`)],
    ['flocker of both', withVolume({ flocker: { datasetName: 'a', datasetUUID: 'b' } }), invalid(`${at}.flocker`)],
    refused('flocker', 'with a slash', { datasetName: 'a/b' }, invalid('datasetName')),
    refused('glusterfs', 'without anything', {}, required('endpoints'), required('path')),
    refused('photonPersistentDisk', 'without an id', {}, required('pdID')),
    refused('portworxVolume', 'without an id', {}, required('volumeID')),
    refused('quobyte', 'without anything', {}, required('registry'), required('volume')),
    refused('quobyte', 'of a registry without a port', { registry: 'a:1,b', volume: 'v' }, invalid('registry')),
    refused('rbd', 'without anything', {}, required('monitors'), required('image')),
    refused('scaleIO', 'without anything', {}, required('gateway'), required('system'), required('volumeName')),
    refused(
      'storageos',
      'of a bad name',
      { volumeName: 'A', volumeNamespace: 'B', secretRef: {} },
      invalid('volumeName'),
      invalid('volumeNamespace'),
      required('secretRef.name'),
    ),
    refused('vsphereVolume', 'without a path', {}, required('volumePath')),
    refused('gitRepo', 'without a repository', { directory: '../a' }, required('repository'), invalid('directory')),
    refused('image', 'without a reference', {}, required('reference')),
    refused('image', 'of a policy nobody knows', { reference: 'a', pullPolicy: 'Often' }, unsupported('pullPolicy')),
  ]);
});
