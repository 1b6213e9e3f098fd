import type { MutationRule } from './rule.ts';
import type { BaseKind } from './valid-objects.ts';

const long = (length: number): string => 'a'.repeat(length);
const notNumber: readonly unknown[] = ['1', 1.5, true];
const notText: readonly unknown[] = [1, true, {}];
const counts = { good: [0, 1, 100], bad: { invalid: [-1, -100], type: notNumber } };
const names = { good: ['a', 'a-b.c'], bad: { invalid: ['A', 'a_b', '-a'], required: ['', undefined] } };

const selectorRules: readonly MutationRule[] = [
  { at: 'spec.selector', bad: { required: [undefined], invalid: [{}, { matchLabels: {} }], type: ['app=web', []] } },
  { at: 'spec.selector.matchLabels.app', bad: { invalid: ['api'] }, told: 'spec.template.metadata.labels' },
  { at: 'spec.selector.matchLabels.app', bad: { invalid: ['-a'] } },
  {
    at: 'spec.selector.matchExpressions',
    good: [[], [{ key: 'app', operator: 'In', values: ['web', 'api'] }], [{ key: 'app', operator: 'Exists' }]],
    bad: { type: ['a'] },
  },
  {
    at: 'spec.selector.matchExpressions[0].operator',
    bad: { invalid: ['in', 'Is'] },
    beside: { 'spec.selector.matchExpressions[0].key': 'app' },
  },
  {
    at: 'spec.selector.matchExpressions[0].values',
    bad: { required: [[], undefined] },
    beside: { 'spec.selector.matchExpressions[0].key': 'app', 'spec.selector.matchExpressions[0].operator': 'In' },
  },
  {
    at: 'spec.selector.matchExpressions[0].values',
    bad: { forbidden: [['a']] },
    beside: { 'spec.selector.matchExpressions[0].key': 'app', 'spec.selector.matchExpressions[0].operator': 'Exists' },
  },
  { at: 'spec.template.metadata.labels.app', bad: { invalid: ['other'] }, told: 'spec.template.metadata.labels' },
  { at: 'spec.template', bad: { any: [undefined], type: ['a', []] } },
  { at: 'spec.template.spec.restartPolicy', good: ['Always', undefined], bad: { unsupported: ['Never', 'OnFailure'] } },
  { at: 'spec.template.spec.activeDeadlineSeconds', bad: { forbidden: [60] } },
];
const deepCounts = (...fields: readonly string[]): MutationRule[] => fields.map((at) => ({ at, ...counts }));
const percent = { good: [0, 1, '0%', '50%'], bad: { invalid: [-1, '50', 'x%', '%', '1.5%'], type: [true, []] } };

/** By kind; what holds a pod's spec has podSpecRules too. */
export const objectRules: Readonly<Partial<Record<BaseKind, readonly MutationRule[]>>> = {
  Deployment: [
    ...selectorRules,
    { at: 'metadata.name', ...names },
    ...deepCounts('spec.replicas', 'spec.minReadySeconds', 'spec.revisionHistoryLimit'),
    { at: 'spec.progressDeadlineSeconds', good: [1, 600], bad: { invalid: [0, -1] } },
    { at: 'spec.progressDeadlineSeconds', bad: { invalid: [5, 10] }, beside: { 'spec.minReadySeconds': 10 } },
    { at: 'spec.paused', good: [true, false], bad: { type: ['yes', 1] } },
    { at: 'spec.strategy.type', good: ['RollingUpdate'], bad: { any: ['rolling', 'OnDelete'] } },
    { at: 'spec.strategy.type', bad: { forbidden: ['Recreate'] }, told: 'spec.strategy.rollingUpdate' },
    { at: 'spec.strategy.rollingUpdate.maxSurge', ...percent, good: [1, '50%', '200%'] },
    {
      at: 'spec.strategy.rollingUpdate.maxUnavailable',
      ...percent,
      bad: { ...percent.bad, invalid: [-1, '50', 'x%', '101%'] },
    },
    {
      at: 'spec.strategy.rollingUpdate.maxUnavailable',
      bad: { invalid: [0, '0%'] },
      beside: { 'spec.strategy.rollingUpdate.maxSurge': 0 },
    },
    { at: 'spec.replica', bad: { any: [1] } },
  ],
  ReplicaSet: [...selectorRules, ...deepCounts('spec.replicas', 'spec.minReadySeconds')],
  DaemonSet: [
    ...selectorRules,
    ...deepCounts('spec.minReadySeconds', 'spec.revisionHistoryLimit'),
    { at: 'spec.updateStrategy.type', good: ['RollingUpdate', 'OnDelete'], bad: { any: ['Recreate', 'rolling'] } },
    {
      at: 'spec.updateStrategy.rollingUpdate.maxUnavailable',
      good: [1, 2, '50%'],
      bad: { invalid: [-1, '101%', 'x'] },
    },
    { at: 'spec.updateStrategy.rollingUpdate.maxSurge', good: [0, '0%'], bad: { invalid: [1, '10%'] } },
    { at: 'spec.updateStrategy.rollingUpdate.maxUnavailable', bad: { required: [0, '0%'] } },
  ],
  StatefulSet: [
    ...selectorRules,
    ...deepCounts('spec.replicas', 'spec.minReadySeconds', 'spec.revisionHistoryLimit', 'spec.ordinals.start'),
    { at: 'spec.podManagementPolicy', good: ['OrderedReady', 'Parallel'], bad: { any: ['Ordered', 'parallel'] } },
    { at: 'spec.updateStrategy.type', good: ['RollingUpdate'], bad: { any: ['Recreate'] } },
    { at: 'spec.updateStrategy.type', bad: { invalid: ['OnDelete'] }, told: 'spec.updateStrategy.rollingUpdate' },
    { at: 'spec.updateStrategy.rollingUpdate.partition', ...counts },
    {
      at: 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted',
      good: ['Retain', 'Delete'],
      bad: { any: ['Keep', 'delete'] },
    },
    { at: 'spec.persistentVolumeClaimRetentionPolicy.whenScaled', good: ['Retain', 'Delete'], bad: { any: ['Keep'] } },
    { at: 'spec.template.spec.containers[0].volumeMounts[0].name', good: ['data'], bad: { notFound: ['datum'] } },
  ],
  Job: [
    { at: 'metadata.name', ...names, good: ['a', 'a-b'] },
    ...deepCounts(
      'spec.parallelism',
      'spec.backoffLimit',
      'spec.ttlSecondsAfterFinished',
      'spec.activeDeadlineSeconds',
      'spec.backoffLimitPerIndex',
    ),
    { at: 'spec.completions', good: [1, 100], bad: { invalid: [-1], required: [undefined], type: notNumber } },
    { at: 'spec.completionMode', good: ['Indexed'], bad: { any: ['indexed', 'Other'] } },
    {
      at: 'spec.template.spec.restartPolicy',
      good: ['Never'],
      bad: { required: ['Always', '', undefined], invalid: ['OnFailure'] },
    },
    {
      at: 'spec.maxFailedIndexes',
      good: [0, 3],
      bad: { invalid: [-1, 4] },
      beside: { 'spec.backoffLimitPerIndex': 1 },
    },
    { at: 'spec.maxFailedIndexes', bad: { required: [1] }, told: 'spec.backoffLimitPerIndex' },
    { at: 'spec.backoffLimitPerIndex', bad: { invalid: [1] }, beside: { 'spec.completionMode': 'NonIndexed' } },
    { at: 'spec.suspend', good: [true, false], bad: { type: ['no', 0] } },
    {
      at: 'spec.podFailurePolicy.rules[0].action',
      good: ['FailJob', 'Ignore', 'Count'],
      bad: { any: ['', 'Fail', undefined] },
    },
    {
      at: 'spec.podFailurePolicy.rules[0].action',
      good: ['FailIndex'],
      bad: {},
      beside: { 'spec.backoffLimitPerIndex': 1 },
    },
    { at: 'spec.podFailurePolicy.rules[0].action', bad: { invalid: ['FailIndex'] } },
    { at: 'spec.podFailurePolicy.rules[0].onExitCodes.operator', good: ['In', 'NotIn'], bad: { any: ['', 'in'] } },
    {
      at: 'spec.podFailurePolicy.rules[0].onExitCodes.values',
      good: [[1], [1, 2, 255]],
      bad: { invalid: [[], [2, 1]] },
    },
    { at: 'spec.podFailurePolicy.rules[0].onExitCodes.values[0]', bad: { invalid: [0] } },
    { at: 'spec.podFailurePolicy.rules[0].onExitCodes.values[1]', bad: { duplicate: [1] } },
    {
      at: 'spec.podFailurePolicy.rules[0].onExitCodes.containerName',
      good: ['app', 'setup', undefined],
      bad: { invalid: ['other'] },
    },
    {
      at: 'spec.podFailurePolicy.rules[1].onPodConditions[0].status',
      good: ['True', 'False', 'Unknown'],
      bad: { any: ['true', 'Yes'] },
    },
    {
      at: 'spec.podFailurePolicy.rules[1].onPodConditions[0].type',
      good: ['A', 'a/b'],
      bad: { any: ['a b', undefined] },
    },
    {
      at: 'spec.podFailurePolicy.rules[1]',
      bad: {
        invalid: [
          { action: 'Ignore' },
          {
            action: 'Ignore',
            onExitCodes: { operator: 'In', values: [1] },
            onPodConditions: [{ type: 'A', status: 'True' }],
          },
        ],
      },
    },
    {
      at: 'spec.successPolicy',
      good: [
        { rules: [{ succeededIndexes: '0,2' }] },
        { rules: [{ succeededIndexes: '0-1,2', succeededCount: 2 }] },
        { rules: [{ succeededCount: 1 }] },
      ],
      bad: { type: ['a'] },
    },
    { at: 'spec.successPolicy.rules', bad: { required: [[]] } },
    { at: 'spec.successPolicy.rules[0]', bad: { required: [{}] } },
    {
      at: 'spec.successPolicy.rules[0].succeededIndexes',
      bad: { invalid: ['x', '2-1', '0-5', '1,0', '0-0', '1-2-3'] },
    },
    { at: 'spec.successPolicy.rules[0].succeededCount', bad: { invalid: [0, -1, 4] } },
    { at: 'spec.podReplacementPolicy', good: ['Failed'], bad: { any: ['TerminatingOrFailed', 'Always'] } },
  ],
  CronJob: [
    { at: 'metadata.name', good: ['a', long(52)], bad: { invalid: [long(53), 'A'], required: [''] } },
    {
      at: 'spec.schedule',
      good: ['* * * * *', '@hourly', '0 0 1 1 0', '0 9-17/2 * * MON-FRI', '@every 1h'],
      bad: {
        required: [''],
        invalid: [
          '* * * *',
          '60 * * * *',
          'x',
          '* * * * * *',
          'TZ=UTC * * * * *',
          '@often',
          '* 24 * * *',
          '* * 0 * *',
          '* * * 13 *',
        ],
        type: notText,
      },
    },
    {
      at: 'spec.timeZone',
      good: ['UTC', 'America/New_York', undefined],
      bad: { invalid: ['', 'Local', 'Mars/Base', 'europe'] },
    },
    { at: 'spec.concurrencyPolicy', good: ['Allow', 'Forbid', 'Replace'], bad: { any: ['allow', 'Never'] } },
    ...deepCounts('spec.startingDeadlineSeconds', 'spec.successfulJobsHistoryLimit', 'spec.failedJobsHistoryLimit'),
    { at: 'spec.suspend', good: [true, false], bad: { type: ['no'] } },
    { at: 'spec.jobTemplate', bad: { any: [undefined], type: ['a'] } },
    { at: 'spec.jobTemplate.spec.backoffLimit', ...counts },
    {
      at: 'spec.jobTemplate.spec.template.spec.restartPolicy',
      good: ['OnFailure', 'Never'],
      bad: { required: ['Always', undefined] },
    },
    { at: 'spec.jobTemplate.spec.selector', bad: { invalid: [{ matchLabels: { a: 'b' } }] } },
    { at: 'spec.jobTemplate.spec.manualSelector', good: [false], bad: { unsupported: [true] } },
  ],
  PersistentVolumeClaim: [
    { at: 'metadata.name', ...names },
    {
      at: 'spec.accessModes',
      good: [['ReadWriteOnce'], ['ReadOnlyMany', 'ReadWriteMany'], ['ReadWriteOncePod']],
      bad: { required: [[], undefined], forbidden: [['ReadWriteOncePod', 'ReadWriteOnce']] },
    },
    { at: 'spec.accessModes[0]', bad: { unsupported: ['RWO', 'readWriteOnce', ''] }, told: 'spec.accessModes' },
    { at: 'spec.resources', bad: { required: [undefined] }, told: 'spec.resources.storage' },
    { at: 'spec.resources.requests', bad: { required: [{}, undefined] }, told: 'spec.resources.storage' },
    {
      at: 'spec.resources.requests.storage',
      good: ['1', '500Mi', 1024],
      bad: { invalid: ['0', '-1', '1GB', 'x'] },
      told: 'spec.resources.storage',
    },
    { at: 'spec.volumeMode', good: ['Filesystem', 'Block'], bad: { unsupported: ['filesystem', 'File'] } },
    { at: 'spec.storageClassName', good: ['local', '', 'a.b'], bad: { invalid: ['A', 'a_b'] } },
    { at: 'spec.selector.matchLabels.a', good: ['b'], bad: { invalid: ['-b'] } },
  ],
  Service: [
    {
      at: 'metadata.name',
      good: ['a', 'a-1', long(63)],
      bad: { invalid: ['1a', 'A', 'a.b', long(64)], required: ['', undefined] },
    },
    {
      at: 'spec.type',
      good: ['NodePort', 'ClusterIP', 'LoadBalancer'],
      bad: { any: ['nodeport', 'Ingress'] },
      beside: { 'spec.externalTrafficPolicy': undefined },
    },
    { at: 'spec.ports', bad: { required: [[], undefined] } },
    { at: 'spec.ports[0].port', good: [1, 65_535], bad: { invalid: [0, -1, 65_536], type: notNumber } },
    { at: 'spec.ports[0].targetPort', good: [8080, 'http'], bad: { invalid: [0, 65_536, 'HTTP', 'a--b', long(16)] } },
    {
      at: 'spec.ports[0].name',
      good: ['a', 'a-b'],
      bad: { required: ['', undefined], invalid: ['A', 'a.b', long(64)] },
    },
    { at: 'spec.ports[1].name', bad: { duplicate: ['http'] } },
    { at: 'spec.ports[1].port', bad: { duplicate: [80] }, told: 'spec.ports[1]' },
    { at: 'spec.ports[0].protocol', good: ['TCP', 'UDP', 'SCTP'], bad: { any: ['tcp', 'HTTP'] } },
    { at: 'spec.selector.app', good: ['a', ''], bad: { invalid: ['-a', 'a b'] }, told: 'spec.selector' },
    { at: 'spec.sessionAffinity', good: ['None', 'ClientIP'], bad: { any: ['none', 'Cookie'] } },
    {
      at: 'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
      good: [1, 86_400],
      bad: { invalid: [0, 86_401] },
      beside: { 'spec.sessionAffinity': 'ClientIP' },
    },
    { at: 'spec.externalTrafficPolicy', good: ['Cluster', 'Local'], bad: { any: ['local', 'Node'] } },
    { at: 'spec.externalIPs', good: [['192.0.2.1']], bad: { type: ['a'] } },
    { at: 'spec.externalIPs[0]', bad: { invalid: ['a', '0.0.0.0', '127.0.0.1'] } },
    { at: 'spec.clusterIP', good: [''], bad: { invalid: ['a', '10.0.0'] }, told: 'spec.clusterIPs[0]' },
    { at: 'spec.ipFamilyPolicy', good: ['SingleStack', 'PreferDualStack'], bad: { any: ['Dual'] } },
    {
      at: 'spec.externalName',
      good: ['example.com'],
      bad: { required: ['', undefined], invalid: ['-a', 'a b', 'A_'] },
      beside: {
        'spec.type': 'ExternalName',
        'spec.externalTrafficPolicy': undefined,
        'spec.ports': undefined,
        'spec.selector': undefined,
      },
    },
  ],
  ConfigMap: [
    { at: 'metadata.name', ...names },
    { at: 'data', good: [{}, { 'a.B_c-1': '' }], bad: { type: ['a', []] } },
    ...['a b', '..', '..a', 'a/b', '', long(254)].map((key) => ({ at: `data['${key}']`, bad: { invalid: ['x'] } })),
    ...['a b', 'a/b'].map((key) => ({ at: `binaryData['${key}']`, bad: { invalid: ['AA=='] } })),
    { at: 'data.key', good: ['', 'any\ntext'], bad: { type: [1, true, {}, ['a']] } },
    { at: 'binaryData.bytes', good: ['', 'AA=='], bad: { any: ['%', 'A', 1] } },
    { at: 'data.bytes', bad: { invalid: ['x'] } },
    { at: 'immutable', good: [true, false], bad: { type: ['yes', 1] } },
    { at: 'spec', bad: { any: [{}] } },
    { at: 'data.big', bad: { any: ['x'.repeat(1024 * 1024 + 1)] }, told: '' },
  ],
  Secret: [
    { at: 'metadata.name', ...names },
    ...['a b', '..', 'a/b', long(254)].map((key) => ({ at: `data['${key}']`, bad: { invalid: ['AA=='] } })),
    ...['a b', '..a'].map((key) => ({ at: `stringData['${key}']`, bad: { invalid: ['x'] } })),
    { at: 'data.key', good: ['', 'AAEC'], bad: { any: ['%', 'A', 1, true] } },
    { at: 'stringData.other', good: ['', 'a\nb'], bad: { type: [1, true, {}] } },
    { at: 'immutable', good: [true, false], bad: { type: ['yes'] } },
    { at: 'type', good: ['Opaque', 'example.com/own', undefined], bad: { type: notText } },
    { at: 'type', bad: { required: ['kubernetes.io/dockerconfigjson'] }, told: "data['.dockerconfigjson']" },
    {
      at: 'type',
      bad: { required: ['kubernetes.io/tls'] },
      told: "data['tls.crt']",
      beside: { "data['tls.key']": 'AA==' },
    },
    { at: 'type', bad: { required: ['kubernetes.io/ssh-auth'] }, told: "data['ssh-privatekey']" },
    {
      at: 'type',
      bad: { required: ['kubernetes.io/service-account-token'] },
      told: "metadata.annotations['kubernetes.io/service-account.name']",
    },
  ],
  Namespace: [
    { at: 'metadata.name', good: ['a', 'a-b'], bad: { invalid: ['A', 'a.b', long(64)], required: ['', undefined] } },
  ],
};
