/** `kubectl describe pod`'s page (kubernetes staging kubectl/pkg/describe PodDescriber), of what podd knows. */
import { allStatuses, type ContainerState, type ContainerStatus, type PodCondition } from '../model/pod-status.ts';
import type { EventObject, PodObject } from '../protocol/objects.ts';
import { formatSince, formatTime } from './age.ts';
import { describeEnvironment } from './describe-environment.ts';
import { describeMap } from './describe-map.ts';
import { describeNetwork } from './describe-network.ts';
import { describeProbes } from './describe-probes.ts';
import { describePrograms } from './describe-programs.ts';
import { describeResources } from './describe-resources.ts';
import { describeMounts, describeVolumes } from './describe-volumes.ts';
import { type Fields, isRecord, records, text } from './loose-values.ts';
import { formatEventAge, initContainers, podStatusWord, specContainers } from './pod-row.ts';
import { alignColumns, cleanCell, describeColumns } from './tab-columns.ts';

export interface PodSurroundings {
  readonly nowMs: number;
  /** name of this machine */
  readonly node: string;
  /** its end of the pod's link */
  readonly link?: string | undefined;
}

/** The whole page, ending in a newline. */
export function describePod(pod: PodObject, events: readonly EventObject[], around: PodSurroundings): string {
  const { nowMs, node, link } = around;
  const lines = [
    ...describeHead(pod, nowMs, node),
    ...describeNetwork(pod, link),
    ...describeResources(pod.spec.resources),
    ...describeInitContainers(pod, nowMs),
    'Containers:',
    ...specContainers(pod).flatMap((container) => describeContainer(container, statusOf(pod, container), nowMs)),
    ...describeGates(pod),
    ...describeConditions(pod.status.conditions ?? []),
    ...describeVolumes(pod.spec),
    `QoS Class:\t${pod.status.qosClass}`,
    ...describeEvents(events, nowMs),
  ];
  return `${alignColumns(lines, describeColumns).join('\n')}\n`;
}

function describeHead(pod: PodObject, nowMs: number, node: string): string[] {
  const { metadata, status } = pod;
  const { hostIP } = status;
  return [
    `Name:\t${metadata.name}`,
    `Namespace:\t${metadata.namespace}`,
    `Node:\t${node}${hostIP === undefined ? '' : `/${hostIP}`}`,
    ...(status.startTime === undefined ? [] : [`Start Time:\t${formatTime(status.startTime)}`]),
    ...describeMap('Labels', metadata.labels, '='),
    ...describeMap('Annotations', metadata.annotations, ': '),
    ...describeStatus(pod, nowMs),
    ...(status.reason === undefined ? [] : [`Reason:\t${status.reason}`]),
    ...(status.message === undefined ? [] : [`Message:\t${cleanCell(status.message)}`]),
  ];
}

function describeStatus(pod: PodObject, nowMs: number): string[] {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp === undefined) return [`Status:\t${pod.status.phase}`];
  return [
    `Status:\t${podStatusWord(pod)} (lasts ${formatSince(deletionTimestamp, nowMs)})`,
    ...(deletionGracePeriodSeconds === undefined ? [] : [`Termination Grace Period:\t${deletionGracePeriodSeconds}s`]),
  ];
}

function describeInitContainers(pod: PodObject, nowMs: number): string[] {
  const containers = initContainers(pod);
  if (containers.length === 0) return [];
  return [
    'Init Containers:',
    ...containers.flatMap((container) => describeContainer(container, statusOf(pod, container), nowMs)),
  ];
}

function statusOf(pod: PodObject, container: Fields): ContainerStatus | undefined {
  return allStatuses(pod.status).find((status) => status.name === container.name);
}

function describeContainer(container: Fields, status: ContainerStatus | undefined, nowMs: number): string[] {
  return [
    `  ${text(container.name)}:`,
    ...indent(4, [
      ...(status?.containerID === undefined ? [] : [`Container ID:\t${status.containerID}`]),
      `Image:\t${status?.image || describeRoot(container)}`,
      ...describePorts(records(container.ports)),
      ...describeWords('Command', container.command),
      ...describeWords('Args', container.args),
      ...(container.workingDir === undefined ? [] : [`Working Dir:\t${text(container.workingDir)}`]),
      ...(status === undefined ? ['State:\tunknown'] : describeRun(status)),
      ...describePrograms(records(container.processes), status?.programs, nowMs),
      ...describeResources(container.resources),
      ...describeProbes(container),
      ...describeEnvironment(container),
      ...describeMounts(container),
      ...describeNamespaces(container.namespaces),
    ]),
  ];
}

function describeRoot(container: Fields): string {
  const { rootfs } = container;
  return isRecord(rootfs) ? text(rootfs.path) : text(container.image ?? '<none>');
}

function describePorts(ports: readonly Fields[]): string[] {
  if (ports.length === 0) return ['Port:\t<none>'];
  const list = (field: 'containerPort' | 'hostPort') =>
    ports.map((port) => `${text(port[field] ?? 0)}/${text(port.protocol ?? 'TCP')}`).join(', ');
  const s = ports.length === 1 ? '' : 's';
  return [`Port${s}:\t${list('containerPort')}`, `Host Port${s}:\t${list('hostPort')}`];
}

function describeWords(title: string, words: unknown): string[] {
  if (!Array.isArray(words) || words.length === 0) return [];
  // A word of several lines (sh -c scripts) keeps them, each under the other.
  return [
    `${title}:`,
    ...words.flatMap((word) => text(word).replaceAll('\t', ' ').split('\n')).map((line) => `  ${line}`),
  ];
}

function describeRun(status: ContainerStatus): string[] {
  return [
    ...describeState('State', status.state),
    ...(status.lastState === undefined ? [] : describeState('Last State', status.lastState)),
    ...(status.paused === true ? ['Paused:\tTrue'] : []),
    `Ready:\t${status.ready ? 'True' : 'False'}`,
    `Restart Count:\t${status.restartCount}`,
  ];
}

function describeState(title: string, state: ContainerState): string[] {
  if ('running' in state) return [`${title}:\tRunning`, `  Started:\t${formatTime(state.running.startedAt)}`];
  if ('waiting' in state) {
    const { reason, message } = state.waiting;
    return [`${title}:\tWaiting`, ...optionalLine('  Reason', reason), ...optionalLine('  Message', message)];
  }
  const { reason, message, exitCode, signal, startedAt, finishedAt } = state.terminated;
  return [
    `${title}:\tTerminated`,
    ...optionalLine('  Reason', reason),
    ...optionalLine('  Message', message),
    `  Exit Code:\t${exitCode}`,
    ...(signal === undefined ? [] : [`  Signal:\t${signal}`]),
    ...(startedAt === undefined ? [] : [`  Started:\t${formatTime(startedAt)}`]),
    `  Finished:\t${formatTime(finishedAt)}`,
  ];
}

function optionalLine(title: string, value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [`${title}:\t${cleanCell(value)}`];
}

/** A container of a template, which has no state. */
export const describeTemplateContainer = (container: Fields): string[] => [
  `  ${text(container.name)}:`,
  ...indent(4, [
    `Image:\t${describeRoot(container)}`,
    ...describePorts(records(container.ports)),
    ...describeWords('Command', container.command),
    ...describeWords('Args', container.args),
    ...describeResources(container.resources),
    ...describeEnvironment(container),
  ]),
];

function describeNamespaces(namespaces: unknown): string[] {
  if (!isRecord(namespaces)) return [];
  return ['Namespaces:', ...Object.entries(namespaces).map(([kind, mode]) => `  ${kind}:\t${text(mode)}`)];
}

/** Also of workloads. */
export function describeConditions(conditions: readonly Omit<PodCondition, 'message'>[]): string[] {
  if (conditions.length === 0) return [];
  const rows = conditions.map(
    ({ type, status, reason }) => `  ${type}\t${status}${reason === undefined ? ' ' : ` (${reason})`}`,
  );
  return ['Conditions:', '  Type\tStatus', ...rows];
}

function describeGates({ spec, status }: PodObject): string[] {
  const gates = records(spec.readinessGates).map(({ conditionType }) => text(conditionType));
  if (gates.length === 0) return [];
  const rows = gates.map((gate) => {
    const found = (status.conditions ?? []).find(({ type }) => type === gate);
    return `  ${gate}\t${found?.status ?? '<none>'} `;
  });
  return ['Readiness Gates:', '  Type\tStatus', ...rows];
}

/** What happened, oldest first. */
export function describeEvents(events: readonly EventObject[], nowMs: number): string[] {
  if (events.length === 0) return ['Events:\t<none>'];
  const sorted = [...events].sort((a, b) => Date.parse(a.lastTimestamp) - Date.parse(b.lastTimestamp));
  const rows = sorted.map(
    (event) =>
      `  ${event.type}\t${event.reason}\t${formatEventAge(event, nowMs)}\tpodd\t${cleanCell(event.message.trim())}`,
  );
  return ['Events:', '  Type\tReason\tAge\tFrom\tMessage', '  ----\t------\t----\t----\t-------', ...rows];
}

function indent(width: number, lines: readonly string[]): string[] {
  return lines.map((line) => ' '.repeat(width) + line);
}
