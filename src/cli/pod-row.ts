/** Pods and events as rows of kubectl's tables (kubernetes pkg/printers/internalversion printPod, printEvent). */
import type { ContainerExit, ContainerState, ContainerStatus, PodStatus } from '../model/pod-status.ts';
import type { EventObject, PodObject } from '../protocol/objects.ts';
import { formatSince } from './age.ts';

/** Lists may lack what podd has not filled in yet. */
export function specContainers(pod: PodObject): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(pod.spec.containers) ? (pod.spec.containers as Readonly<Record<string, unknown>>[]) : [];
}

export interface PodRowOptions {
  readonly nowMs: number;
  readonly showNamespace?: boolean;
  readonly wide?: boolean;
  readonly showLabels?: boolean;
  /** name of this machine, for the NODE column */
  readonly node?: string;
}

export function podHeaders(options: Omit<PodRowOptions, 'nowMs'>): string[] {
  return [
    ...(options.showNamespace ? ['NAMESPACE'] : []),
    ...['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
    ...(options.wide ? ['IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'] : []),
    ...(options.showLabels ? ['LABELS'] : []),
  ];
}

export function podRow(pod: PodObject, options: PodRowOptions): string[] {
  const { metadata } = pod;
  return [
    ...(options.showNamespace ? [metadata.namespace] : []),
    ...[metadata.name, readyCount(pod), podStatusWord(pod), formatRestarts(pod, options.nowMs)],
    formatSince(metadata.creationTimestamp, options.nowMs),
    ...(options.wide ? [podIp(pod), options.node ?? '<none>', '<none>', '<none>'] : []),
    ...(options.showLabels ? [formatLabels(metadata.labels)] : []),
  ];
}

/** The STATUS column: the reason of the first container that has one to give, else the pod's own. */
export function podStatusWord(pod: PodObject): string {
  const { status, metadata } = pod;
  const word = containersWord(status);
  if (metadata.deletionTimestamp === undefined) return word;
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? word : 'Terminating';
}

function containersWord(status: PodStatus): string {
  const { containerStatuses = [] } = status;
  if (status.reason === 'Stopped') return status.reason;
  // A container that has ended well says nothing that the others do not; one that failed or waits does.
  if (status.reason === 'Paused' && containerStatuses.every(isQuiet)) return status.reason;
  // kubectl goes from the last container to the first, each with a reason overwriting the one before.
  const reason = containerStatuses.map((container) => reasonOf(container.state)).find((word) => word !== undefined);
  const word = reason ?? (status.reason || status.phase);
  if (word !== 'Completed' || !containerStatuses.some(isReadyAndRunning)) return word;
  return hasCondition(status, 'Ready') ? 'Running' : 'NotReady';
}

const isQuiet = ({ state }: ContainerStatus): boolean =>
  'running' in state || ('terminated' in state && state.terminated.exitCode === 0);

function reasonOf(state: ContainerState): string | undefined {
  if ('waiting' in state) return state.waiting.reason || undefined;
  if (!('terminated' in state)) return undefined;
  const { reason, signal, exitCode } = state.terminated;
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function isReadyAndRunning(container: ContainerStatus): boolean {
  return container.ready && 'running' in container.state;
}

/** Whether a condition of this type is True. */
export function hasCondition(status: PodStatus, type: string): boolean {
  return (status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
}

function readyCount(pod: PodObject): string {
  const { containerStatuses = [] } = pod.status;
  const total = specContainers(pod).length || containerStatuses.length;
  return `${containerStatuses.filter(isReadyAndRunning).length}/${total}`;
}

/** `3 (5s ago)`: all containers' restarts, and when the last run before a restart ended. */
export function formatRestarts(pod: PodObject, nowMs: number): string {
  const { containerStatuses = [] } = pod.status;
  const restarts = containerStatuses.reduce((sum, container) => sum + container.restartCount, 0);
  const ends = containerStatuses.map((container) => lastExit(container)?.finishedAt ?? '').filter((end) => end !== '');
  const last = ends.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
  return restarts === 0 || last === undefined ? `${restarts}` : `${restarts} (${formatSince(last, nowMs)} ago)`;
}

function lastExit(container: ContainerStatus): ContainerExit | undefined {
  const { lastState } = container;
  return lastState !== undefined && 'terminated' in lastState ? lastState.terminated : undefined;
}

function podIp(pod: PodObject): string {
  const { podIP } = pod.status as PodStatus & { readonly podIP?: string };
  return podIP || (pod.spec.hostNetwork === true && pod.status.hostIP) || '<none>';
}

/** `a=b,c=d`, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

export function eventHeaders(showNamespace: boolean): string[] {
  return [...(showNamespace ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
}

export function eventRow(event: EventObject, nowMs: number, showNamespace: boolean): string[] {
  const { kind, name, namespace } = event.involvedObject;
  return [
    ...(showNamespace ? [namespace] : []),
    formatEventAge(event, nowMs),
    ...[event.type, event.reason, `${kind.toLowerCase()}/${name}`, event.message.trim()],
  ];
}

/** `5s`, or `5s (x3 over 2m)` for what happened several times. */
export function formatEventAge(
  event: Pick<EventObject, 'count' | 'firstTimestamp' | 'lastTimestamp'>,
  nowMs: number,
): string {
  const last = formatSince(event.lastTimestamp, nowMs);
  return event.count > 1 ? `${last} (x${event.count} over ${formatSince(event.firstTimestamp, nowMs)})` : last;
}
