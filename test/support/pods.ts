/** Questions the tests ask about pods: their status, and their processes on the host. */
import type { ContainerStatus } from '../../src/model/pod-status.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { allPids, innerPid, readProc, readProcess } from './processes.ts';

/** Status of one container; throws when the pod does not show it. */
export function containerOf(pod: PodObject, name = 'main'): ContainerStatus {
  const status = pod.status.containerStatuses.find((container) => container.name === name);
  if (status === undefined) throw new Error(`pod ${pod.metadata.name} shows no container ${name}`);
  return status;
}

export const isRunning = (pod: PodObject): boolean =>
  pod.status.phase === 'Running' && pod.status.containerStatuses.every(({ state }) => 'running' in state);

export const isReady = (pod: PodObject): boolean =>
  pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

/** Why a container waits; empty when it does not. */
export function waitingReason(status: ContainerStatus): string {
  return 'waiting' in status.state ? status.state.waiting.reason : '';
}

/** How the container's last run ended: of its state when it is terminated, else of lastState. */
export function lastExit(status: ContainerStatus) {
  for (const state of [status.state, status.lastState]) if (state && 'terminated' in state) return state.terminated;
  return undefined;
}

/** Host pids below `<pod uid>/<container>` in the cgroups; `part` is `init` or `app`; without a container, the whole pod's. */
export function podPids(pod: PodObject, container?: string, part?: 'init' | 'app'): number[] {
  const path = [pod.metadata.uid, container, part].filter(Boolean).join('/');
  return allPids().filter((pid) =>
    (readProc(pid, 'cgroup') ?? '').split('\n').some((line) => `${line}/`.includes(`/${path}/`)),
  );
}

/** Host pid of a container's podinit. */
export function initPid(pod: PodObject, container = 'main'): number {
  const pids = podPids(pod, container, 'init').filter(
    (pid) => innerPid(pid) === 1 || podPids(pod, container, 'init').length === 1,
  );
  if (pids[0] === undefined) throw new Error(`no init of ${pod.metadata.name}/${container} runs`);
  return pids[0];
}

/** Host pid of the oldest program of a container. */
export function programPid(pod: PodObject, container = 'main'): number {
  const pids = podPids(pod, container, 'app').filter((pid) => readProcess(pid)?.state !== 'Z');
  const oldest = pids
    .map(readProcess)
    .filter((facts) => facts !== undefined)
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)[0];
  if (oldest === undefined) throw new Error(`no program of ${pod.metadata.name}/${container} runs`);
  return oldest.pid;
}

/** Lines `key value` of the payload's `facts` as a map from key to all its values. */
export function parseFacts(text: string): ReadonlyMap<string, readonly string[]> {
  const facts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    const key = space < 0 ? line : line.slice(0, space);
    facts.set(key, [...(facts.get(key) ?? []), line.slice(space + 1)]);
  }
  return facts;
}
