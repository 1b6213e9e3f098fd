/** What the API server says of changes (Validate…Update of apps, batch and core): field and reason. */
import { expect, test } from 'vitest';
import type { DataKind, DataManifest } from '../../../src/model/object-manifest.ts';
import { checkDataUpdate, storedForm } from '../../../src/reconcile/plan-data.ts';
import { aTemplate, aWorkload } from '../manifest/a-workload.ts';

type Spec = Readonly<Record<string, unknown>>;
type Case = readonly [what: string, kind: DataKind, before: Spec, after: Spec, ...told: readonly string[]];

const limited = (cpu: string | number) =>
  aTemplate({
    restartPolicy: 'Never',
    containers: [{ name: 'app', image: 'host', command: ['a'], resources: { limits: { cpu } } }],
  });
const template = (pod: Spec, labels: Spec = { app: 'web' }) =>
  aTemplate({ restartPolicy: 'Never', ...pod }, { labels });
const claimTemplate = (more: Spec = {}, spec: Spec = {}) => ({
  volumeClaimTemplates: [
    { metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } }, ...spec }, ...more },
  ],
});
const indexed = { completionMode: 'Indexed', completions: 2, parallelism: 2 };
const service = { type: 'ClusterIP', clusterIP: '10.99.128.9', clusterIPs: ['10.99.128.9'], ipFamilies: ['IPv4'] };
const locked = (field: string) => `${field}: Invalid value: field is immutable`;
const setLocked = 'spec: Forbidden';
const claimLocked = 'spec: Forbidden';

const cases: readonly Case[] = [
  ['nothing', 'Job', {}, {}],
  ['an empty selector', 'Deployment', {}, { selector: { matchLabels: { app: 'web' }, matchExpressions: [] } }],
  ['a template', 'ReplicaSet', {}, { template: aTemplate({ hostname: 'x' }) }],
  ['its updateStrategy', 'DaemonSet', {}, { updateStrategy: { type: 'OnDelete' }, minReadySeconds: 3 }],
  ['what a set may change', 'StatefulSet', {}, { ordinals: { start: 2 }, minReadySeconds: 1, revisionHistoryLimit: 1 }],
  ['podManagementPolicy', 'StatefulSet', {}, { podManagementPolicy: 'Parallel' }, setLocked],
  ['its selector', 'StatefulSet', {}, { selector: { matchLabels: { app: 'x' } } }, setLocked],
  ['the size of its claims', 'StatefulSet', claimTemplate(), claimTemplate({}, { storageClassName: 'x' }), setLocked],
  [
    'claims told in full',
    'StatefulSet',
    claimTemplate(),
    claimTemplate({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }, { volumeMode: 'Filesystem' }),
  ],
  ['the default of completions', 'Job', {}, { completions: 1 }],
  ['parallelism alone', 'Job', {}, { parallelism: 3 }],
  [
    'completions where only parallelism was',
    'Job',
    { parallelism: 3 },
    { parallelism: 3, completions: 3 },
    locked('spec.completions'),
  ],
  ['completions taken away', 'Job', { completions: 3, parallelism: 2 }, { parallelism: 2 }, locked('spec.completions')],
  ['its default mode', 'Job', {}, { completionMode: 'NonIndexed' }],
  ['both numbers of an indexed job', 'Job', indexed, { ...indexed, completions: 3, parallelism: 3 }],
  [
    'one number of an indexed job',
    'Job',
    indexed,
    { ...indexed, completions: 3 },
    'spec.completions: Invalid value: can only be modified in tandem with spec.parallelism',
  ],
  ['the other number of an indexed job', 'Job', indexed, { ...indexed, parallelism: 3 }],
  [
    'what is free of a job',
    'Job',
    {},
    { backoffLimit: 2, activeDeadlineSeconds: 3, ttlSecondsAfterFinished: 4, suspend: true },
  ],
  [
    'podFailurePolicy',
    'Job',
    {},
    { podFailurePolicy: { rules: [{ action: 'FailJob' }] } },
    locked('spec.podFailurePolicy'),
  ],
  [
    'backoffLimitPerIndex',
    'Job',
    { ...indexed, backoffLimitPerIndex: 1 },
    { ...indexed, backoffLimitPerIndex: 2 },
    locked('spec.backoffLimitPerIndex'),
  ],
  [
    'successPolicy',
    'Job',
    indexed,
    { ...indexed, successPolicy: { rules: [{ succeededCount: 1 }] } },
    locked('spec.successPolicy'),
  ],
  ['its template', 'Job', {}, { template: template({ hostname: 'x' }) }, locked('spec.template')],
  ['another spelling of a quantity', 'Job', { template: limited('1000m') }, { template: limited(1) }],
  ['another quantity', 'Job', { template: limited('1000m') }, { template: limited('1001m') }, locked('spec.template')],
  ['a null and an empty list', 'Job', {}, { template: template({ volumes: [], nodeSelector: null }) }],
  ['the labels of its pods', 'Job', {}, { template: template({}, { app: 'x' }) }, locked('spec.template')],
  ['labels of pods of a suspended job', 'Job', { suspend: true }, { template: template({}, { app: 'x' }) }],
  [
    'the node of a suspended job',
    'Job',
    { suspend: true },
    { suspend: true, template: template({ nodeSelector: { a: 'b' }, affinity: { nodeAffinity: { x: 1 } } }) },
  ],
  [
    'affinity to pods of a suspended job',
    'Job',
    { suspend: true },
    { template: template({ affinity: { podAffinity: { x: 1 } } }) },
    locked('spec.template'),
  ],
  ['the command of a suspended job', 'Job', { suspend: true }, { template: limited(1) }, locked('spec.template')],
  ['a CronJob', 'CronJob', {}, { jobTemplate: { spec: { template: limited(1) } }, timeZone: 'UTC' }],
  ['a larger claim', 'PersistentVolumeClaim', {}, { resources: { requests: { storage: '2Gi' } } }],
  ['the same size of a claim', 'PersistentVolumeClaim', {}, { resources: { requests: { storage: '1024Mi' } } }],
  [
    'a smaller claim',
    'PersistentVolumeClaim',
    {},
    { resources: { requests: { storage: '1Mi' } } },
    'spec.resources.requests.storage: Forbidden',
  ],
  [
    'limits of a claim',
    'PersistentVolumeClaim',
    {},
    { resources: { requests: { storage: '1Gi' }, limits: { storage: '3Gi' } } },
    claimLocked,
  ],
  ['the volume of a claim', 'PersistentVolumeClaim', { volumeName: 'a' }, { volumeName: 'b' }, claimLocked],
  ['the mode of a claim', 'PersistentVolumeClaim', {}, { volumeMode: 'Block' }, claimLocked, locked('spec.volumeMode')],
  ['the default mode of a claim', 'PersistentVolumeClaim', {}, { volumeMode: 'Filesystem', storageClassName: 'local' }],
  ['another type of a Service', 'Service', service, { ...service, type: 'NodePort' }],
  [
    'another address of a Service',
    'Service',
    service,
    { clusterIP: '10.99.128.10' },
    'spec.clusterIPs[0]: Invalid value: may not change once set',
  ],
  ['an address left out', 'Service', service, {}],
  [
    'another spelling of an address',
    'Service',
    { ...service, clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] },
    { clusterIP: 'fd00:0::1' },
  ],
  [
    'headless from now on',
    'Service',
    service,
    { clusterIP: 'None' },
    'spec.clusterIPs[0]: Invalid value: may not change once set',
  ],
  [
    'another second address',
    'Service',
    { ...service, clusterIPs: ['10.99.128.9', 'fd00::1'] },
    { ...service, clusterIPs: ['10.99.128.9', 'fd00::2'] },
    'spec.clusterIPs[1]: Invalid value: may not change once set',
  ],
  [
    'a second address',
    'Service',
    service,
    { ...service, clusterIPs: ['10.99.128.9', 'fd00::2'], ipFamilies: ['IPv4', 'IPv6'] },
  ],
  [
    'another family',
    'Service',
    service,
    { ipFamilies: ['IPv6'] },
    'spec.ipFamilies[0]: Invalid value: may not change once set',
  ],
  [
    'a family where there is no address',
    'Service',
    { clusterIP: 'None', ipFamilies: ['IPv4'] },
    { clusterIP: 'None', ipFamilies: ['IPv6'] },
  ],
  ['by way of ExternalName', 'Service', service, { type: 'ExternalName', externalName: 'a.b' }],
];

const ofSpec = (kind: DataKind, spec: Spec): DataManifest =>
  storedForm(aWorkload(kind, spec) as unknown as DataManifest);

/** Field, reason and detail; the value between them is shown as JSON, not as Go. */
const wordsOf = ({ field, message }: { readonly field: string; readonly message: string }): string => {
  const [reason = '', detail] = /^Invalid value: .*: ([^:]+)$/.exec(message) ?? [];
  return reason === '' ? `${field}: ${message.split(':')[0]}` : `${field}: Invalid value: ${detail}`;
};

test.each(cases.map(([what, kind, before, after, ...told]) => ({ what, kind, before, after, told })))(
  '$kind: $what',
  ({ kind, before, after, told }) => {
    expect(checkDataUpdate(ofSpec(kind, before), ofSpec(kind, after)).map(wordsOf)).toEqual(told);
  },
);

const content = (kind: 'ConfigMap' | 'Secret', fields: Spec): DataManifest =>
  storedForm({ apiVersion: 'v1', kind, metadata: { name: 'a' }, ...fields } as unknown as DataManifest);
const fixed = { immutable: true, data: { a: 'YQ==' } };

const contents: readonly (readonly [
  what: string,
  kind: 'ConfigMap' | 'Secret',
  before: Spec,
  after: Spec,
  ...told: string[],
])[] = [
  ['another text', 'ConfigMap', { data: { a: 'YQ==' } }, { data: {} }],
  ['immutable from now on', 'ConfigMap', { data: { a: 'YQ==' } }, fixed],
  ['another text where it is locked', 'ConfigMap', fixed, { ...fixed, data: {} }, 'data: Forbidden'],
  ['bytes where it is locked', 'ConfigMap', fixed, { ...fixed, binaryData: { b: 'YQ==' } }, 'binaryData: Forbidden'],
  ['the lock', 'Secret', fixed, { data: fixed.data }, 'immutable: Forbidden'],
  ['the lock and what it locks', 'Secret', fixed, { immutable: false }, 'immutable: Forbidden', 'data: Forbidden'],
  ['its type', 'Secret', { type: 'Opaque' }, { type: 'kubernetes.io/tls' }, locked('type')],
  ['labels where it is locked', 'Secret', fixed, { ...fixed, metadata: { name: 'a', labels: { a: 'b' } } }],
];

test.each(contents.map(([what, kind, before, after, ...told]) => ({ what, kind, before, after, told })))(
  '$kind: $what',
  ({ kind, before, after, told }) => {
    expect(checkDataUpdate(content(kind, before), content(kind, after)).map(wordsOf)).toEqual(told);
  },
);
