/** Every field of Kubernetes' PodSpec and Container, and of what is in them: a value that asks for it, and what becomes of it here. README's table is made of this. */

export interface FieldNote {
  /** asks for something: it is no default */
  readonly sample: unknown;
  readonly why: string;
  /** other fields of the same object without which the sample would be wrong */
  readonly beside?: Readonly<Record<string, unknown>>;
}

type Notes = Readonly<Record<string, FieldNote>>;

const note = (sample: unknown, why: string, beside?: Readonly<Record<string, unknown>>): FieldNote =>
  beside === undefined ? { sample, why } : { sample, why, beside };

const oneNode = 'there is one node';
const noScheduler = 'there is no scheduler';
const noAccounts = 'there is no API server to sign in to';
const program = { name: 'first', image: 'host', command: ['true'] };
const exec = { exec: { command: ['true'] } };
const cluster = { key: 'disk', operator: 'Exists' };
const windows = { runAsUserName: 'me' };

/** of spec */
export const podFields: Notes = {
  activeDeadlineSeconds: note(60, 'the pod fails with `DeadlineExceeded`'),
  affinity: note({ nodeAffinity: {} }, oneNode),
  automountServiceAccountToken: note(true, noAccounts),
  containers: note([program], 'see Container'),
  dnsConfig: note({ nameservers: ['192.0.2.53'] }, 'lines of /etc/resolv.conf'),
  dnsPolicy: note('Default', '/etc/resolv.conf'),
  enableServiceLinks: note(false, 'variables of Services; default true'),
  ephemeralContainers: note(
    [{ name: 'debug', image: 'host' }],
    'as in Kubernetes, no manifest may have them; use `podctl exec`',
  ),
  evictionResponders: note([{ name: 'a', priority: 1 }], 'nothing drains a node'),
  hostAliases: note([{ ip: '192.0.2.1', hostnames: ['db'] }], 'lines of /etc/hosts'),
  hostIPC: note(true, 'the machine’s'),
  hostNetwork: note(true, 'the machine’s'),
  hostPID: note(true, 'the machine’s'),
  hostUsers: note(false, 'a user namespace of its own, volumes by id-mapped mounts'),
  hostname: note('web-0', 'inside of the pod'),
  hostnameOverride: note('web-0.example', 'inside of the pod'),
  imagePullSecrets: note([{ name: 'registry' }], 'images are not pulled yet'),
  initContainers: note([program], 'one after the other; with `restartPolicy: Always` they are sidecars'),
  nodeName: note('node-1', oneNode),
  nodeSelector: note({ disk: 'ssd' }, oneNode),
  os: note({ name: 'linux' }, 'it is Linux; `windows` is warned of'),
  overhead: note({ cpu: '10m' }, 'of a runtime class, and there is one runtime'),
  preemptionPolicy: note('Never', noScheduler),
  priority: note(10, noScheduler),
  priorityClassName: note('high', noScheduler),
  readinessGates: note([{ conditionType: 'example.com/ready' }], 'set by `podctl set condition`'),
  resourceClaims: note(
    [{ name: 'gpu', resourceClaimName: 'gpu' }],
    'there are no device drivers of a cluster; `podctl.dev/v1` has `devices`',
  ),
  resources: note({ limits: { memory: '64Mi' } }, 'of all containers together'),
  restartPolicy: note('Never', 'with Kubernetes’ back-off'),
  runtimeClassName: note('gvisor', 'there is one runtime'),
  schedulerName: note('mine', noScheduler),
  schedulingGates: note([{ name: 'example.com/wait' }], 'nothing of the pod starts until an update takes them away'),
  schedulingGroup: note({ podGroupName: 'a' }, noScheduler),
  securityContext: note({ runAsUser: 1000 }, 'see below'),
  serviceAccount: note('builder', noAccounts),
  serviceAccountName: note('builder', noAccounts),
  setHostnameAsFQDN: note(true, 'inside of the pod'),
  shareProcessNamespace: note(true, 'one for all containers; each still has its own PID 1’s supervision'),
  subdomain: note('db', 'a name in the pod network'),
  terminationGracePeriodSeconds: note(5, 'between SIGTERM and SIGKILL'),
  tolerations: note([cluster], oneNode),
  topologySpreadConstraints: note(
    [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }],
    oneNode,
  ),
  volumes: note([{ name: 'cache', emptyDir: {} }], 'see Volume'),
};

/** of spec.securityContext */
export const podSecurityFields: Notes = {
  appArmorProfile: note({ type: 'RuntimeDefault' }, 'podctl applies no AppArmor profiles'),
  fsGroup: note(2000, 'volumes belong to it'),
  fsGroupChangePolicy: note('OnRootMismatch', 'when owners are changed', { fsGroup: 2000 }),
  runAsGroup: note(1000, 'of every program'),
  runAsNonRoot: note(true, 'root is refused', { runAsUser: 1000 }),
  runAsUser: note(1000, 'of every program'),
  seLinuxChangePolicy: note('Recursive', 'no SELinux labels are set'),
  seLinuxOptions: note({ level: 's0:c1' }, 'no SELinux labels are set'),
  seccompProfile: note({ type: 'RuntimeDefault' }, 'also `Localhost`, `Unconfined`'),
  supplementalGroups: note([3000], 'of every program'),
  supplementalGroupsPolicy: note('Strict', 'whether /etc/group counts'),
  sysctls: note([{ name: 'net.core.somaxconn', value: '1024' }], 'namespaced ones; others are refused'),
  windowsOptions: note(windows, 'this is Linux'),
};

/** of spec.containers[] and spec.initContainers[] */
export const containerFields: Notes = {
  args: note(['-c', 'true'], '`$(VAR)` is put in'),
  command: note(['/bin/sh'], '`$(VAR)` is put in; needed with `image: host`'),
  env: note([{ name: 'A', value: '1' }], 'see EnvVar'),
  envFrom: note(
    [{ prefix: 'A_', configMapRef: { name: 'a' } }],
    'ConfigMaps and Secrets, with `prefix` and `optional`',
  ),
  image: note('host', '`host`; others are warned of: images are not pulled yet, the container waits'),
  imagePullPolicy: note(
    'Always',
    'with `host` nothing is pulled; with others it is warned of where it is not their default',
  ),
  lifecycle: note(
    { postStart: exec, preStop: { sleep: { seconds: 1 } } },
    'exec, httpGet, tcpSocket, sleep; `stopSignal`',
  ),
  livenessProbe: note(exec, 'exec, httpGet, tcpSocket, grpc, by PID 1: nothing is needed in the image'),
  name: note('app', 'a DNS label'),
  ports: note([{ containerPort: 80, hostPort: 8080 }], '`hostPort` answers on the machine'),
  readinessProbe: note(exec, 'as livenessProbe'),
  resizePolicy: note([{ resourceName: 'memory', restartPolicy: 'RestartContainer' }], 'limits change in place, always'),
  resources: note({ limits: { cpu: '500m' } }, 'cpu, memory, pids, huge pages, ephemeral-storage'),
  restartPolicy: note('Never', 'its own, over the pod’s'),
  restartPolicyRules: note([{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }], 'by exit code', {
    restartPolicy: 'Never',
  }),
  securityContext: note({ runAsUser: 1000 }, 'see below'),
  startupProbe: note(exec, 'as livenessProbe'),
  stdin: note(true, '`podctl attach -i`'),
  stdinOnce: note(true, 'input ends with the first client', { stdin: true }),
  terminationMessagePath: note('/tmp/message', 'read when it ends'),
  terminationMessagePolicy: note('FallbackToLogsOnError', 'the end of the log, where there is no message'),
  tty: note(true, 'a terminal of its own'),
  volumeDevices: note(
    [{ name: 'claim', devicePath: '/dev/x' }],
    'claims are directories; `podctl.dev/v1` has `devices`',
  ),
  volumeMounts: note([{ name: 'data', mountPath: '/data' }], 'see VolumeMount'),
  workingDir: note('/tmp', 'an absolute path'),
};

/** of securityContext of a container */
export const containerSecurityFields: Notes = {
  allowPrivilegeEscalation: note(false, 'no_new_privs'),
  appArmorProfile: note({ type: 'RuntimeDefault' }, 'podctl applies no AppArmor profiles'),
  capabilities: note({ add: ['NET_ADMIN'], drop: ['ALL'] }, 'beside the fourteen that containers have'),
  privileged: note(true, 'all capabilities and devices of the machine'),
  procMount: note('Default', '`Unmasked` wants `hostUsers: false`'),
  readOnlyRootFilesystem: note(true, 'volumes stay as they are'),
  runAsGroup: note(1000, 'over the pod’s'),
  runAsNonRoot: note(true, 'root is refused', { runAsUser: 1000 }),
  runAsUser: note(1000, 'over the pod’s'),
  seLinuxOptions: note({ level: 's0:c1' }, 'no SELinux labels are set'),
  seccompProfile: note({ type: 'Unconfined' }, 'over the pod’s'),
  windowsOptions: note(windows, 'this is Linux'),
};

/** of env[] */
export const envFields: Notes = {
  name: note('A', 'anything without `=`'),
  value: note('$(B)', '`$(VAR)` is put in'),
  valueFrom: note({ fieldRef: { fieldPath: 'metadata.name' } }, 'see below'),
};

/** of env[].valueFrom */
export const valueFromFields: Notes = {
  configMapKeyRef: note({ name: 'a', key: 'b' }, 'the container waits until it is there'),
  fieldRef: note({ fieldPath: 'status.podIP' }, 'every field that Kubernetes has'),
  fileKeyRef: note(
    { volumeName: 'data', path: 'a', key: 'b' },
    'read when the container starts; the volume is an emptyDir',
  ),
  resourceFieldRef: note({ resource: 'limits.cpu' }, 'without a limit the machine’s'),
  secretKeyRef: note({ name: 'a', key: 'b' }, 'the container waits until it is there'),
};

/** of volumeMounts[] */
export const mountFields: Notes = {
  bindMountOptions: note({ noExec: true }, 'not on by default in Kubernetes either'),
  mountPath: note('/data', 'in the container’s root, whatever links are there'),
  mountPropagation: note('HostToContainer', '`Bidirectional` wants `privileged`'),
  name: note('data', 'of a volume'),
  readOnly: note(true, 'and what is mounted below'),
  recursiveReadOnly: note('Enabled', 'as readOnly does', { readOnly: true, mountPropagation: 'None' }),
  subPath: note('a', 'never led out of the volume'),
  subPathExpr: note('$(A)', 'with variables of the container'),
};

const driver = 'a storage driver of clusters';

/** of volumes[] */
export const volumeFields: Notes = {
  awsElasticBlockStore: note({ volumeID: 'a' }, driver),
  azureDisk: note({ diskName: 'a', diskURI: 'b' }, driver),
  azureFile: note({ secretName: 'a', shareName: 'b' }, driver),
  cephfs: note({ monitors: ['a'] }, driver),
  cinder: note({ volumeID: 'a' }, driver),
  configMap: note({ name: 'a' }, 'swapped at once when it changes'),
  csi: note({ driver: 'a' }, driver),
  downwardAPI: note({ items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] }, 'follows changes'),
  emptyDir: note({ medium: 'Memory', sizeLimit: '1Mi' }, 'on disk or in memory; `sizeLimit` evicts'),
  ephemeral: note(
    { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } },
    'a claim that goes with the pod',
  ),
  fc: note({ targetWWNs: ['a'], lun: 1 }, driver),
  flexVolume: note({ driver: 'a/b' }, driver),
  flocker: note({ datasetName: 'a' }, driver),
  gcePersistentDisk: note({ pdName: 'a' }, driver),
  gitRepo: note({ repository: 'a' }, 'gone from Kubernetes: clone in an init container'),
  glusterfs: note({ endpoints: 'a', path: 'b' }, driver),
  hostPath: note({ path: '/srv', type: 'DirectoryOrCreate' }, 'every type'),
  image: note({ reference: 'a' }, 'images are not pulled yet'),
  iscsi: note({ targetPortal: 'a', iqn: 'iqn.2001-04.com.example:a', lun: 1 }, driver),
  name: note('vol', 'a DNS label'),
  nfs: note({ server: 'a', path: '/b' }, 'mount it on the machine and use hostPath'),
  persistentVolumeClaim: note({ claimName: 'a' }, 'a directory per claim, kept across pods'),
  photonPersistentDisk: note({ pdID: 'a' }, driver),
  portworxVolume: note({ volumeID: 'a' }, driver),
  projected: note(
    { sources: [{ configMap: { name: 'a' } }] },
    'configMap, secret, downwardAPI; tokens and certificates of a cluster are left out with a warning',
  ),
  quobyte: note({ registry: 'a:1', volume: 'b' }, driver),
  rbd: note({ monitors: ['a'], image: 'b' }, driver),
  scaleIO: note({ gateway: 'a', system: 'b', volumeName: 'c', secretRef: { name: 'd' } }, driver),
  secret: note({ secretName: 'a' }, 'in memory, never on disk'),
  storageos: note({ volumeName: 'a' }, driver),
  vsphereVolume: note({ volumePath: 'a' }, driver),
};
