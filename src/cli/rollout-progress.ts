/** How far the update of a workload has come, in kubectl's words (polymorphichelpers rollout_status). Pure. */
import type { WorkloadKind } from '../model/workload.ts';
import type { WorkloadCondition } from '../model/workload-spec.ts';
import type { AppObject } from '../protocol/objects.ts';
import { revisionNumber } from './rollout-history.ts';

/** What `rollout` reads of an object. */
export interface RolledOut {
  readonly kind: WorkloadKind;
  readonly metadata: Pick<AppObject['metadata'], 'name' | 'generation' | 'annotations'>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** `failed`: it will not get on by itself. */
export interface RolloutProgress {
  readonly state: 'under way' | 'done' | 'failed';
  readonly message: string;
}

/** Undefined for kinds that have no updates. `revision`: of a Deployment, which is to be rolled out; 0: whichever is. */
export function rolloutProgress(object: RolledOut, revision = 0): RolloutProgress | undefined {
  const judge = judges[object.kind];
  if (judge === undefined) return undefined;
  const { generation = 0, annotations } = object.metadata;
  const running = revisionNumber(annotations);
  if (object.kind === 'Deployment' && revision > 0 && running !== revision) {
    const message = `desired revision (${revision}) is different from the running revision (${running})`;
    return { state: 'failed', message };
  }
  if (numberOf(object.status.observedGeneration) < generation)
    return underWay(`Waiting for ${nouns[object.kind] ?? ''} spec update to be observed...`);
  return judge(object);
}

const nouns: Readonly<Partial<Record<WorkloadKind, string>>> = {
  Deployment: 'deployment',
  DaemonSet: 'daemon set',
  StatefulSet: 'statefulset',
};

const judges: Readonly<Partial<Record<WorkloadKind, (object: RolledOut) => RolloutProgress>>> = {
  Deployment: deploymentProgress,
  DaemonSet: daemonSetProgress,
  StatefulSet: statefulSetProgress,
};

const underWay = (message: string): RolloutProgress => ({ state: 'under way', message });
const done = (message: string): RolloutProgress => ({ state: 'done', message });
const numberOf = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);

function deploymentProgress({ metadata: { name }, spec, status }: RolledOut): RolloutProgress {
  const conditions = (status.conditions ?? []) as readonly WorkloadCondition[];
  if (conditions.some(({ reason }) => reason === 'ProgressDeadlineExceeded'))
    return { state: 'failed', message: `deployment "${name}" exceeded its progress deadline` };
  const waiting = (what: string) => underWay(`Waiting for deployment "${name}" rollout to finish: ${what}...`);
  const wanted = numberOf(spec.replicas, 1);
  const [updated, all, available] = [status.updatedReplicas, status.replicas, status.availableReplicas].map((count) =>
    numberOf(count),
  ) as [number, number, number];
  if (updated < wanted) return waiting(`${updated} out of ${wanted} new replicas have been updated`);
  if (all > updated) return waiting(`${all - updated} old replicas are pending termination`);
  if (available < updated) return waiting(`${available} of ${updated} updated replicas are available`);
  return done(`deployment "${name}" successfully rolled out`);
}

function daemonSetProgress({ metadata: { name }, spec, status }: RolledOut): RolloutProgress {
  if (strategyOf(spec) !== 'RollingUpdate') return noStatus;
  const waiting = (what: string) => underWay(`Waiting for daemon set "${name}" rollout to finish: ${what}...`);
  const desired = numberOf(status.desiredNumberScheduled);
  const updated = numberOf(status.updatedNumberScheduled);
  const available = numberOf(status.numberAvailable);
  if (updated < desired) return waiting(`${updated} out of ${desired} new pods have been updated`);
  if (available < desired) return waiting(`${available} of ${desired} updated pods are available`);
  return done(`daemon set "${name}" successfully rolled out`);
}

function statefulSetProgress({ spec, status }: RolledOut): RolloutProgress {
  if (strategyOf(spec) !== 'RollingUpdate') return noStatus;
  const wanted = numberOf(spec.replicas, 1);
  const ready = numberOf(status.readyReplicas);
  const updated = numberOf(status.updatedReplicas);
  if (ready < wanted) return underWay(`Waiting for ${wanted - ready} pods to be ready...`);
  const { rollingUpdate } = (spec.updateStrategy ?? {}) as { readonly rollingUpdate?: { readonly partition?: number } };
  const partition = rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    const due = Math.max(wanted - partition, 0);
    if (updated < due)
      return underWay(
        `Waiting for partitioned roll out to finish: ${updated} out of ${due} new pods have been updated...`,
      );
    return done(`partitioned roll out complete: ${updated} new pods have been updated...`);
  }
  if (status.updateRevision !== status.currentRevision)
    return underWay(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${String(status.updateRevision)}...`,
    );
  return done(
    `statefulset rolling update complete ${numberOf(status.currentReplicas)} pods at revision ${String(status.currentRevision)}...`,
  );
}

const strategyOf = ({ updateStrategy }: RolledOut['spec']): string =>
  (updateStrategy as { readonly type?: string } | undefined)?.type ?? 'RollingUpdate';

const noStatus: RolloutProgress = {
  state: 'failed',
  message: 'rollout status is only available for RollingUpdate strategy type',
};
