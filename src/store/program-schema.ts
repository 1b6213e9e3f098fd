/** The shape of programs in the records on disk. What the first version did not write means what it did: a plain container's one command. */
import { z } from 'zod';
import { rlimitNames } from '../model/pod-spec.ts';
import { plainProgramDefaults } from '../model/program-defaults.ts';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();
const words = z.record(z.string(), z.string());
const argv = z.array(z.string());

const rate = z.number().positive().optional();

/** A block device and what it is limited to. */
const ioDevice = z.looseObject({
  device: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('path'), path: z.string() }),
    z.object({ kind: z.literal('number'), major: count, minor: count }),
    z.object({ kind: z.literal('mount'), path: z.string() }),
  ]),
  readBytesPerSecond: rate,
  writeBytesPerSecond: rate,
  readOpsPerSecond: rate,
  writeOpsPerSecond: rate,
  weight: z.number().optional(),
});

/** Of pods, containers and programs. */
export const resourcesSchema = z.looseObject({
  cpuLimitMillis: z.number().optional(),
  cpuRequestMillis: z.number().optional(),
  cpuPeriodUs: z.number().optional(),
  cpuBurstUs: z.number().optional(),
  cpuWeight: z.number().optional(),
  cpuIdle: z.boolean().optional(),
  cpus: z.string().optional(),
  mems: z.string().optional(),
  memoryLimitBytes: z.number().optional(),
  memoryRequestBytes: z.number().optional(),
  memoryHighBytes: z.number().optional(),
  memoryLowBytes: z.number().optional(),
  memoryMinBytes: z.number().optional(),
  memorySwapBytes: z.union([z.number(), z.literal('unlimited')]).optional(),
  memorySwappiness: z.number().optional(),
  memoryOomGroup: z.boolean().optional(),
  pidsLimit: z.number().optional(),
  ioWeight: z.number().optional(),
  ioDevices: z.array(ioDevice).optional(),
  hugepages: z.record(z.string(), z.number()).optional(),
  networkPriority: z.number().optional(),
  unified: words.optional(),
});

const limit = z.union([z.number(), z.literal('unlimited')]);

export const handlerSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('exec'), argv }),
  z.looseObject({
    kind: z.literal('httpGet'),
    scheme: z.enum(['http', 'https']),
    host: z.string(),
    port: count,
    path: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
  }),
  z.looseObject({ kind: z.literal('tcpSocket'), host: z.string(), port: count }),
  z.looseObject({ kind: z.literal('grpc'), host: z.string(), port: count, service: z.string() }),
]);

const probe = z.looseObject({
  handler: handlerSchema,
  initialDelayMs: ms,
  periodMs: ms,
  startPeriodMs: ms,
  timeoutMs: ms,
  successThreshold: count,
  failureThreshold: count,
});

const readiness = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('probe'), probe }),
  z.looseObject({ kind: z.literal('logLine'), pattern: z.string() }),
  z.looseObject({ kind: z.literal('notify') }),
  z.looseObject({ kind: z.literal('notifyFd'), fd: count }),
]);

const dependency = z.looseObject({
  program: z.string(),
  condition: z.enum(['started', 'ready', 'completed', 'succeeded']),
  cascade: z.boolean(),
});

const restart = z.looseObject({
  policy: z.enum(['always', 'onFailure', 'unexpected', 'never']),
  exitCodes: z.array(z.number().int()),
  startMs: ms,
  startRetries: count,
  backoff: z.looseObject({ initialMs: ms, maxMs: ms, factor: z.number(), jitter: z.number(), resetAfterMs: ms }),
});

const reload = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('signal'), signal: count }),
  z.looseObject({ kind: z.literal('command'), argv }),
]);

const schedule = z.looseObject({
  cron: z.string().optional(),
  timeZone: z.string().optional(),
  everyMs: ms.optional(),
  concurrency: z.enum(['forbid', 'replace']),
});

const written = z.looseObject({
  name: z.string(),
  argv,
  env: words,
  workingDir: z.string(),
  userName: z.string().optional(),
  groupName: z.string().optional(),
  uid: count,
  gid: count,
  supplementaryGroups: z.array(count).optional(),
  fromAccounts: z.array(z.enum(['gid', 'groups'])).optional(),
  umask: count,
  nice: z.number().int(),
  rlimits: z.partialRecord(z.enum(rlimitNames), z.object({ soft: limit, hard: limit })),
  oomScoreAdj: z.number().int().optional(),
  capabilities: z.array(z.string()).optional(),
  essential: z.boolean(),
  autostart: z.boolean(),
  instances: count.optional(),
  stdin: z.boolean(),
  stdinOnce: z.literal(true).optional(),
  tty: z.boolean(),
  dependsOn: z.array(dependency),
  readiness: readiness.optional(),
  liveness: probe.optional(),
  restart,
  stop: z.looseObject({
    signal: count,
    graceMs: ms.optional(),
    command: argv.optional(),
    wholeTree: z.boolean(),
  }),
  reload: reload.optional(),
  schedule: schedule.optional(),
  resources: resourcesSchema,
  logs: z.looseObject({
    prefix: z.string().optional(),
    format: z.enum(['text', 'json']),
    maxBytes: count,
    maxFiles: count,
  }),
});

/** ProgramSpec. */
export const programSchema = z.preprocess(
  (program) => (typeof program === 'object' && program !== null ? { ...plainProgramDefaults, ...program } : program),
  written,
);
