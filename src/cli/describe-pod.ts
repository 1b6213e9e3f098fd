/** `kubectl describe pod`'s page (kubernetes staging kubectl/pkg/describe PodDescriber), of what podd knows. */
import { allStatuses, type ContainerStatus, type PodCondition } from '../model/pod-status.ts';
import type { OwnerReference } from '../model/workload.ts';
import type { EventObject, PodObject } from '../protocol/objects.ts';
import { formatSince, formatTime } from './age.ts';
import { describeContainer, describeSeccomp } from './describe-container.ts';
import { describeMap } from './describe-map.ts';
import { describeNetwork } from './describe-network.ts';
import { describePlacement } from './describe-placement.ts';
import { describeResources } from './describe-resources.ts';
import { describeVolumes } from './describe-volumes.ts';
import { type Fields, records, text } from './loose-values.ts';
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
    ...describeController(pod.metadata.ownerReferences),
    ...describePodResources(pod.spec.resources),
    ...describeInitContainers(pod, nowMs),
    'Containers:',
    ...specContainers(pod).flatMap((container) => describeContainer(container, statusOf(pod, container), nowMs)),
    ...describeGates(pod),
    ...describeConditions(pod.status.conditions ?? []),
    ...describeVolumes(pod.spec),
    `QoS Class:\t${pod.status.qosClass}`,
    ...describePlacement(pod.spec),
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
    ...describeClasses(pod.spec),
    `Node:\t${node}${hostIP === undefined ? '' : `/${hostIP}`}`,
    ...(status.startTime === undefined ? [] : [`Start Time:\t${formatTime(status.startTime)}`]),
    ...describeMap('Labels', metadata.labels, '='),
    ...describeMap('Annotations', metadata.annotations, ': '),
    ...describeStatus(pod, nowMs),
    ...(status.reason === undefined ? [] : [`Reason:\t${status.reason}`]),
    ...(status.message === undefined ? [] : [`Message:\t${cleanCell(status.message)}`]),
    ...describeSeccomp(pod.spec.securityContext),
  ];
}

function describeClasses({ priority, priorityClassName, runtimeClassName, serviceAccountName }: Fields): string[] {
  const told = { Priority: priority, 'Priority Class Name': priorityClassName };
  const names = { ...told, 'Runtime Class Name': runtimeClassName, 'Service Account': serviceAccountName };
  return Object.entries(names).flatMap(([title, name]) =>
    name === undefined || name === '' ? [] : [`${title}:\t${cleanCell(text(name))}`],
  );
}

/** Nothing of what nobody manages. */
export function describeController(owners: readonly OwnerReference[] | undefined): string[] {
  const owner = owners?.find(({ controller }) => controller === true);
  return owner === undefined ? [] : [`Controlled By:\t${owner.kind}/${owner.name}`];
}

function describePodResources(resources: unknown): string[] {
  const lines = describeResources(resources);
  return lines.length === 0 ? [] : ['Resources:', ...lines.map((line) => `  ${line}`)];
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

function describeConditions(conditions: readonly PodCondition[]): string[] {
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
