/** `kubectl describe`'s page of a workload below its head. */
import type { LabelSelector } from '../model/service-spec.ts';
import type { WorkloadKind } from '../model/workload.ts';
import type { AppObject } from '../protocol/objects.ts';
import { formatTime } from './age.ts';
import { describeMap } from './describe-map.ts';
import { describeConditions, describeTemplateContainer } from './describe-pod.ts';
import { formatSelector } from './format-selector.ts';
import { type Fields, isRecord, records, text } from './loose-values.ts';
import { jobStatus } from './workload-row.ts';

/** Lines to be aligned with the head. */
export function describeWorkload(object: AppObject): readonly string[] {
  const { metadata, spec, status } = object;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return [
    `CreationTimestamp:\t${formatTime(metadata.creationTimestamp)}`,
    ...(owner === undefined ? [] : [`Controlled By:\t${owner.kind}/${owner.name}`]),
    ...(spec.selector === undefined ? [] : [`Selector:\t${formatSelector(spec.selector as LabelSelector)}`]),
    ...details[object.kind](object),
    ...describeTemplate(isRecord(spec.jobTemplate) ? spec.jobTemplate.spec : spec),
    ...describeConditions(conditionsOf(status)),
  ];
}

const numberOf = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);

const details: Readonly<Record<WorkloadKind, (object: AppObject) => readonly string[]>> = {
  Deployment: ({ spec, status }) => {
    const strategy = isRecord(spec.strategy) ? spec.strategy : {};
    const isRolling = strategy.type !== 'Recreate';
    const { maxUnavailable = '25%', maxSurge = '25%' } = isRecord(strategy.rollingUpdate) ? strategy.rollingUpdate : {};
    const numbers = [
      `${numberOf(spec.replicas, 1)} desired`,
      `${numberOf(status.updatedReplicas)} updated`,
      `${numberOf(status.replicas)} total`,
      `${numberOf(status.availableReplicas)} available`,
      `${numberOf(status.unavailableReplicas)} unavailable`,
    ];
    return [
      `Replicas:\t${numbers.join(' | ')}`,
      `StrategyType:\t${isRolling ? 'RollingUpdate' : 'Recreate'}`,
      `MinReadySeconds:\t${numberOf(spec.minReadySeconds)}`,
      ...(isRolling
        ? [`RollingUpdateStrategy:\t${text(maxUnavailable)} max unavailable, ${text(maxSurge)} max surge`]
        : []),
    ];
  },
  ReplicaSet: (object) => replicas(object),
  StatefulSet: (object) => [
    ...replicas(object),
    `Update Strategy:\t${strategyOf(object)}`,
    `Pod Management Policy:\t${text(object.spec.podManagementPolicy ?? 'OrderedReady')}`,
    ...records(object.spec.volumeClaimTemplates).map(
      ({ metadata }) => `Volume Claim:\t${isRecord(metadata) ? text(metadata.name) : ''}`,
    ),
  ],
  DaemonSet: (object) => [
    `Desired Number of Nodes Scheduled:\t${numberOf(object.status.desiredNumberScheduled)}`,
    `Number of Nodes Scheduled with Up-to-date Pods:\t${numberOf(object.status.updatedNumberScheduled)}`,
    `Number of Nodes Scheduled with Available Pods:\t${numberOf(object.status.numberAvailable)}`,
    `Update Strategy:\t${strategyOf(object)}`,
  ],
  Job: (object) => {
    const { spec, status } = object;
    const counts = `${numberOf(status.active)} Active (${numberOf(status.ready)} Ready) / ${numberOf(status.succeeded)} Succeeded / ${numberOf(status.failed)} Failed`;
    return [
      `Status:\t${jobStatus(object)}`,
      `Parallelism:\t${numberOf(spec.parallelism, 1)}`,
      `Completions:\t${spec.completions === undefined ? '<unset>' : text(spec.completions)}`,
      `Completion Mode:\t${text(spec.completionMode ?? 'NonIndexed')}`,
      `Suspend:\t${spec.suspend === true}`,
      `Backoff Limit:\t${numberOf(spec.backoffLimit, 6)}`,
      ...timeLine('Start Time', status.startTime),
      ...timeLine('Completed At', status.completionTime),
      `Pods Statuses:\t${counts}`,
    ];
  },
  CronJob: ({ spec, status }) => [
    `Schedule:\t${text(spec.schedule)}`,
    ...(spec.timeZone === undefined ? [] : [`Time Zone:\t${text(spec.timeZone)}`]),
    `Concurrency Policy:\t${text(spec.concurrencyPolicy ?? 'Allow')}`,
    `Suspend:\t${spec.suspend === true ? 'True' : 'False'}`,
    `Successful Job History Limit:\t${numberOf(spec.successfulJobsHistoryLimit, 3)}`,
    `Failed Job History Limit:\t${numberOf(spec.failedJobsHistoryLimit, 1)}`,
    `Last Schedule Time:\t${typeof status.lastScheduleTime === 'string' ? formatTime(status.lastScheduleTime) : '<unset>'}`,
    `Active Jobs:\t${
      records(status.active)
        .map(({ name }) => text(name))
        .join(', ') || '<none>'
    }`,
  ],
};

const replicas = ({ spec, status }: AppObject): readonly string[] => [
  `Replicas:\t${numberOf(status.replicas)} current / ${numberOf(spec.replicas, 1)} desired`,
];

const strategyOf = ({ spec }: AppObject): string =>
  text((isRecord(spec.updateStrategy) ? spec.updateStrategy.type : undefined) ?? 'RollingUpdate');

const timeLine = (title: string, time: unknown): readonly string[] =>
  typeof time === 'string' ? [`${title}:\t${formatTime(time)}`] : [];

function describeTemplate(holder: unknown): readonly string[] {
  const template = isRecord(holder) && isRecord(holder.template) ? holder.template : {};
  const { labels } = isRecord(template.metadata) ? template.metadata : ({} as Fields);
  const spec = isRecord(template.spec) ? template.spec : {};
  return [
    'Pod Template:',
    ...describeMap('  Labels', labels as Readonly<Record<string, string>> | undefined, '='),
    ...['initContainers', 'containers'].flatMap((list) => {
      const some = records(spec[list]);
      const title = list === 'containers' ? '  Containers:' : '  Init Containers:';
      return some.length === 0 ? [] : [title, ...some.flatMap(describeTemplateContainer).map((line) => `  ${line}`)];
    }),
  ];
}

function conditionsOf({ conditions }: Fields): Parameters<typeof describeConditions>[0] {
  return records(conditions).map(({ type, status, reason }) => ({
    ...{ type: text(type), status: text(status) },
    ...(typeof reason === 'string' ? { reason } : {}),
  })) as unknown as Parameters<typeof describeConditions>[0];
}
