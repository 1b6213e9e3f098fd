/** The table of pods as plans see it: nothing of it can be changed through this. */
import { neverRun } from '../model/pod-record.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { DataTable } from './data-table.ts';
import { lastApplied, marksOf } from './last-applied.ts';
import type { ExistingPod } from './plan-apply.ts';
import type { ExistingObjects } from './plan-manifests.ts';
import { type Pod, stoppedContainers, viewOfPod } from './pod.ts';
import type { PodTable } from './pod-table.ts';
import { isLive } from './pod-view.ts';
import type { ContainerPresence } from './presence.ts';
import { isFinished } from './restart-policy.ts';
import { hasPassed } from './start-order.ts';

/** A pod that waits for its predecessor's end is the one that an apply changes. */
export function existingObjects(
  table: Pick<PodTable, 'held' | 'visible' | 'all' | 'byUid'>,
  data: Pick<DataTable, 'find' | 'manifests' | 'record' | 'records'>,
): ExistingObjects {
  const pod = (namespace: string, name: string): ExistingPod | undefined => {
    const found = table.held(namespace, name) ?? table.visible(namespace, name);
    return found === undefined ? undefined : existingPod(found);
  };
  return {
    pod,
    pods: (namespace) => {
      const names = new Set(table.all().flatMap(({ spec }) => (spec.namespace === namespace ? [spec.name] : [])));
      return [...names].flatMap((name) => pod(namespace, name) ?? []).filter(({ state }) => state !== 'terminating');
    },
    data: (key) => data.find(key),
    live: (key) => {
      const record = data.record(key);
      return record && { manifest: record.manifest, applied: lastApplied(record) };
    },
    everyPod: () => table.all().filter(({ phase }) => phase === 'sync'),
    isEnding: (key) => data.record(key)?.deletion !== undefined,
    isThere: (wanted) => table.byUid().has(wanted) || data.records().some(({ uid }) => uid === wanted),
    services: () => data.manifests('Service'),
  };
}

function existingPod(pod: Pod): ExistingPod {
  const state = pod.held ? 'held' : pod.phase === 'sync' ? 'live' : 'terminating';
  const presence = Object.fromEntries(
    pod.spec.containers.map((container) => [container.name, presenceOf(pod, container)]),
  );
  const running = Object.fromEntries(
    [...pod.containers].flatMap(([name, { instance }]) => {
      const spec = isLive(instance?.view()) ? instance?.spec() : undefined;
      return spec === undefined ? [] : [[name, spec] as const];
    }),
  );
  const applied = pod.applied ?? marksOf(pod.manifest);
  return { manifest: pod.manifest, applied, spec: pod.spec, state, stopped: stoppedContainers(pod), presence, running };
}

function presenceOf(pod: Pod, container: ContainerSpec): ContainerPresence {
  const { name, role } = container;
  const slot = pod.containers.get(name);
  const instance = slot?.instance?.view();
  const run = slot?.run ?? neverRun;
  const { lastExit: exit } = run;
  const about = { programs: instance?.programs ?? [], ...(exit === undefined ? {} : { exit }) };
  if (run.stopped === true) return { ...about, state: 'stopped' };
  if (isLive(instance) && instance?.stop === undefined) return { ...about, state: 'running' };
  if (role === 'init' && (pod.life.initialised || hasPassed(container, viewOfPod(pod))))
    return { ...about, state: 'done' };
  return { ...about, state: isFinished(container, run) ? 'ended' : 'waiting' };
}
