/** Pods of both apiVersions. `v1` knows exactly Kubernetes' fields (1.37); `podctl.dev/v1` adds ours. Rules beyond types stand in rules-*.ts. */
import { z } from 'zod';
import { procViews } from '../model/pod-spec.ts';
import { clusterFields } from './schema-affinity.ts';
import {
  container,
  containerImage,
  containerName,
  containerRestShape,
  envFile,
  ephemeralContainer,
  podctlVolumeMount,
} from './schema-container.ts';
import { dev } from './schema-dev.ts';
import {
  anything,
  duration,
  expecting,
  fields,
  fieldsWith,
  flag,
  int64,
  list,
  oneOf,
  optional,
  text,
} from './schema-kinds.ts';
import { podMetadata } from './schema-metadata.ts';
import { processEntry } from './schema-process.ts';
import { device, podctlResources, resources } from './schema-resources.ts';
import { podSecurityContext } from './schema-security.ts';
import { volume } from './schema-volumes.ts';

const machineFields = {
  restartPolicy: oneOf('Always', 'OnFailure', 'Never').meta({
    description: 'Whether containers that ended are started again; default Always',
  }),
  hostNetwork: flag.meta({ description: 'Use the machine’s network instead of the pod’s own' }),
  hostPID: flag.meta({ description: 'See all processes of the machine' }),
  hostIPC: flag.meta({ description: 'Share the machine’s System V IPC and POSIX message queues' }),
  shareProcessNamespace: flag.meta({ description: 'One process namespace for all containers of the pod' }),
  hostname: text.meta({
    description: 'Hostname inside the pod, an RFC 1123 label; default: the pod’s name',
    maxLength: 63,
  }),
  terminationGracePeriodSeconds: int64.meta({
    description: 'Seconds between SIGTERM and SIGKILL; default 30',
    minimum: 0,
  }),
  securityContext: podSecurityContext,
};

/** Names inside of the pod: /etc/hosts, /etc/resolv.conf, the hostname. */
const nameFields = {
  dnsPolicy: oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None').meta({
    description:
      'Who resolves names. ClusterFirst (default): podctl, which knows pods and Services and asks the machine’s servers for the rest; Default: the machine’s servers; None: those of dnsConfig alone',
  }),
  dnsConfig: fields({
    nameservers: list(text).meta({ description: 'IP addresses, at most 3', maxItems: 3 }),
    searches: list(text).meta({ description: 'Search domains, at most 32', maxItems: 32 }),
    options: list(fields({ name: text, value: text })),
  }).meta({ description: 'Added to what dnsPolicy gives' }),
  hostAliases: list(fields({ ip: text, hostnames: list(text) })).meta({ description: 'Lines of /etc/hosts' }),
  hostnameOverride: text.meta({
    description: 'Hostname inside the pod whatever it is called elsewhere',
    maxLength: 64,
  }),
  setHostnameAsFQDN: flag.meta({ description: 'The hostname is the whole name <hostname>.<subdomain>.…' }),
  subdomain: text.meta({
    description: 'Names the pod <hostname>.<subdomain>.<namespace>.svc.cluster.local',
    maxLength: 63,
  }),
};

const initDescription =
  'Run to success one after the other before the containers start; those with restartPolicy Always run on beside them';

const laterFields = {
  activeDeadlineSeconds: int64,
  ephemeralContainers: list(ephemeralContainer),
  hostUsers: flag,
  initContainers: list(container).meta({ description: initDescription }),
  resources,
  volumes: list(volume),
};

/** PodSpec as Kubernetes defines it. */
export const podSpec = fieldsWith(
  { containers: list(container).meta({ description: 'The containers of the pod, at least one', minItems: 1 }) },
  { ...machineFields, ...nameFields, ...laterFields, ...clusterFields },
);

/** A pod as Kubernetes defines it. */
export const podV1 = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Pod'),
    metadata: podMetadata,
    spec: podSpec,
    ...optional({ status: anything }),
  })
  .meta({ title: 'Pod (v1)', description: 'A Kubernetes pod, run on this machine by podctl' });

const namespaceMode = text.meta({
  description:
    'private: its own; pod: the one the pod’s containers share; host: the machine’s; container:<name>: that container’s',
  pattern: '^(private|pod|host|container:[a-z0-9]([-a-z0-9]*[a-z0-9])?)$',
});

/** containers[].namespaces of podctl.dev/v1, namespaces(7). */
export const namespaces = fields({
  net: namespaceMode,
  ipc: namespaceMode,
  uts: namespaceMode,
  pid: namespaceMode,
  mnt: namespaceMode,
  cgroup: namespaceMode,
  time: expecting(
    z.union([namespaceMode, fields({ boottime: duration, monotonic: duration })]).meta({
      description: 'A mode, or clock offsets {boottime, monotonic}, which make the namespace private',
    }),
    'a mode or a map {boottime, monotonic}',
  ),
  user: text.meta({
    description: 'host: the machine’s users; pod: the pod’s own, which all its containers have with hostUsers: false',
    pattern: '^(host|pod)$',
  }),
});

const podctlContainer = z.strictObject({
  name: containerName,
  ...containerRestShape,
  ...optional({
    image: containerImage,
    rootfs: fieldsWith(
      { path: text.meta({ description: 'Directory, absolute or relative to the manifest’s own directory' }) },
      {},
    ).meta({ description: 'A directory as read-only root, instead of an image; writes go to a private layer' }),
    envFile,
    namespaces: namespaces.meta({ description: 'Which kernel namespaces the container shares' }),
    processes: list(processEntry).meta({
      description: 'The programs that the container’s PID 1 supervises, instead of command and args',
      minItems: 1,
    }),
    volumeMounts: list(podctlVolumeMount).meta({ description: 'Where the container sees the pod’s volumes' }),
    resources: podctlResources,
    devices: list(device).meta({
      description:
        'Devices that it may use beside those that every container has: nodes of this machine, or rules alone',
    }),
    // YAML reads the bare word off as false
    procView: z.union([oneOf(...procViews), z.literal(false)]).meta({
      description:
        'What /proc tells: full: of the container, sysinfo(2) and sched_getaffinity(2) too; files: /proc and /sys alone; off: of this machine. Default full',
    }),
    dev,
  }),
});

/** The same with podctl's own fields. */
export const podctlSpec = z.strictObject({
  containers: list(podctlContainer).meta({ description: 'The containers of the pod, at least one', minItems: 1 }),
  ...optional({
    ...machineFields,
    ...nameFields,
    network: oneOf('pod', 'none').meta({
      description: 'none: nothing but loopback in the pod’s network; default pod: an address of its own',
    }),
    ...laterFields,
    ...clusterFields,
    initContainers: list(podctlContainer).meta({ description: initDescription }),
    resources: podctlResources.meta({ description: 'Of all containers together' }),
    backoff: fields({
      initial: duration,
      max: duration,
      factor: z
        .number()
        .meta({ description: 'Growth of the delay per restart, 1 to 100; default 2', minimum: 1, maximum: 100 }),
      resetAfter: duration,
    }).meta({
      description: 'Restart back-off; default: at once, then 10s doubling to 5m, reset after 10m of good running',
    }),
  }),
});

/** A pod with podctl's own fields. */
export const podPodctl = z
  .strictObject({
    apiVersion: z.literal('podctl.dev/v1'),
    kind: z.literal('Pod'),
    metadata: podMetadata,
    spec: podctlSpec,
    ...optional({ status: anything }),
  })
  .meta({ title: 'Pod (podctl.dev/v1)', description: 'A Kubernetes pod with podctl’s additions' });

/** A validated pod of either apiVersion; the second's type includes the first's. */
export type PodInput = z.infer<typeof podPodctl>;
export type ContainerInput = PodInput['spec']['containers'][number];
export type ProcessInput = NonNullable<ContainerInput['processes']>[number];

/** The same with anything missing: what is left of a pod once wrong parts were cut out, so that rules can still judge the rest. */
export type Loose<T> = T extends readonly (infer U)[]
  ? readonly (Loose<U> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
    : T;
export type LoosePod = Loose<PodInput>;
export type LooseSpec = Loose<PodInput['spec']>;
export type LooseContainer = Loose<ContainerInput>;
export type LooseProcess = Loose<ProcessInput>;
