/** `kubectl describe`'s lines of a Job and of a CronJob, above and below the template. */
import type { LabelSelector } from '../model/service-spec.ts';
import type { AppObject } from '../protocol/objects.ts';
import { formatAge, formatTime } from './age.ts';
import { formatSelector } from './format-selector.ts';
import { type Fields, fieldsOf, records, text } from './loose-values.ts';
import { jobStatus, numberOf } from './workload-row.ts';

/** kubectl cuts a list of indexes at the first comma from here on. */
const shownIndexes = 50;

export function describeJob(object: AppObject): readonly string[] {
  const { spec, status } = object;
  const counts = `${numberOf(status.active)} Active (${numberOf(status.ready)} Ready) / ${numberOf(status.succeeded)} Succeeded / ${numberOf(status.failed)} Failed`;
  return [
    `Status:\t${jobStatus(object)}`,
    `Parallelism:\t${numberOf(spec.parallelism, 1)}`,
    `Completions:\t${orUnset(spec.completions)}`,
    `Completion Mode:\t${text(spec.completionMode ?? 'NonIndexed')}`,
    `Suspend:\t${spec.suspend === true}`,
    `Backoff Limit:\t${numberOf(spec.backoffLimit, 6)}`,
    ...given('TTL Seconds After Finished', spec.ttlSecondsAfterFinished),
    ...describeTimes(status),
    ...given('Active Deadline Seconds', spec.activeDeadlineSeconds, 's'),
    `Pods Statuses:\t${counts}`,
    ...(spec.completionMode === 'Indexed' ? [`Completed Indexes:\t${formatIndexes(status.completedIndexes)}`] : []),
  ];
}

function describeTimes({ startTime, completionTime }: Fields): readonly string[] {
  const start = typeof startTime === 'string' ? startTime : undefined;
  const end = typeof completionTime === 'string' ? completionTime : undefined;
  return [
    ...(start === undefined ? [] : [`Start Time:\t${formatTime(start)}`]),
    ...(end === undefined ? [] : [`Completed At:\t${formatTime(end)}`]),
    ...(start === undefined || end === undefined
      ? []
      : [`Duration:\t${formatAge(Date.parse(end) - Date.parse(start))}`]),
  ];
}

function formatIndexes(indexes: unknown): string {
  if (typeof indexes !== 'string' || indexes === '') return '<none>';
  const cut = indexes.indexOf(',', shownIndexes);
  return cut === -1 ? indexes : `${indexes.slice(0, cut + 1)}...`;
}

export function describeCronJob({ spec }: AppObject): readonly string[] {
  const job = fieldsOf(fieldsOf(spec.jobTemplate).spec);
  const { startingDeadlineSeconds: deadline } = spec;
  return [
    `Schedule:\t${text(spec.schedule)}`,
    ...given('Time Zone', spec.timeZone),
    `Concurrency Policy:\t${text(spec.concurrencyPolicy ?? 'Allow')}`,
    `Suspend:\t${spec.suspend === true ? 'True' : 'False'}`,
    `Successful Job History Limit:\t${numberOf(spec.successfulJobsHistoryLimit, 3)}`,
    `Failed Job History Limit:\t${numberOf(spec.failedJobsHistoryLimit, 1)}`,
    `Starting Deadline Seconds:\t${orUnset(deadline, 's')}`,
    `Selector:\t${formatSelector(job.selector as LabelSelector | undefined, '<unset>')}`,
    `Parallelism:\t${orUnset(job.parallelism)}`,
    `Completions:\t${orUnset(job.completions)}`,
    ...given('Active Deadline Seconds', job.activeDeadlineSeconds, 's'),
  ];
}

/** Below the template. */
export function describeSchedule({ status }: AppObject): readonly string[] {
  const { lastScheduleTime: last } = status;
  const active = records(status.active).map(({ name }) => text(name));
  return [
    `Last Schedule Time:\t${typeof last === 'string' ? formatTime(last) : '<unset>'}`,
    `Active Jobs:\t${active.join(', ') || '<none>'}`,
  ];
}

const orUnset = (value: unknown, unit = ''): string => (value === undefined ? '<unset>' : `${text(value)}${unit}`);

const given = (title: string, value: unknown, unit = ''): readonly string[] =>
  value === undefined ? [] : [`${title}:\t${text(value)}${unit}`];
