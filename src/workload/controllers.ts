/** One entry per kind that makes pods: how its spec is read, what it makes besides pods, what it decides, and how it says so. Pure. */
import type { PlanWorkload, WorkloadKind } from '../model/workload.ts';
import { cronJobSpec, jobSpec } from './default-job-spec.ts';
import { daemonSetSpec, deploymentSpec, replicaSetSpec, statefulSetSpec } from './default-spec.ts';
import { planCronJob } from './plan-cron-job.ts';
import { planDaemonSet } from './plan-daemon-set.ts';
import { planDeployment } from './plan-deployment.ts';
import { planJob } from './plan-job.ts';
import { planReplicaSet } from './plan-replica-set.ts';
import { planStatefulSet } from './plan-stateful-set.ts';

/** `S`: its spec with defaults; only `controllerOf` makes one for the loop, so that spec and plan always belong together. */
interface ControllerEntry<S, T> {
  /** the spec as written, with defaults filled in */
  readonly spec: (written: Readonly<Record<string, unknown>>) => S;
  readonly plan: PlanWorkload<S, T>;
  /** kind of the objects that are its family beside pods */
  readonly makes?: WorkloadKind;
  /** its family has PersistentVolumeClaims */
  readonly makesClaims?: boolean;
  /** its family has ControllerRevisions */
  readonly keepsHistory?: boolean;
  /** its status is on disk before a pod of it is deleted: what the deletion stands for is told by it alone */
  readonly savesFirst?: boolean;
  /** other words of the events SuccessfulCreate and SuccessfulDelete than `Created pod: x` */
  readonly say?: (verb: 'create' | 'delete', pod: string, owner: string) => string;
}

export type Controller = ControllerEntry<never, Readonly<Record<string, unknown>>> & {
  readonly plan: PlanWorkload<never>;
};

// What a planner writes as status is what it reads: podd keeps it as plain JSON in between.
const controllerOf = <S, T>(entry: ControllerEntry<S, T>): Controller => entry as unknown as Controller;

/** A kind that is not here is stored, and nothing is made of it. */
export const controllers: Readonly<Partial<Record<WorkloadKind, Controller>>> = {
  Deployment: controllerOf({ spec: deploymentSpec, plan: planDeployment, makes: 'ReplicaSet' }),
  ReplicaSet: controllerOf({ spec: replicaSetSpec, plan: planReplicaSet }),
  DaemonSet: controllerOf({ spec: daemonSetSpec, plan: planDaemonSet, keepsHistory: true }),
  StatefulSet: controllerOf({
    ...{ spec: statefulSetSpec, plan: planStatefulSet, makesClaims: true, keepsHistory: true },
    say: (verb, pod, owner) => `${verb} Pod ${pod} in StatefulSet ${owner} successful`,
  }),
  Job: controllerOf({ spec: jobSpec, plan: planJob, savesFirst: true }),
  CronJob: controllerOf({ spec: cronJobSpec, plan: planCronJob, makes: 'Job' }),
};
