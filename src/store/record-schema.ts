/** The shape of the records on disk: what is read back is checked before anything relies on it. */
import { z } from 'zod';
import { dataRecordVersion, finalizers } from '../model/data-record.ts';
import { transportProtocols } from '../model/network.ts';
import { dataKinds, isClusterScoped, isWorkloadKind, kindNames } from '../model/object-kinds.ts';
import type { DataKind } from '../model/object-manifest.ts';
import { podRecordVersion } from '../model/pod-record.ts';
import { namespaceKinds, procViews } from '../model/pod-spec.ts';
import { healthSchema, terminationMessageSchema } from './health-schema.ts';
import { mountSchema } from './mount-schema.ts';
import { programSchema, resourcesSchema } from './program-schema.ts';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();
const words = z.record(z.string(), z.string());
const restartPolicy = z.enum(['Always', 'OnFailure', 'Never']);
const namespaceMode = z.union([z.enum(['private', 'pod', 'host']), z.templateLiteral(['container:', z.string()])]);

const root = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('host') }),
  z.object({ kind: z.literal('rootfs'), path: z.string() }),
  z.object({ kind: z.literal('image'), reference: z.string() }),
]);

const deviceNumber = z.union([count, z.literal('*')]);
const device = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('node'), hostPath: z.string(), path: z.string(), access: z.string() }),
  z.object({
    kind: z.literal('rule'),
    type: z.enum(['c', 'b']),
    major: deviceNumber,
    minor: deviceNumber,
    access: z.string(),
  }),
]);

const container = z.looseObject({
  name: z.string().min(1),
  root,
  role: z.enum(['init', 'sidecar']).optional(),
  restartPolicy,
  restartRules: z
    .array(
      z.looseObject({
        action: z.enum(['Restart', 'RestartAllContainers']),
        operator: z.enum(['In', 'NotIn']),
        values: z.array(z.number().int()),
      }),
    )
    .optional(),
  namespaces: z.record(z.enum(namespaceKinds), namespaceMode),
  timeOffsets: z.object({ boottimeMs: z.number(), monotonicMs: z.number() }).optional(),
  resources: resourcesSchema,
  devices: z.array(device).optional(),
  procView: z.enum(procViews).optional(),
  health: healthSchema.optional(),
  terminationMessage: terminationMessageSchema.optional(),
  security: z.looseObject({
    capabilities: z.array(z.string()),
    noNewPrivileges: z.boolean(),
    readOnlyRootFilesystem: z.boolean(),
    privileged: z.boolean(),
    seccomp: z.union([z.literal('unconfined'), z.object({ localhost: z.string() })]).optional(),
    procMount: z.literal('Unmasked').optional(),
  }),
  ports: z.array(z.looseObject({ containerPort: count, protocol: z.enum(['TCP', 'UDP', 'SCTP']) })),
  // Records of earlier versions know no volumes.
  mounts: z.array(mountSchema).default([]),
  // Records of the first version: every container had one plain command.
  isPlain: z.boolean().default(true),
  programs: z.array(programSchema),
  envSources: z.record(z.string(), words).optional(),
  missing: z.array(z.string()).optional(),
});

const podSpec = z.looseObject({
  name: z.string().min(1),
  namespace: z.string().min(1),
  labels: words,
  annotations: words,
  hostname: z.string(),
  restartPolicy,
  backoff: z.object({ initialMs: ms, maxMs: ms, factor: z.number().positive(), resetAfterMs: ms }),
  graceMs: ms,
  activeDeadlineMs: ms.optional(),
  readinessGates: z.array(z.string()).optional(),
  fsGroup: count.optional(),
  fsGroupChangePolicy: z.literal('OnRootMismatch').optional(),
  bandwidth: z.object({ ingressBps: count.optional(), egressBps: count.optional() }).optional(),
  resources: resourcesSchema.optional(),
  sysctls: words.optional(),
  hostUsers: z.literal(false).optional(),
  containers: z.array(container).min(1),
});

const manifest = z.looseObject({
  apiVersion: z.enum(['v1', 'podctl.dev/v1']),
  kind: z.literal('Pod'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});

const exit = z.looseObject({
  id: z.string(),
  attempt: count,
  exitCode: z.number().int(),
  reason: z.string(),
  unhealthy: z.literal(true).optional(),
  finishedAt: z.string(),
});

const run = z.looseObject({
  attempt: count.optional(),
  lastExit: exit.optional(),
  previousExit: exit.optional(),
  nextBackoffMs: ms,
  backoffMs: ms,
  waitMs: ms,
  startAnyway: z.boolean(),
  stopped: z.boolean().optional(),
  restartId: z.string().optional(),
  cascade: z.boolean().optional(),
});

const condition = z.looseObject({
  type: z.string().min(1),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string(),
});

const addresses = z.object({ ipv4: z.ipv4(), ipv6: z.ipv6().optional() });

/** What every record of a pod says, and the copy in each instance.json. */
const pod = {
  bootId: z.string(),
  generation: count,
  creationTimestamp: z.string(),
  manifest,
  spec: podSpec,
  addresses: addresses.optional(),
  users: z.object({ base: count, size: count }).optional(),
};

const anyMap = z.record(z.string(), z.unknown());

export const podRecordSchema = z.looseObject({
  ...pod,
  version: z.literal(podRecordVersion),
  uid: z.string().min(1),
  resourceVersion: z.string(),
  replaces: z.string().optional(),
  applied: z.looseObject({ labels: anyMap.optional(), annotations: anyMap.optional() }).optional(),
  runs: z.record(z.string(), run),
  appliedResources: resourcesSchema
    .extend({ keptLowBytes: count.optional(), keptMinBytes: count.optional() })
    .optional(),
  life: z
    .looseObject({
      initialised: z.boolean(),
      failure: z.object({ reason: z.string(), message: z.string() }).optional(),
      restartAll: z.literal(true).optional(),
    })
    .optional(),
  active: z.object({ ms, atMs: ms }).optional(),
  conditions: z.array(condition).optional(),
});

const dataMetadata = z.looseObject({ name: z.string().min(1), namespace: z.string().min(1) });
const clusterMetadata = z.looseObject({ name: z.string().min(1) });
const anySpec = { spec: z.record(z.string(), z.unknown()) };
const contents = { data: words.optional(), immutable: z.boolean().optional() };

const serviceSpec = z.looseObject({
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']),
  selector: words.optional(),
  ports: z
    .array(
      z.looseObject({
        ...{ name: z.string().optional(), protocol: z.enum(transportProtocols), port: count },
        ...{ targetPort: z.union([count, z.string()]), nodePort: count.optional() },
      }),
    )
    .optional(),
  clusterIPs: z.array(z.string()).optional(),
  externalIPs: z.array(z.string()).optional(),
});

/** Beside apiVersion, kind and metadata. */
const dataShapes = {
  ConfigMap: { ...contents, binaryData: words.optional() },
  Secret: { ...contents, type: z.string() },
  Service: { spec: serviceSpec },
  NetworkPolicy: { spec: anySpec.spec.optional() },
  Namespace: {},
  PersistentVolumeClaim: anySpec,
  Deployment: anySpec,
  ReplicaSet: anySpec,
  StatefulSet: anySpec,
  DaemonSet: anySpec,
  ControllerRevision: { data: z.record(z.string(), z.unknown()).optional(), revision: count },
  Job: anySpec,
  CronJob: anySpec,
} as const satisfies Readonly<Record<DataKind, z.ZodRawShape>>;

const dataSchema = (kind: DataKind) =>
  z.looseObject({
    apiVersion: z.enum([kindNames[kind].apiVersion, ...(isWorkloadKind(kind) ? ['podctl.dev/v1'] : [])]),
    ...{ kind: z.literal(kind), metadata: isClusterScoped(kind) ? clusterMetadata : dataMetadata },
    ...dataShapes[kind],
  });
const [firstKind, ...otherKinds] = dataKinds;
const anyData = z.discriminatedUnion('kind', [dataSchema(firstKind), ...otherKinds.map(dataSchema)]);

export const dataRecordSchema = z.looseObject({
  version: z.literal(dataRecordVersion),
  uid: z.string().min(1),
  resourceVersion: z.string(),
  creationTimestamp: z.string(),
  generation: count.optional(),
  status: z.record(z.string(), z.unknown()).optional(),
  deletion: z.object({ timestamp: z.string(), finalizer: z.enum(finalizers) }).optional(),
  manifest: anyData,
  applied: anyData.optional(),
});

export const instanceRecordSchema = z.looseObject({
  ...pod,
  version: z.literal(podRecordVersion),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  podUid: z.string().min(1),
  podName: z.string().min(1),
  podNamespace: z.string().min(1),
  container: z.string().min(1),
  role: z.enum(['container', 'pod']),
  attempt: count,
  logDir: z.string().optional(),
  joined: words,
  basis: z
    .looseObject({
      resources: resourcesSchema,
      hostname: z.string(),
      memoryBytes: count,
      lastCapability: count,
      late: z.object({ values: words, services: words }).optional(),
    })
    .optional(),
});

export const initRecordSchema = z.object({ id: z.string(), pid: count, startTicks: count });

export const killCountsSchema = z.object({ total: z.number(), leaves: z.record(z.string(), z.number()) });

export const exitRecordSchema = z.object({
  id: z.string(),
  exitCode: z.number().int(),
  signal: z.number().int().optional(),
  reason: z.enum(['Completed', 'Error', 'OOMKilled', 'ContainerCannotRun']),
  message: z.string().optional(),
  unhealthy: z.literal(true).optional(),
  notes: z
    .array(z.object({ seq: count, type: z.enum(['Normal', 'Warning']), reason: z.string(), message: z.string() }))
    .optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string(),
});
