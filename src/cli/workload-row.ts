/** What kubectl's tables show of workloads. */
import type { LabelSelector } from '../model/service-spec.ts';
import type { WorkloadKind } from '../model/workload.ts';
import type { AppObject } from '../protocol/objects.ts';
import { formatAge, formatSince } from './age.ts';
import { formatSelector } from './format-selector.ts';
import { type Fields, isRecord, records, text } from './loose-values.ts';

export type WorkloadColumn = readonly [title: string, cell: (object: AppObject, nowMs: number) => string];

/** `otherwise` for what is no number. */
export const numberOf = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);

/** A number of the status; absent: none yet. */
const count =
  (field: string) =>
  ({ status }: AppObject): string =>
    String(numberOf(status[field]));

const wanted = ({ spec }: AppObject): number => numberOf(spec.replicas, 1);

const ready: WorkloadColumn = ['READY', (object) => `${numberOf(object.status.readyReplicas)}/${wanted(object)}`];

/** What stands between NAME and AGE. */
export const workloadColumns: Readonly<Record<WorkloadKind, readonly WorkloadColumn[]>> = {
  Deployment: [ready, ['UP-TO-DATE', count('updatedReplicas')], ['AVAILABLE', count('availableReplicas')]],
  ReplicaSet: [
    ['DESIRED', (object) => String(wanted(object))],
    ['CURRENT', count('replicas')],
    ['READY', count('readyReplicas')],
  ],
  StatefulSet: [ready],
  DaemonSet: [
    ['DESIRED', count('desiredNumberScheduled')],
    ['CURRENT', count('currentNumberScheduled')],
    ['READY', count('numberReady')],
    ['UP-TO-DATE', count('updatedNumberScheduled')],
    ['AVAILABLE', count('numberAvailable')],
    ['NODE SELECTOR', ({ spec }) => formatPairs(templateOf(spec).nodeSelector)],
  ],
  Job: [
    ['STATUS', jobStatus],
    ['COMPLETIONS', jobCompletions],
    ['DURATION', jobDuration],
  ],
  CronJob: [
    ['SCHEDULE', ({ spec }) => text(spec.schedule)],
    ['TIMEZONE', ({ spec }) => (spec.timeZone === undefined ? '<none>' : text(spec.timeZone))],
    ['SUSPEND', ({ spec }) => (spec.suspend === true ? 'True' : 'False')],
    ['ACTIVE', ({ status }) => String(records(status.active).length)],
    ['LAST SCHEDULE', ({ status }, nowMs) => sinceOr(status.lastScheduleTime, nowMs, '<none>')],
  ],
};

const containers: readonly WorkloadColumn[] = [
  ['CONTAINERS', ({ spec }) => containersOf(spec, 'name')],
  ['IMAGES', ({ spec }) => containersOf(spec, 'image')],
];
const withSelector: readonly WorkloadColumn[] = [
  ...containers,
  ['SELECTOR', ({ spec }) => formatSelector(spec.selector as LabelSelector | undefined)],
];

/** With `-o wide`, behind AGE. */
export const wideWorkloadColumns: Readonly<Record<WorkloadKind, readonly WorkloadColumn[]>> = {
  Deployment: withSelector,
  ReplicaSet: withSelector,
  StatefulSet: containers,
  DaemonSet: withSelector,
  Job: withSelector,
  CronJob: withSelector,
};

/** The pods' spec, also of a CronJob's jobs. */
export function templateOf(spec: Fields): Fields {
  const job = isRecord(spec.jobTemplate) ? spec.jobTemplate.spec : spec;
  const template = isRecord(job) ? job.template : undefined;
  return isRecord(template) && isRecord(template.spec) ? template.spec : {};
}

const containersOf = (spec: Fields, field: 'name' | 'image'): string =>
  records(templateOf(spec).containers)
    .map((container) => text(container[field] ?? '<none>'))
    .join(',');

function formatPairs(map: unknown): string {
  const pairs = isRecord(map) ? Object.entries(map).map(([key, value]) => `${key}=${text(value)}`) : [];
  return pairs.join(',') || '<none>';
}

/** kubectl's word for how a Job stands. */
export function jobStatus({ status, spec, metadata }: AppObject): string {
  const isTrue = (type: string): boolean =>
    records(status.conditions).some((condition) => condition.type === type && condition.status === 'True');
  if (isTrue('Complete')) return 'Complete';
  if (isTrue('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (spec.suspend === true || isTrue('Suspended')) return 'Suspended';
  if (isTrue('FailureTarget')) return 'FailureTarget';
  return isTrue('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobCompletions({ status, spec }: AppObject): string {
  const done = numberOf(status.succeeded);
  if (typeof spec.completions === 'number') return `${done}/${spec.completions}`;
  const parallelism = numberOf(spec.parallelism, 1);
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function jobDuration({ status }: AppObject, nowMs: number): string {
  const { startTime, completionTime } = status;
  if (typeof startTime !== 'string') return '';
  const endMs = typeof completionTime === 'string' ? Date.parse(completionTime) : nowMs;
  return formatAge(endMs - Date.parse(startTime));
}

const sinceOr = (timestamp: unknown, nowMs: number, otherwise: string): string =>
  typeof timestamp === 'string' ? formatSince(timestamp, nowMs) : otherwise;
