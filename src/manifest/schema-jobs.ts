/** Kubernetes batch/v1: what runs to its end. Rules beyond types stand in rules-job.ts and rules-cron-job.ts. */
import type { z } from 'zod';
import { fields, fieldsWith, flag, int32, int64, labelSelector, list, oneOf, text } from './schema-kinds.ts';
import { templateMetadata } from './schema-metadata.ts';
import { type podTemplates, workloadSchemas } from './schema-workloads.ts';

const podFailurePolicy = fields({
  rules: list(
    fields({
      action: oneOf('FailJob', 'FailIndex', 'Ignore', 'Count'),
      onExitCodes: fields({ containerName: text, operator: oneOf('In', 'NotIn'), values: list(int32) }),
      onPodConditions: list(fields({ type: text, status: text })),
    }),
  ),
});

const jobSpecOf = (template: typeof podTemplates.podctl) =>
  fieldsWith(
    { template },
    {
      parallelism: int32.meta({ description: 'Pods at once; default 1', minimum: 0 }),
      completions: int32.meta({ description: 'Pods that have to succeed; default 1', minimum: 0 }),
      completionMode: oneOf('NonIndexed', 'Indexed'),
      activeDeadlineSeconds: int64.meta({ description: 'The job fails when it takes longer', minimum: 0 }),
      backoffLimit: int32.meta({ description: 'Failures that are tried again; default 6', minimum: 0 }),
      ...{ backoffLimitPerIndex: int32, maxFailedIndexes: int32, podFailurePolicy },
      successPolicy: fields({ rules: list(fields({ succeededIndexes: text, succeededCount: int32 })) }),
      ttlSecondsAfterFinished: int32.meta({ description: 'When it is over for so long, it is deleted', minimum: 0 }),
      ...{ suspend: flag, selector: labelSelector, manualSelector: flag, managedBy: text },
      podReplacementPolicy: oneOf('TerminatingOrFailed', 'Failed'),
    },
  );

export const jobSchemas = workloadSchemas('Job', 'batch/v1', jobSpecOf, 'Pods that run to their end');

export const cronJobSchemas = workloadSchemas(
  'CronJob',
  'batch/v1',
  (template) =>
    fieldsWith(
      {
        schedule: text.meta({ description: 'When: "*/5 * * * *", "@hourly"' }),
        jobTemplate: fieldsWith({ spec: jobSpecOf(template) }, { metadata: templateMetadata }),
      },
      {
        timeZone: text.meta({ description: 'IANA name; default: the machine’s' }),
        startingDeadlineSeconds: int64,
        concurrencyPolicy: oneOf('Allow', 'Forbid', 'Replace'),
        suspend: flag,
        ...{ successfulJobsHistoryLimit: int32, failedJobsHistoryLimit: int32 },
      },
    ),
  'Jobs by the clock',
);

export type JobInput = z.infer<typeof jobSchemas.ownSchema>;
export type CronJobInput = z.infer<typeof cronJobSchemas.ownSchema>;
