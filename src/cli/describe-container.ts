/** A container on `podctl describe`'s page. */
import type { ContainerState, ContainerStatus } from '../model/pod-status.ts';
import { formatTime } from './age.ts';
import { describeEnvironment } from './describe-environment.ts';
import { describeProbes } from './describe-probes.ts';
import { describePrograms } from './describe-programs.ts';
import { describeResources } from './describe-resources.ts';
import { describeMounts } from './describe-volumes.ts';
import { type Fields, fieldsOf, isRecord, records, text } from './loose-values.ts';
import { cleanCell } from './tab-columns.ts';

/** Of a pod; `status` undefined: not known yet. */
export const describeContainer = (container: Fields, status: ContainerStatus | undefined, nowMs: number): string[] => [
  `  ${text(container.name)}:`,
  ...indent(4, [
    ...(status?.containerID === undefined ? [] : [`Container ID:\t${status.containerID}`]),
    ...describeProgram(container, status?.image),
    ...(status === undefined ? ['State:\tunknown'] : describeRun(status)),
    ...describePrograms(records(container.processes), status?.programs, nowMs),
    ...describeSettings(container),
    ...describeNamespaces(container.namespaces),
  ]),
];

/** A container of a template, which has no state. */
export const describeTemplateContainer = (container: Fields): string[] => [
  `  ${text(container.name)}:`,
  ...indent(4, [...describeProgram(container), ...describeSettings(container)]),
];

const describeProgram = (container: Fields, image?: string): string[] => [
  `Image:\t${image || describeRoot(container)}`,
  ...describePorts(records(container.ports)),
  ...describeSeccomp(container.securityContext),
  ...describeWords('Command', container.command),
  ...describeWords('Args', container.args),
  ...(container.workingDir === undefined ? [] : [`Working Dir:\t${text(container.workingDir)}`]),
];

const describeSettings = (container: Fields): string[] => [
  ...describeResources(container.resources),
  ...describeProbes(container),
  ...describeEnvironment(container),
  ...describeMounts(container),
];

/** Of a container's or the pod's securityContext. */
export function describeSeccomp(securityContext: unknown): string[] {
  const { type, localhostProfile } = fieldsOf(fieldsOf(securityContext).seccompProfile);
  return [
    ...(type === undefined ? [] : [`SeccompProfile:\t${text(type)}`]),
    ...(localhostProfile === undefined ? [] : [`LocalhostProfile:\t${cleanCell(text(localhostProfile))}`]),
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

function describeNamespaces(namespaces: unknown): string[] {
  if (!isRecord(namespaces)) return [];
  return ['Namespaces:', ...Object.entries(namespaces).map(([kind, mode]) => `  ${kind}:\t${text(mode)}`)];
}

function indent(width: number, lines: readonly string[]): string[] {
  return lines.map((line) => ' '.repeat(width) + line);
}
