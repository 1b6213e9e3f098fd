/** `kubectl describe`'s page of a workload below its head. */
import type { LabelSelector } from '../model/service-spec.ts';
import type { WorkloadKind } from '../model/workload.ts';
import type { AppObject, PodObject } from '../protocol/objects.ts';
import { sameTemplate } from '../workload/template-hash.ts';
import { formatTime } from './age.ts';
import { describeCronJob, describeJob, describeSchedule } from './describe-job.ts';
import { describeMap } from './describe-map.ts';
import { describeController } from './describe-pod.ts';
import { describeTemplate } from './describe-template.ts';
import { formatSelector } from './format-selector.ts';
import { type Fields, fieldsOf, records, text } from './loose-values.ts';
import { numberOf } from './workload-row.ts';

/** What podd tells beside the workload itself: what it controls. */
export interface Controlled {
  /** absent: not asked for */
  readonly pods?: readonly PodObject[];
  /** of a Deployment, the oldest first */
  readonly sets?: readonly AppObject<'ReplicaSet'>[];
}

/** Lines to be aligned with the head. */
export function describeWorkload(object: AppObject, { pods, sets = [] }: Controlled = {}): readonly string[] {
  const { kind, metadata, spec, status } = object;
  return [
    `CreationTimestamp:\t${formatTime(metadata.creationTimestamp)}`,
    ...(spec.selector === undefined ? [] : [`Selector:\t${formatSelector(spec.selector as LabelSelector)}`]),
    ...describeController(metadata.ownerReferences),
    ...above[kind](object),
    ...(pods === undefined ? [] : [`Pods Status:\t${countPods(pods)}`]),
    ...describeTemplate(kind === 'CronJob' ? fieldsOf(fieldsOf(spec.jobTemplate).spec) : spec),
    ...describeConditions(records(status.conditions)),
    ...(kind === 'Deployment' ? describeSets(spec, sets) : []),
    ...(kind === 'StatefulSet' ? describeClaims(records(spec.volumeClaimTemplates)) : []),
    ...(kind === 'CronJob' ? describeSchedule(object) : []),
  ];
}

/** What stands above the template. */
const above: Readonly<Record<WorkloadKind, (object: AppObject) => readonly string[]>> = {
  Deployment: describeDeployment,
  ReplicaSet: ({ spec, status }) => [
    `Replicas:\t${numberOf(status.replicas)} current / ${numberOf(spec.replicas, 1)} desired`,
  ],
  StatefulSet: (object) => [
    `Replicas:\t${numberOf(object.spec.replicas, 1)} desired | ${numberOf(object.status.replicas)} total`,
    ...describeUpdate(object),
    `Pod Management Policy:\t${text(object.spec.podManagementPolicy ?? 'OrderedReady')}`,
  ],
  DaemonSet: (object) => [
    `Node-Selector:\t${formatSelector({ matchLabels: nodeSelectorOf(object) })}`,
    // No cells, as kubectl prints them: their titles would push all else to the right.
    `Desired Number of Nodes Scheduled: ${numberOf(object.status.desiredNumberScheduled)}`,
    `Current Number of Nodes Scheduled: ${numberOf(object.status.currentNumberScheduled)}`,
    `Number of Nodes Scheduled with Up-to-date Pods: ${numberOf(object.status.updatedNumberScheduled)}`,
    `Number of Nodes Scheduled with Available Pods: ${numberOf(object.status.numberAvailable)}`,
    `Number of Nodes Misscheduled: ${numberOf(object.status.numberMisscheduled)}`,
    ...describeUpdate(object),
  ],
  Job: describeJob,
  CronJob: describeCronJob,
};

function describeDeployment({ spec, status }: AppObject): readonly string[] {
  const { type = 'RollingUpdate', rollingUpdate } = fieldsOf(spec.strategy);
  const { maxUnavailable = '25%', maxSurge = '25%' } = fieldsOf(rollingUpdate);
  const numbers = [
    `${numberOf(spec.replicas, 1)} desired`,
    `${numberOf(status.updatedReplicas)} updated`,
    `${numberOf(status.replicas)} total`,
    `${numberOf(status.availableReplicas)} available`,
    `${numberOf(status.unavailableReplicas)} unavailable`,
  ];
  return [
    `Replicas:\t${numbers.join(' | ')}`,
    `StrategyType:\t${text(type)}`,
    `MinReadySeconds:\t${numberOf(spec.minReadySeconds)}`,
    ...(type === 'Recreate'
      ? []
      : [`RollingUpdateStrategy:\t${text(maxUnavailable)} max unavailable, ${text(maxSurge)} max surge`]),
  ];
}

function describeUpdate({ spec }: AppObject): readonly string[] {
  const { type = 'RollingUpdate', rollingUpdate } = fieldsOf(spec.updateStrategy);
  const { partition } = fieldsOf(rollingUpdate);
  return [`Update Strategy:\t${text(type)}`, ...(partition === undefined ? [] : [`  Partition:\t${text(partition)}`])];
}

const nodeSelectorOf = ({ spec }: AppObject): Readonly<Record<string, string>> =>
  fieldsOf(fieldsOf(fieldsOf(spec.template).spec).nodeSelector) as Readonly<Record<string, string>>;

function countPods(pods: readonly PodObject[]): string {
  const count = (...phases: readonly string[]): number =>
    pods.filter(({ status }) => phases.includes(status.phase)).length;
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`;
}

function describeConditions(conditions: readonly Fields[]): readonly string[] {
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, reason }) => `  ${text(type)}\t${text(status)}\t${text(reason ?? '')}`);
  return ['Conditions:', '  Type\tStatus\tReason', '  ----\t------\t------', ...rows];
}

type Template = Parameters<typeof sameTemplate>[0];

function describeSets({ template }: Fields, sets: readonly AppObject<'ReplicaSet'>[]): readonly string[] {
  if (sets.length === 0) return [];
  const newest = sets.find(({ spec }) => sameTemplate(spec.template as Template, template as Template));
  return [
    `OldReplicaSets:\t${formatSets(sets.filter((set) => set !== newest))}`,
    `NewReplicaSet:\t${formatSets(newest === undefined ? [] : [newest])}`,
  ];
}

function formatSets(sets: readonly AppObject<'ReplicaSet'>[]): string {
  const words = sets.map(
    ({ metadata, spec, status }) =>
      `${metadata.name} (${numberOf(status.replicas)}/${numberOf(spec.replicas, 1)} replicas created)`,
  );
  return words.join(', ') || '<none>';
}

function describeClaims(templates: readonly Fields[]): readonly string[] {
  if (templates.length === 0) return ['Volume Claims:\t<none>'];
  return ['Volume Claims:', ...templates.flatMap(describeClaim)];
}

function describeClaim({ metadata, spec }: Fields): readonly string[] {
  const { name, labels, annotations } = fieldsOf(metadata);
  const { storageClassName, resources, accessModes } = fieldsOf(spec);
  const { storage = '<default>' } = fieldsOf(fieldsOf(resources).requests);
  const map = (value: unknown) => fieldsOf(value) as Readonly<Record<string, string>>;
  return [
    `  Name:\t${text(name)}`,
    `  StorageClass:\t${text(storageClassName || 'local')}`,
    ...describeMap('  Labels', map(labels), '='),
    ...describeMap('  Annotations', map(annotations), ': '),
    `  Capacity:\t${text(storage)}`,
    `  Access Modes:\t[${Array.isArray(accessModes) ? accessModes.join(' ') : ''}]`,
  ];
}
