/** Valid objects with something in every field that the mutations are about. */

export type Manifest = Readonly<Record<string, unknown>>;

const exec = { exec: { command: ['true'] } };

const podSpec = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsConfig: { nameservers: ['192.0.2.53'], searches: ['example.com'], options: [{ name: 'ndots', value: '2' }] },
  hostAliases: [{ ip: '192.0.2.1', hostnames: ['db.example.com'] }],
  hostname: 'web',
  subdomain: 'sub',
  securityContext: {
    ...{ runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, supplementalGroups: [3000] },
    seccompProfile: { type: 'RuntimeDefault' },
    sysctls: [{ name: 'net.core.somaxconn', value: '1024' }],
  },
  readinessGates: [{ conditionType: 'example.com/gate' }],
  initContainers: [{ name: 'setup', image: 'host', command: ['true'] }],
  containers: [
    {
      ...{ name: 'app', image: 'host', command: ['sleep', '1'], args: ['2'], workingDir: '/tmp' },
      ports: [
        { name: 'http', containerPort: 80 },
        { name: 'other', containerPort: 81 },
      ],
      env: [
        { name: 'NAME', value: 'x' },
        { name: 'FROM_MAP', valueFrom: { configMapKeyRef: { name: 'map', key: 'key' } } },
        { name: 'FROM_FIELD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'FROM_RESOURCE', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      ],
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'map' } }],
      resources: { limits: { cpu: '1', memory: '128Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
      securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
      livenessProbe: {
        httpGet: { path: '/', port: 80, httpHeaders: [{ name: 'X-A', value: 'b' }] },
        periodSeconds: 10,
      },
      readinessProbe: { tcpSocket: { port: 80 } },
      startupProbe: exec,
      lifecycle: { postStart: exec, preStop: { sleep: { seconds: 1 } } },
      volumeMounts: [
        { name: 'config', mountPath: '/etc/config', readOnly: true },
        { name: 'cache', mountPath: '/cache' },
      ],
    },
    {
      ...{ name: 'web', image: 'host', command: ['sleep', '1'], restartPolicy: 'Always' },
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
      readinessProbe: { grpc: { port: 50_051 } },
    },
  ],
  volumes: [
    { name: 'config', configMap: { name: 'map', items: [{ key: 'a', path: 'b/c' }] } },
    { name: 'secret', secret: { secretName: 'secret' } },
    { name: 'cache', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'scratch', emptyDir: {} },
    { name: 'host', hostPath: { path: '/srv' } },
    {
      name: 'all',
      projected: {
        sources: [
          { configMap: { name: 'map' } },
          { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
    },
    { name: 'claim', persistentVolumeClaim: { claimName: 'data' } },
  ],
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
  nodeSelector: { disk: 'ssd' },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
    },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'web' } } } },
      ],
    },
  },
  schedulingGates: [{ name: 'example.com/gate' }],
  imagePullSecrets: [{ name: 'registry' }],
  os: { name: 'linux' },
};

const labels = { app: 'web' };
const metadata = { name: 'web', labels };
const template = { metadata: { labels }, spec: podSpec };
const selector = { matchLabels: labels };
const { restartPolicy: _always, ...endingSpec } = podSpec;
const ending = { metadata: { labels }, spec: { ...endingSpec, restartPolicy: 'Never' } };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

/** One of each kind. */
export const validObjects = {
  Pod: { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec },
  Deployment: {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
    spec: {
      ...{ replicas: 2, selector, template },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
    },
  },
  ReplicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { replicas: 2, selector, template } },
  DaemonSet: {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata },
    spec: { selector, template, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } } },
  },
  StatefulSet: {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata },
    spec: {
      ...{ replicas: 2, serviceName: 'web', selector, template, podManagementPolicy: 'OrderedReady' },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      ordinals: { start: 0 },
    },
  },
  Job: {
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job' } },
    spec: {
      ...{ completions: 3, parallelism: 2, backoffLimit: 4, completionMode: 'Indexed', template: ending },
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 2] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
    },
  },
  CronJob: {
    ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'cron' } },
    spec: {
      ...{ schedule: '*/5 * * * *', timeZone: 'Europe/Berlin', concurrencyPolicy: 'Allow' },
      jobTemplate: { spec: { template: ending } },
    },
  },
  PersistentVolumeClaim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'claim' }, spec: claim },
  Service: {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    spec: {
      ...{ type: 'NodePort', selector: labels, sessionAffinity: 'None', externalTrafficPolicy: 'Cluster' },
      ports: [
        { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
        { name: 'other', port: 81, targetPort: 8081 },
      ],
    },
  },
  ConfigMap: {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' } },
    data: { key: 'value' },
    binaryData: { bytes: 'AAEC' },
    immutable: false,
  },
  Secret: {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret' }, type: 'Opaque' },
    data: { key: 'c2VjcmV0' },
    stringData: { other: 'text' },
  },
  Namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
} as const satisfies Readonly<Record<string, Manifest>>;

export type BaseKind = keyof typeof validObjects;

/** Kinds that hold a pod's spec, and where. */
export const templatePaths = {
  Pod: '',
  Deployment: 'spec.template.',
  ReplicaSet: 'spec.template.',
  DaemonSet: 'spec.template.',
  StatefulSet: 'spec.template.',
  Job: 'spec.template.',
  CronJob: 'spec.jobTemplate.spec.template.',
} as const satisfies Partial<Readonly<Record<BaseKind, string>>>;
