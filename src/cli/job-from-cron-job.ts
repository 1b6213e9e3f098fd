/** A Job made of a CronJob's template by hand, as kubectl makes it. Pure. */
import { instantiateAnnotation } from '../model/job-spec.ts';
import type { AppObject } from '../protocol/objects.ts';

type CronJob = Pick<AppObject<'CronJob'>, 'apiVersion' | 'kind' | 'metadata' | 'spec'>;

/** The CronJob owns it: it goes with it, and when it is over it counts among those that are kept. */
export function jobFromCronJob({ apiVersion, kind, metadata, spec }: CronJob, name: string): object {
  const template = spec.jobTemplate as {
    readonly metadata?: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: object;
  };
  const { labels, annotations } = template.metadata ?? {};
  return {
    ...{ apiVersion, kind: 'Job' },
    metadata: {
      ...{ name, namespace: metadata.namespace },
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [instantiateAnnotation]: 'manual' },
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }],
    },
    spec: template.spec,
  };
}
