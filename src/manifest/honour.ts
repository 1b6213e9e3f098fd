/** Which of Kubernetes' fields this version acts on. A field it does not act on is named in a warning, never dropped in silence. */
import type { FieldPath, ProblemSink } from './field-problem.ts';
import { warnAnnotations } from './honour-annotations.ts';
import { type Honour, type HonourTable, honourMessages as messages, warnByTable } from './honour-table.ts';
import { warnMounts, warnVolumes } from './honour-volumes.ts';
import { isContainerList, listedContainers } from './listed-containers.ts';
import { isEnvList } from './rules-env.ts';
import type { LooseContainer, LoosePod, PodInput } from './schema.ts';
import { containerDefaults, metadataDefaults, specDefaults, storedUid } from './server-defaults.ts';

const podTable: HonourTable<PodInput> = {
  apiVersion: 'yes',
  kind: 'yes',
  metadata: 'yes',
  spec: 'yes',
  status: 'server',
};

const metadataTable: HonourTable<PodInput['metadata']> = {
  name: 'yes',
  namespace: 'yes',
  labels: 'yes',
  annotations: 'yes',
  generateName: 'yes',
  selfLink: 'server',
  uid: 'server',
  resourceVersion: 'server',
  generation: 'server',
  creationTimestamp: 'server',
  deletionTimestamp: 'server',
  deletionGracePeriodSeconds: 'server',
  managedFields: 'server',
  ownerReferences: 'yes',
  finalizers: 'cluster',
};

const specTable: HonourTable<PodInput['spec']> = {
  containers: 'yes',
  backoff: 'yes',
  restartPolicy: 'yes',
  hostNetwork: 'yes',
  network: 'yes',
  hostPID: 'yes',
  hostIPC: 'yes',
  hostUsers: 'yes',
  shareProcessNamespace: 'yes',
  hostname: 'yes',
  terminationGracePeriodSeconds: 'yes',
  securityContext: 'yes',
  ephemeralContainers: 'yes',
  activeDeadlineSeconds: 'yes',
  dnsConfig: 'yes',
  dnsPolicy: 'yes',
  hostAliases: 'yes',
  hostnameOverride: 'yes',
  initContainers: 'yes',
  resources: 'yes',
  setHostnameAsFQDN: 'yes',
  subdomain: 'yes',
  volumes: 'yes',
  affinity: 'cluster',
  automountServiceAccountToken: 'cluster',
  enableServiceLinks: 'yes',
  evictionResponders: 'cluster',
  imagePullSecrets: 'later',
  nodeName: 'cluster',
  nodeSelector: 'cluster',
  os: 'cluster',
  overhead: 'cluster',
  preemptionPolicy: 'cluster',
  priority: 'cluster',
  priorityClassName: 'cluster',
  readinessGates: 'yes',
  resourceClaims: 'cluster',
  runtimeClassName: 'cluster',
  schedulerName: 'cluster',
  schedulingGates: 'yes',
  schedulingGroup: 'cluster',
  serviceAccount: 'cluster',
  serviceAccountName: 'cluster',
  tolerations: 'cluster',
  topologySpreadConstraints: 'cluster',
};

const containerTable: HonourTable<PodInput['spec']['containers'][number]> = {
  name: 'yes',
  image: 'yes',
  rootfs: 'yes',
  namespaces: 'yes',
  processes: 'yes',
  dev: 'yes',
  command: 'yes',
  args: 'yes',
  workingDir: 'yes',
  env: 'yes',
  ports: 'yes',
  resources: 'yes',
  restartPolicy: 'yes',
  securityContext: 'yes',
  envFrom: 'yes',
  envFile: 'yes',
  resizePolicy: 'later',
  restartPolicyRules: 'yes',
  volumeMounts: 'yes',
  volumeDevices: 'later',
  livenessProbe: 'yes',
  readinessProbe: 'yes',
  startupProbe: 'yes',
  lifecycle: 'yes',
  terminationMessagePath: 'yes',
  terminationMessagePolicy: 'yes',
  imagePullPolicy: 'later',
  stdin: 'yes',
  stdinOnce: 'yes',
  tty: 'yes',
  devices: 'yes',
  procView: 'yes',
};

type SecurityContext = NonNullable<PodInput['spec']['containers'][number]['securityContext']>;
const securityTable: HonourTable<SecurityContext> = {
  capabilities: 'yes',
  privileged: 'yes',
  allowPrivilegeEscalation: 'yes',
  readOnlyRootFilesystem: 'yes',
  runAsUser: 'yes',
  runAsGroup: 'yes',
  runAsNonRoot: 'yes',
  procMount: 'yes',
  seLinuxOptions: 'selinux',
  seccompProfile: 'yes',
  appArmorProfile: 'yes',
  windowsOptions: 'windows',
};

type PodSecurityContext = NonNullable<PodInput['spec']['securityContext']>;
const podSecurityTable: HonourTable<PodSecurityContext> = {
  runAsUser: 'yes',
  runAsGroup: 'yes',
  runAsNonRoot: 'yes',
  supplementalGroups: 'yes',
  supplementalGroupsPolicy: 'yes',
  fsGroup: 'yes',
  fsGroupChangePolicy: 'yes',
  seLinuxChangePolicy: 'selinux',
  seLinuxOptions: 'selinux',
  seccompProfile: 'yes',
  appArmorProfile: 'yes',
  sysctls: 'yes',
  windowsOptions: 'windows',
};

type EnvVar = NonNullable<PodInput['spec']['containers'][number]['env']>[number];
const envTable: HonourTable<EnvVar> = { name: 'yes', value: 'yes', valueFrom: 'yes' };
const valueFromTable: HonourTable<NonNullable<EnvVar['valueFrom']>> = {
  configMapKeyRef: 'yes',
  secretKeyRef: 'yes',
  fieldRef: 'yes',
  resourceFieldRef: 'yes',
  fileKeyRef: 'yes',
};

type Resources = NonNullable<PodInput['spec']['containers'][number]['resources']>;
const resourcesTable: HonourTable<Resources> = {
  limits: 'yes',
  requests: 'yes',
  claims: 'cluster',
  cpu: 'yes',
  memory: 'yes',
  io: 'yes',
  network: 'yes',
  unified: 'yes',
  cpus: 'yes',
  cpu_period: 'yes',
  cpu_quota: 'yes',
  cpu_shares: 'yes',
  cpuset: 'yes',
  mem_limit: 'yes',
  mem_reservation: 'yes',
  memswap_limit: 'yes',
  mem_swappiness: 'yes',
  pids_limit: 'yes',
  oom_kill_disable: 'yes',
};

/** Of a field's path (`spec`, `containers`, `[app]`, `livenessProbe` …) that nothing acts on: what that is called; undefined: it is acted on. */
export function notHonoured([top, field, item, inner, part]: readonly string[]): string | undefined {
  if (top !== 'spec' || field === undefined) return undefined;
  if (!isContainerList(field) || inner === undefined) {
    return wordFor([specTable, field], [podSecurityTable, field === 'securityContext' ? item : undefined]);
  }
  if (inner === 'resources') return wordFor([containerTable, inner], [resourcesTable, part]);
  return wordFor([containerTable, inner], [securityTable, inner === 'securityContext' ? part : undefined]);
}

function wordFor(...fields: readonly (readonly [table: Readonly<Record<string, Honour>>, name: string | undefined])[]) {
  const words = fields.flatMap(([table, name]) => {
    const honour = name === undefined ? undefined : table[name];
    return honour === undefined || honour === 'yes' ? [] : [messages[honour]];
  });
  return words[0];
}

/** Warns once for each field that is given, not the default, and not acted on. */
export function warnNotHonoured(pod: LoosePod, problems: ProblemSink): void {
  warnByTable(podTable, pod, [], problems);
  warnMetadata(pod.metadata, problems);
  warnAnnotations(pod, problems);
  warnSpec(pod, problems);
  for (const { container, path } of listedContainers(pod.spec ?? {})) warnContainer(container, path, problems);
}

/** The same for the metadata of any object. */
export function warnMetadata(metadata: LoosePod['metadata'], problems: ProblemSink): void {
  warnByTable(metadataTable, metadata, ['metadata'], problems, metadataDefaults);
}

function warnSpec({ spec, metadata }: LoosePod, problems: ProblemSink): void {
  // the scheduler's choice, where a pod has been in a cluster
  const defaults = storedUid(metadata) !== undefined ? { ...specDefaults, nodeName: () => true } : specDefaults;
  warnByTable(specTable, spec, ['spec'], problems, defaults);
  warnByTable(podSecurityTable, spec?.securityContext, ['spec', 'securityContext'], problems);
  warnVolumes(spec?.volumes, problems);
}

function warnContainer(container: LooseContainer | undefined, path: FieldPath, problems: ProblemSink): void {
  warnByTable(containerTable, container, path, problems, containerDefaults);
  warnByTable(securityTable, container?.securityContext, [...path, 'securityContext'], problems);
  warnByTable(resourcesTable, container?.resources, [...path, 'resources'], problems);
  warnMounts(container?.volumeMounts, [...path, 'volumeMounts'], problems);
  warnEnv(container?.env, [...path, 'env'], problems);
  container?.processes?.forEach((process, index) => {
    if (isEnvList(process?.env)) warnEnv(process.env, [...path, 'processes', index, 'env'], problems);
  });
}

function warnEnv(env: LooseContainer['env'], path: FieldPath, problems: ProblemSink): void {
  env?.forEach((variable, index) => {
    warnByTable(envTable, variable, [...path, index], problems);
    warnByTable(valueFromTable, variable?.valueFrom, [...path, index, 'valueFrom'], problems);
  });
}
