/**
 * `<run>/i/<id>/`: everything about one started container that outlives podd.
 * `instance.json` (podd, before the launch), `init.json` and `exit.json` (podinit). All on a memory file system, gone after a reboot.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdRange } from '../model/id-range.ts';
import type { LateValues } from '../model/late-value.ts';
import type { AddressPair } from '../model/network.ts';
import type { podRecordVersion } from '../model/pod-record.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import type { ExitRecord, InitRecord } from '../protocol/init.ts';
import { formatError } from '../util/pod-error.ts';
import { err, type Result } from '../util/result.ts';
import { parseRecord } from './parse-record.ts';
import { exitRecordSchema, initRecordSchema, instanceRecordSchema } from './record-schema.ts';
import { replaceFileSync } from './write-atomically.ts';

/** Holds the whole pod, so that a pod whose record was lost is found again through any of its running containers. */
export interface InstanceRecord {
  readonly version: typeof podRecordVersion;
  readonly id: string;
  readonly podUid: string;
  readonly podName: string;
  readonly podNamespace: string;
  /** container name, or `_pod` */
  readonly container: string;
  readonly role: 'container' | 'pod';
  readonly attempt: number;
  readonly bootId: string;
  readonly logDir?: string;
  /** instance ids of those whose namespaces it joins, by container name */
  readonly joined: Readonly<Record<string, string>>;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly manifest: PodManifest;
  /** the pod as it was at the start; the container's resources, programs and contents of its mounts as applied last */
  readonly spec: PodSpec;
  /** absent: of `_pod`, and of a start by an earlier version */
  readonly basis?: PlanBasis;
  /** the pod's, which its own record may not tell of yet */
  readonly addresses?: AddressPair;
  readonly users?: IdRange;
}

/** What the plans of a container's programs follow from beside the specs, as it was at the start (HostFacts). */
export interface PlanBasis {
  readonly resources: ResourceSpec;
  readonly hostname: string;
  readonly memoryBytes: number;
  readonly lastCapability: number;
  /** absent: nothing of its spec waited for the start */
  readonly late?: LateValues;
}

/** One directory under `<run>/i` as found at the start of podd. */
export interface FoundInstance {
  readonly id: string;
  readonly runDir: string;
  readonly instance: Result<InstanceRecord, string>;
  readonly init?: InitRecord;
  readonly exit?: ExitRecord;
}

/** Creates the run directory (0700) and its instance.json: from here on the start is on record. A torn one is no harm: nothing was launched yet. */
export function createRunDir(runDir: string, record: InstanceRecord): void {
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(runDir, 'instance.json'), JSON.stringify(record), { mode: 0o600 });
}

/** Replaces instance.json. */
export function writeInstanceRecord(runDir: string, record: InstanceRecord): void {
  replaceFileSync(join(runDir, 'instance.json'), JSON.stringify(record));
}

/** For a PID 1 that could not write its own (killed): what podd learned from the kernel, so that the next podd knows it too. */
export function writeExitRecord(runDir: string, record: ExitRecord): void {
  replaceFileSync(join(runDir, 'exit.json'), JSON.stringify(record));
}

/** Undefined when there is none, or none that can be used. */
export function readExitRecord(runDir: string): ExitRecord | undefined {
  return readFound(runDir, 'exit.json', exitRecordSchema);
}

/** Undefined when there is none, or none that can be used. */
export function readInitRecord(runDir: string): InitRecord | undefined {
  return readFound(runDir, 'init.json', initRecordSchema);
}

/** Every run directory; a missing parent means none. */
export function scanInstances(instancesDir: string): readonly FoundInstance[] {
  mkdirSync(instancesDir, { recursive: true, mode: 0o700 });
  return readdirSync(instancesDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readInstance(name, join(instancesDir, name)));
}

/** Removes a run directory in one visible step: a kill in between leaves a name that the next scan removes. */
export function removeRunDir(runDir: string): void {
  rmSync(runDir, { recursive: true, force: true });
}

/** Of a child that died before it had its plan: the next one binds the name anew. */
export function removeSocket(runDir: string): void {
  rmSync(join(runDir, 'ctl.sock'), { force: true });
}

/** Moves a bad instance.json aside within its directory, which stays as it is for its container. */
export function quarantineInstance(runDir: string): void {
  renameSync(join(runDir, 'instance.json'), join(runDir, 'instance.json.bad'));
}

function readInstance(id: string, runDir: string): FoundInstance {
  const init = readInitRecord(runDir);
  const exit = readExitRecord(runDir);
  return {
    id,
    runDir,
    instance: readInstanceRecord(id, runDir),
    ...(init === undefined ? {} : { init }),
    ...(exit === undefined ? {} : { exit }),
  };
}

function readInstanceRecord(id: string, runDir: string): Result<InstanceRecord, string> {
  try {
    const parsed = parseRecord<InstanceRecord>(
      readFileSync(join(runDir, 'instance.json'), 'utf8'),
      instanceRecordSchema,
    );
    return parsed.ok && parsed.value.id !== id ? err(`holds the instance ${parsed.value.id}`) : parsed;
  } catch (error) {
    return err(formatError(error));
  }
}

function readFound<T>(runDir: string, file: string, schema: Parameters<typeof parseRecord>[1]): T | undefined {
  try {
    const parsed = parseRecord<T>(readFileSync(join(runDir, file), 'utf8'), schema);
    return parsed.ok ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}
