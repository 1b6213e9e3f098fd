/** Rules for CronJobs (Kubernetes batch/validation, robfig/cron's standard parser). */
import { parseDuration } from '../util/duration.ts';
import { newCheckEffort } from './check-effort.ts';
import { type FieldPath, invalid, type ProblemSink, required } from './field-problem.ts';
import { checkNotNegative } from './rules-counts.ts';
import { checkJobSpec, checkNoSelector } from './rules-job.ts';
import { checkMetadata } from './rules-metadata.ts';
import { checkCron, checkTimeZone } from './rules-schedule.ts';
import { isOurs } from './rules-workloads.ts';
import type { Loose } from './schema.ts';
import type { CronJobInput } from './schema-jobs.ts';

/** Its jobs' names are its own and eleven characters. */
const maxName = 52;

export function checkCronJob({ metadata, spec, apiVersion }: Loose<CronJobInput>, problems: ProblemSink): void {
  checkMetadata(metadata, problems);
  const { name } = metadata ?? {};
  if (name !== undefined && name.length > maxName)
    problems.error(['metadata', 'name'], invalid(name, `must be no more than ${maxName} characters`));
  if (spec === undefined) return;
  checkWhen(spec, problems);
  const { startingDeadlineSeconds, successfulJobsHistoryLimit, failedJobsHistoryLimit } = spec;
  const numbers = { startingDeadlineSeconds, successfulJobsHistoryLimit, failedJobsHistoryLimit };
  checkNotNegative(numbers, ['spec'], problems);
  const job = spec.jobTemplate?.spec;
  if (job === undefined) return;
  const path: FieldPath = ['spec', 'jobTemplate', 'spec'];
  checkJobSpec(job, path, isOurs(apiVersion), problems);
  checkNoSelector(job, path, problems);
}

function checkWhen({ schedule, timeZone }: NonNullable<Loose<CronJobInput>['spec']>, problems: ProblemSink): void {
  const effort = newCheckEffort();
  if (schedule !== undefined) checkExpression(schedule, ['spec', 'schedule'], problems);
  if (timeZone === undefined) return;
  const path = ['spec', 'timeZone'];
  if (timeZone === '') problems.error(path, invalid('', 'timeZone must be nil or non-empty string'));
  else if (timeZone.toLowerCase() === 'local')
    problems.error(path, invalid(timeZone, 'timeZone must be an explicit time zone, by its IANA name'), {
      hint: 'examples: UTC, Europe/Berlin',
    });
  else checkTimeZone(timeZone, effort, path, problems);
}

function checkExpression(schedule: string, path: FieldPath, problems: ProblemSink): void {
  const text = schedule.trim();
  if (text === '') return problems.error(path, required());
  if (/^(CRON_)?TZ=/.test(text))
    return problems.error(path, invalid(schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  const every = /^@every\s+(.+)$/.exec(text)?.[1];
  if (every !== undefined) {
    if ((parseDuration(every) ?? 0) > 0) return;
    return problems.error(path, invalid(schedule, 'must be a duration after @every'), { hint: '@every 1h30m' });
  }
  const count = text.split(/\s+/).length;
  if (!text.startsWith('@') && count !== 5)
    return problems.error(path, invalid(schedule, `expected exactly 5 fields, found ${count}`), {
      hint: 'minute hour day month weekday: "*/5 * * * *", "30 2 * * MON-FRI", @daily',
    });
  checkCron(schedule, newCheckEffort(), path, problems);
}
