import type { CronJobObject, CronJobSpec, JobObject, JobSpec } from '../../../src/model/job-spec.ts';
import { completionIndexKey, controllerUidLabel } from '../../../src/model/job-spec.ts';
import type { StatefulSetObject, StatefulSetSpec } from '../../../src/model/stateful-set-spec.ts';
import type { OwnedPod, PodTemplate, WorkloadAction } from '../../../src/model/workload.ts';
import { cronJobSpec, jobSpec } from '../../../src/workload/default-job-spec.ts';
import { statefulSetSpec } from '../../../src/workload/default-spec.ts';
import { aPod, aTemplate, noonMs } from './builders.ts';

const metadata = {
  ...{ namespace: 'default', generation: 1, createdMs: noonMs - 3_600_000 },
  ...{ labels: {}, annotations: {}, isDeleting: false },
};

export const aJobTemplate: PodTemplate = {
  spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'host', command: ['true'] }] },
};

/** Its spec as written: defaults are filled in. */
export function aJob(written: Partial<JobSpec> = {}, over: Partial<JobObject> = {}): JobObject {
  return {
    ...metadata,
    ...{ apiVersion: 'batch/v1', kind: 'Job', name: 'sum', uid: 'job-uid', status: {} },
    spec: jobSpec({ template: aJobTemplate, ...written }),
    ...over,
  };
}

const controller = (kind: string, uid: string) => ({
  ...{ apiVersion: 'batch/v1', kind, name: 'sum', uid, controller: true },
});

/** One that the Job of `aJob` has made. */
export function aJobPod(name: string, over: Partial<OwnedPod> & { readonly index?: number } = {}): OwnedPod {
  const { index, ...rest } = over;
  return aPod(name, {
    labels: { [controllerUidLabel]: 'job-uid' },
    owner: controller('Job', 'job-uid'),
    annotations: index === undefined ? {} : { [completionIndexKey]: String(index) },
    isReady: rest.phase === undefined,
    ...rest,
  });
}

export function aCronJob(written: Partial<CronJobSpec> = {}, over: Partial<CronJobObject> = {}): CronJobObject {
  const jobTemplate = { metadata: { labels: { app: 'tick' } }, spec: { template: aJobTemplate } };
  return {
    ...metadata,
    ...{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', uid: 'cron-uid', status: {} },
    spec: cronJobSpec({ schedule: '*/5 * * * *', timeZone: 'UTC', jobTemplate, ...written }),
    ...over,
  };
}

export function aStatefulSet(
  written: Readonly<Record<string, unknown>> = {},
  over: Partial<StatefulSetObject> = {},
): StatefulSetObject {
  const spec: StatefulSetSpec = statefulSetSpec({
    ...{ replicas: 3, selector: { matchLabels: { app: 'web' } }, template: aTemplate(), serviceName: 'peers' },
    ...written,
  });
  return {
    ...metadata,
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'owner' },
    status: {},
    spec,
    ...over,
  };
}

/** `create sum-0-xyz` without what is generated, `delete sum-a`, `event Completed`. */
export const wordsOf = (actions: readonly WorkloadAction[]): readonly string[] => actions.map(wordOf);

function wordOf(action: WorkloadAction): string {
  switch (action.action) {
    case 'createPod':
      return `create ${action.manifest.metadata.name.replace(/-[bcdfghjklmnpqrstvwxz2-9]{5}$/, '')}`;
    case 'createObject':
      return `create ${action.manifest.kind} ${(action.manifest.metadata as { readonly name: string }).name}`;
    case 'deleteObject':
      return `delete ${action.kind} ${action.name}`;
    case 'deletePod':
      return `delete ${action.name}`;
    case 'event':
      return `event ${action.reason}`;
    default:
      return action.action;
  }
}
