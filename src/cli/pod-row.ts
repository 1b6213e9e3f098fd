/** Pods and events as rows of kubectl's tables (kubernetes pkg/printers/internalversion printPod, printEvent). */
import type { ContainerExit, ContainerState, ContainerStatus, PodStatus } from '../model/pod-status.ts';
import type { EventObject, PodObject } from '../protocol/objects.ts';
import { formatSince } from './age.ts';

/** Lists may lack what podd has not filled in yet. */
export function specContainers(pod: PodObject): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(pod.spec.containers) ? (pod.spec.containers as Readonly<Record<string, unknown>>[]) : [];
}

/** Sidecars among them. */
export function initContainers(pod: PodObject): readonly Readonly<Record<string, unknown>>[] {
  const { initContainers: written } = pod.spec;
  return Array.isArray(written) ? (written as Readonly<Record<string, unknown>>[]) : [];
}

/** Init containers and the others, in the order of their starts. */
export const everyContainer = (pod: PodObject): readonly Readonly<Record<string, unknown>>[] => [
  ...initContainers(pod),
  ...specContainers(pod),
];

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
    ...(options.wide ? [podIp(pod), options.node ?? '<none>', '<none>', readinessGates(pod)] : []),
    ...(options.showLabels ? [formatLabels(metadata.labels)] : []),
  ];
}

/** The STATUS column: the reason of the first container that has one to give, else the pod's own. */
export function podStatusWord(pod: PodObject): string {
  const { status, metadata } = pod;
  const word = containersWord(pod);
  if (metadata.deletionTimestamp === undefined) return word;
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? word : 'Terminating';
}

function containersWord(pod: PodObject): string {
  const { status } = pod;
  const { containerStatuses = [] } = status;
  if (status.reason === 'Stopped') return status.reason;
  const initialising = initialisingWord(pod);
  if (initialising !== undefined && !hasCondition(status, 'Initialized')) return initialising;
  // A container that has ended well says nothing that the others do not; one that failed or waits does.
  if (status.reason === 'Paused' && containerStatuses.every(isQuiet)) return status.reason;
  // kubectl goes from the last container to the first, each with a reason overwriting the one before.
  const reason = containerStatuses.map((container) => reasonOf(container.state)).find((word) => word !== undefined);
  const word = reason ?? (isGated(status) ? 'SchedulingGated' : status.reason || status.phase);
  if (word !== 'Completed' || !containerStatuses.some(isReadyAndRunning)) return word;
  return hasCondition(status, 'Ready') ? 'Running' : 'NotReady';
}

const isGated = ({ conditions = [] }: PodStatus): boolean =>
  conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');

/** `Init:1/3`, `Init:CrashLoopBackOff`: the first init container that is not through; undefined: all are. */
function initialisingWord(pod: PodObject): string | undefined {
  const { initContainerStatuses = [] } = pod.status;
  const index = initContainerStatuses.findIndex((container) => !isThrough(container, pod));
  const state = initContainerStatuses[index]?.state;
  if (state === undefined) return undefined;
  const reason = reasonOf(state);
  return reason === undefined || reason === 'PodInitializing'
    ? `Init:${index}/${initContainers(pod).length || initContainerStatuses.length}`
    : `Init:${reason}`;
}

const isThrough = (container: ContainerStatus, pod: PodObject): boolean =>
  hasSucceeded(container) || (isSidecar(container, pod) && container.started);

const hasSucceeded = ({ state }: ContainerStatus): boolean => 'terminated' in state && state.terminated.exitCode === 0;

const isSidecar = ({ name }: ContainerStatus, pod: PodObject): boolean =>
  initContainers(pod).some((written) => written.name === name && written.restartPolicy === 'Always');

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

/** `1/2`: of its containers and sidecars those that are ready. */
export function readyCount(pod: PodObject): string {
  const { containerStatuses = [] } = pod.status;
  const sidecars = initContainers(pod).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const total = (specContainers(pod).length || containerStatuses.length) + sidecars.length;
  return `${[...sidecarStatuses(pod), ...containerStatuses].filter(isReadyAndRunning).length}/${total}`;
}

const sidecarStatuses = (pod: PodObject): readonly ContainerStatus[] =>
  (pod.status.initContainerStatuses ?? []).filter((container) => isSidecar(container, pod));

/** `3 (5s ago)`: all containers' restarts, and when the last run before a restart ended. */
export function formatRestarts(pod: PodObject, nowMs: number): string {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
  const isInitialised = initialisingWord(pod) === undefined || hasCondition(pod.status, 'Initialized');
  // Those of init containers count while they run.
  const counted = isInitialised ? [...sidecarStatuses(pod), ...containerStatuses] : initContainerStatuses;
  const restarts = counted.reduce((sum, container) => sum + container.restartCount, 0);
  const ends = counted.map((container) => lastExit(container)?.finishedAt ?? '').filter((end) => end !== '');
  const last = ends.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
  return restarts === 0 || last === undefined ? `${restarts}` : `${restarts} (${formatSince(last, nowMs)} ago)`;
}

function lastExit(container: ContainerStatus): ContainerExit | undefined {
  const { lastState } = container;
  return lastState !== undefined && 'terminated' in lastState ? lastState.terminated : undefined;
}

/** `1/2`: how many of their conditions are True. */
function readinessGates({ spec, status }: PodObject): string {
  const gates = Array.isArray(spec.readinessGates)
    ? (spec.readinessGates as { readonly conditionType?: string }[])
    : [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType = '' }) => hasCondition(status, conditionType)).length}/${gates.length}`;
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
