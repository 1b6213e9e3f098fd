import { expect, test } from 'vitest';
import { jobFromCronJob } from '../../../src/cli/job-from-cron-job.ts';

test('a Job of a CronJob has its template, its owner and the mark of what was made by hand', () => {
  const metadata = {
    ...{ name: 'tidy', namespace: 'shop', uid: 'cron', resourceVersion: '1', creationTimestamp: '' },
    annotations: { of: 'the CronJob itself' },
  };
  const jobTemplate = { metadata: { labels: { app: 'tidy' }, annotations: { a: 'b' } }, spec: { template: {} } };
  const cron = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: { schedule: '@daily', jobTemplate },
  } as const;
  expect(jobFromCronJob(cron, 'now')).toEqual({
    ...{ apiVersion: 'batch/v1', kind: 'Job', spec: { template: {} } },
    metadata: {
      ...{ name: 'now', namespace: 'shop', labels: { app: 'tidy' } },
      annotations: { a: 'b', 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'tidy', uid: 'cron', controller: true }],
    },
  });
});
