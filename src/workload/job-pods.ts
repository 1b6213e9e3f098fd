/** Pods of a Job: how they are made, and which go when there are too many. Pure. */
import {
  completionIndexKey,
  controllerUidLabel,
  indexFailureCountAnnotation,
  type JobObject,
  jobNameLabel,
} from '../model/job-spec.ts';
import type { OwnedPod, PodTemplate, WorkloadAction } from '../model/workload.ts';
import { indexOf } from './job-counts.ts';
import { createPods, podFromTemplate } from './new-pods.ts';
import { orderForDeletion } from './order-for-deletion.ts';
import { newNames } from './template-hash.ts';

export interface Surroundings {
  /** whose names are taken */
  readonly pods: readonly OwnedPod[];
  readonly nowMs: number;
}

export const createJobPods = (job: JobObject, count: number, surroundings: Surroundings): readonly WorkloadAction[] =>
  createPods(job, labelled(job), count, surroundings);

/** The pod that is to complete `index`. */
export function createIndexPod(
  job: JobObject,
  index: number,
  { pods, nowMs }: Surroundings,
): readonly WorkloadAction[] {
  const taken = new Set(pods.map(({ name }) => name));
  const names = newNames(`${job.name}-${index}-`, `${job.uid}/${nowMs}`, 1, taken);
  const template = indexed(job, labelled(job), index);
  return names.map((name) => ({ action: 'createPod', manifest: podFromTemplate(job, template, name) }));
}

function labelled({ name, uid, spec }: JobObject): PodTemplate {
  if (spec.manualSelector) return spec.template;
  const { metadata } = spec.template;
  const labels = {
    ...{ [jobNameLabel]: name, 'job-name': name },
    ...{ [controllerUidLabel]: uid, 'controller-uid': uid },
  };
  return { ...spec.template, metadata: { ...metadata, labels: { ...metadata?.labels, ...labels } } };
}

function indexed(job: JobObject, { metadata, spec }: PodTemplate, index: number): PodTemplate {
  const text = String(index);
  const failures = job.status.indexFailures?.[text] ?? 0;
  const counted =
    job.spec.backoffLimitPerIndex === undefined ? {} : { [indexFailureCountAnnotation]: String(failures) };
  return {
    metadata: {
      labels: { ...metadata?.labels, [completionIndexKey]: text },
      annotations: { ...metadata?.annotations, [completionIndexKey]: text, ...counted },
    },
    spec: {
      ...spec,
      hostname: `${job.name}-${text}`,
      ...withIndex(spec, 'containers', text),
      ...withIndex(spec, 'initContainers', text),
    },
  };
}

const indexVariable = 'JOB_COMPLETION_INDEX';

interface Container {
  readonly env?: readonly { readonly name: string }[] | null;
}

/** A variable of that name that the user wrote stays. */
function withIndex(
  spec: PodTemplate['spec'],
  list: 'containers' | 'initContainers',
  value: string,
): Partial<PodTemplate['spec']> {
  const containers = spec[list] as readonly Container[] | undefined;
  if (!containers) return {};
  const added = containers.map((container) => {
    const env = container.env ?? [];
    if (env.some(({ name }) => name === indexVariable)) return container;
    return { ...container, env: [...env, { name: indexVariable, value }] };
  });
  return { [list]: added };
}

/** At least `count` pods; before others those of no index that is wanted, and all but one of each (job/indexed_job_utils.go). */
export function surplusPods(
  job: JobObject,
  active: readonly OwnedPod[],
  count: number,
  nowMs: number,
): readonly OwnedPod[] {
  const order = orderForDeletion(active, nowMs);
  if (job.spec.completionMode !== 'Indexed') return order.slice(0, count);
  const useless = new Set<OwnedPod>(order.filter((pod) => indexOf(pod, job) === undefined));
  const kept = new Set<number>();
  for (const pod of [...order].reverse()) {
    const index = indexOf(pod, job);
    if (index === undefined) continue;
    if (kept.has(index)) useless.add(pod);
    kept.add(index);
  }
  const others = order.filter((pod) => !useless.has(pod)).slice(0, Math.max(count - useless.size, 0));
  return [...useless, ...others];
}
