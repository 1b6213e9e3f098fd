/** Rules of a pod's volumes, their mounts, restarts by exit code, and of what a scheduler reads. */
import {
  app,
  labelNames,
  labelValues,
  type MutationRule,
  notFlag,
  notList,
  notMap,
  notText,
  relativePaths,
  web,
  words,
} from './rule.ts';

export const volumeRules: readonly MutationRule[] = [
  // volumes
  { at: 'spec.volumes', bad: { type: notList } },
  {
    at: 'spec.volumes[3].name',
    ...labelNames,
    bad: { ...labelNames.bad, required: ['', undefined], duplicate: ['config'] },
  },
  {
    at: 'spec.volumes[3]',
    good: [{ name: 'other' }, { name: 'other', hostPath: { path: '/a' } }, { name: 'other', emptyDir: null }],
    bad: { type: notMap },
  },
  { at: 'spec.volumes[3].hostPath', bad: { forbidden: [{ path: '/a' }] }, told: 'spec.volumes[3].hostPath' },
  { at: 'spec.volumes[0].configMap.name', good: ['a.b'], bad: { required: ['', undefined] } },
  {
    at: 'spec.volumes[0].configMap.defaultMode',
    good: [0, 0o400, 0o777],
    bad: { invalid: [-1, 0o1000, 1000], type: ['0644'] },
  },
  { at: 'spec.volumes[0].configMap.items[0].key', good: ['a', 'A.b'], bad: { required: ['', undefined] } },
  {
    at: 'spec.volumes[0].configMap.items[0].path',
    ...relativePaths,
    bad: { ...relativePaths.bad, required: ['', undefined] },
  },
  { at: 'spec.volumes[0].configMap.items[0].mode', good: [0o400], bad: { invalid: [-1, 0o1000] } },
  { at: 'spec.volumes[1].secret.secretName', good: ['a'], bad: { required: ['', undefined] } },
  { at: 'spec.volumes[1].secret.defaultMode', good: [0o400], bad: { invalid: [0o1000, -1] } },
  { at: 'spec.volumes[2].emptyDir.sizeLimit', good: ['1Gi', '0', 1024], bad: { any: ['-1', 'x', '1GiB'] } },
  { at: 'spec.volumes[2].emptyDir.medium', good: ['', 'Memory'], bad: { type: notText } },
  {
    at: 'spec.volumes[4].hostPath.path',
    good: ['/a', '/'],
    bad: { required: ['', undefined], invalid: ['/a/../b', '..'] },
  },
  {
    at: 'spec.volumes[4].hostPath.type',
    ...words(
      ['', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket', 'CharDevice', 'BlockDevice'],
      ['directory', 'Link'],
    ),
  },
  { at: 'spec.volumes[5].projected.sources[0].configMap.name', good: ['a'], bad: { required: ['', undefined] } },
  {
    at: 'spec.volumes[5].projected.sources[1].downwardAPI.items[0].fieldRef.fieldPath',
    good: ['metadata.labels', 'metadata.annotations', 'metadata.name', "metadata.labels['a']"],
    bad: { required: ['', undefined], invalid: ['a'], unsupported: ['status.podIP', 'spec.nodeName'] },
  },
  {
    at: 'spec.volumes[5].projected.sources[1].downwardAPI.items[0].path',
    ...relativePaths,
    bad: { ...relativePaths.bad, required: [''] },
  },
  { at: 'spec.volumes[5].projected.defaultMode', good: [0o644], bad: { invalid: [0o1000, -1] } },
  {
    at: 'spec.volumes[6].persistentVolumeClaim.claimName',
    good: ['a'],
    bad: { required: ['', undefined], type: notText },
  },

  // mounts
  {
    at: `${app}.volumeMounts[0].name`,
    good: ['secret', 'cache'],
    bad: { required: ['', undefined], notFound: ['configs', 'Config'] },
  },
  {
    at: `${app}.volumeMounts[0].mountPath`,
    good: ['/a', '/a/b', 'a'],
    bad: { required: ['', undefined], type: notText },
  },
  { at: `${app}.volumeMounts[1].mountPath`, bad: { invalid: ['/etc/config'] } },
  { at: `${app}.volumeMounts[0].subPath`, ...relativePaths },
  { at: `${app}.volumeMounts[0].subPathExpr`, good: ['$(NAME)', 'a/$(NAME)'], bad: { invalid: ['/a', '../a'] } },
  { at: `${app}.volumeMounts[0].readOnly`, bad: { type: notFlag } },
  {
    at: `${app}.volumeMounts[1].mountPropagation`,
    ...words(['None', 'HostToContainer'], ['none', 'Shared', 'Bidirectional']),
  },
  {
    at: `${app}.volumeMounts[0].recursiveReadOnly`,
    ...words(['Disabled', 'IfPossible', 'Enabled'], ['enabled', 'Yes']),
  },
  { at: `${app}.volumeMounts[1].recursiveReadOnly`, bad: { any: ['Enabled', 'IfPossible'] } },

  // restarts of one container
  {
    at: `${web}.restartPolicyRules[0].action`,
    good: ['Restart', 'RestartAllContainers'],
    bad: { required: ['', undefined], unsupported: ['Stop', 'restart'] },
  },
  { at: `${web}.restartPolicyRules[0].exitCodes`, bad: { required: [undefined] } },
  {
    at: `${web}.restartPolicyRules[0].exitCodes.operator`,
    good: ['In', 'NotIn'],
    bad: { unsupported: ['in', 'Equals'] },
  },
  { at: `${web}.restartPolicy`, bad: { required: ['', undefined] } },

  // what only a cluster reads is judged all the same
  { at: 'spec.tolerations[0].operator', good: ['Exists'], bad: { any: ['exists', 'In'] } },
  {
    at: 'spec.tolerations[0].effect',
    good: ['NoSchedule', 'PreferNoSchedule', 'NoExecute', ''],
    bad: { any: ['noschedule', 'Never'] },
  },
  { at: 'spec.nodeSelector.disk', ...labelValues },
  { at: 'spec.priorityClassName', good: ['a'], bad: { any: ['A_', 'a b'] } },
  { at: 'spec.serviceAccountName', good: ['a.b'], bad: { any: ['A', 'a_b'] } },
  { at: 'spec.nodeName', good: ['a.b'], bad: { any: ['A', 'a_b'] }, beside: { 'spec.schedulingGates': undefined } },
  { at: 'spec.preemptionPolicy', ...words(['PreemptLowerPriority', 'Never'], ['never', 'Maybe']) },
  { at: 'spec.schedulerName', good: ['a'], bad: { type: notText } },
  { at: 'spec.runtimeClassName', good: ['a.b'], bad: { any: ['A', 'a_b'] } },
  { at: 'spec.topologySpreadConstraints[0].maxSkew', good: [1, 5], bad: { any: [0, -1], type: ['1'] } },
  { at: 'spec.topologySpreadConstraints[0].topologyKey', good: ['zone'], bad: { required: ['', undefined] } },
  {
    at: 'spec.topologySpreadConstraints[0].whenUnsatisfiable',
    good: ['DoNotSchedule', 'ScheduleAnyway'],
    bad: { any: ['Never', ''] },
  },
  {
    at: 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms',
    bad: { required: [[], undefined] },
  },
  {
    at: 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator',
    good: ['In', 'NotIn'],
    bad: { any: ['in', 'Is'] },
  },
  {
    at: 'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight',
    good: [1, 100],
    bad: { any: [0, 101, -1] },
  },
  {
    at: 'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey',
    good: ['zone'],
    bad: { any: ['', undefined, 'a b'] },
  },
  {
    at: 'spec.schedulingGates[0].name',
    good: ['a', 'a/b'],
    bad: { invalid: ['', '-a'] },
    told: 'spec.schedulingGates[0]',
  },
  { at: 'spec.imagePullSecrets[0].name', good: ['a'], bad: { type: notText } },
  { at: 'spec.os.name', good: ['linux'], bad: { required: [''] } },
  { at: 'spec.os.name', bad: { unsupported: ['plan9'] }, told: 'spec.os' },
  { at: 'spec.overhead.cpu', good: ['1m'], bad: { any: ['x', '-1'] } },
];
