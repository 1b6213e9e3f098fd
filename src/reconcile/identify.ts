/** Whose instances the found run directories are, also where records are damaged. */
import { readFileSync } from 'node:fs';
import { cgroupName } from '../cgroup/paths.ts';
import { isAlive } from '../linux/procfs.ts';
import { podInitName } from '../model/action.ts';
import { type PodRecord, podRecordVersion } from '../model/pod-record.ts';
import {
  type FoundInstance,
  type InstanceRecord,
  quarantineInstance,
  writeInstanceRecord,
} from '../store/instance-record.ts';
import type { KnownInstance } from './adopt.ts';

export interface Identified {
  readonly known: readonly KnownInstance[];
  /** run directories that belong to nothing that runs */
  readonly leftovers: readonly FoundInstance[];
  readonly problems: readonly string[];
}

/**
 * Splits what was found. A living init with a bad instance.json is recognised by its cgroup and gets a new one from its
 * pod's record; if that cannot be, it is left alone and reported.
 */
export function identify(
  found: readonly FoundInstance[],
  records: ReadonlyMap<string, PodRecord>,
  parent: string,
): Identified {
  const known: KnownInstance[] = [];
  const leftovers: FoundInstance[] = [];
  const problems: string[] = [];
  for (const { instance, ...rest } of found) {
    if (instance.ok) {
      known.push({ ...rest, record: instance.value });
      continue;
    }
    const { init } = rest;
    if (init === undefined || !isAlive(init.pid, init.startTicks)) {
      leftovers.push({ ...rest, instance });
      continue;
    }
    const record = recognise(rest.id, init.pid, records, parent);
    problems.push(badInstance(rest.runDir, instance.error, record));
    if (record !== undefined) known.push({ ...rest, record: replaced(rest.runDir, record) });
  }
  return { known, leftovers, problems };
}

/** Pods whose own record was lost, as their newest instance tells of them. */
export function recoverPods(lost: ReadonlySet<string>, known: readonly KnownInstance[]): readonly PodRecord[] {
  return [...lost].flatMap((uid) => {
    const own = known.filter(({ record }) => record.podUid === uid).map(({ record }) => record);
    const [newest] = own.sort((a, b) => b.generation - a.generation || b.attempt - a.attempt);
    return newest === undefined ? [] : [recordFrom(newest)];
  });
}

function recordFrom(instance: InstanceRecord): PodRecord {
  const { bootId, podUid: uid, generation, creationTimestamp, manifest, spec } = instance;
  return {
    version: podRecordVersion,
    bootId,
    uid,
    generation,
    resourceVersion: '0',
    creationTimestamp,
    manifest,
    spec,
    runs: {},
  };
}

function recognise(
  id: string,
  pid: number,
  records: ReadonlyMap<string, PodRecord>,
  parent: string,
): InstanceRecord | undefined {
  const place = cgroupPlace(pid, parent);
  const pod = place === undefined ? undefined : records.get(place.uid);
  if (place === undefined || pod === undefined) return undefined;
  const names = [podInitName, ...pod.spec.containers.map(({ name }) => name)];
  const container = names.find((name) => cgroupName(name) === place.container);
  if (container === undefined) return undefined;
  return {
    version: podRecordVersion,
    id,
    podUid: pod.uid,
    podName: pod.spec.name,
    podNamespace: pod.spec.namespace,
    container,
    role: container === podInitName ? 'pod' : 'container',
    attempt: pod.runs[container]?.attempt ?? 0,
    bootId: pod.bootId,
    joined: {},
    generation: pod.generation,
    creationTimestamp: pod.creationTimestamp,
    manifest: pod.manifest,
    spec: pod.spec,
  };
}

/** From /proc/<pid>/cgroup, cgroups(7): `<id>:<controllers>:/<parent>/<uid>/<container>/init`. */
function cgroupPlace(pid: number, parent: string): { readonly uid: string; readonly container: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    for (const line of text.split('\n')) {
      const path = line.split(':').slice(2).join(':');
      const at = path.indexOf(`/${parent}/`);
      const [uid, container] = at < 0 ? [] : path.slice(at + parent.length + 2).split('/');
      if (uid !== undefined && container !== undefined) return { uid, container };
    }
  } catch {
    // gone in between, or not ours to read
  }
  return undefined;
}

function replaced(runDir: string, record: InstanceRecord): InstanceRecord {
  try {
    quarantineInstance(runDir);
  } catch {
    // it was not there at all
  }
  writeInstanceRecord(runDir, record);
  return record;
}

function badInstance(runDir: string, reason: string, record: InstanceRecord | undefined): string {
  const what = `${runDir}/instance.json cannot be used (${reason})`;
  if (record !== undefined)
    return `${what}: recognised as ${record.container} of ${record.podNamespace}/${record.podName}`;
  return `${what}, and the running container was not recognised by its cgroup: it is left alone`;
}
