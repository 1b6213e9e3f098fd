/** What a document of Kubernetes promises, as questions about what became of it. Pure. */
import type { ContainerStatus } from '../../../src/model/pod-status.ts';
import type { PodObject } from '../../../src/protocol/objects.ts';
import { isReady, lastExit, waitingReason } from '../pods.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The document's object as the API shows it, and the pods of its namespace that are not being deleted. */
export interface Outcome {
  readonly object: { readonly kind: string; readonly spec?: Fields; readonly status?: Fields };
  readonly pods: readonly PodObject[];
}

export interface Want {
  /** ends the name of a test: `pods/simple-pod is ready` */
  readonly what: string;
  readonly holds: (outcome: Outcome) => boolean;
}

const statuses = ({ pods }: Outcome): readonly ContainerStatus[] =>
  pods.flatMap(({ status }) => [...(status.initContainerStatuses ?? []), ...status.containerStatuses]);

const some = (what: string, holds: (status: ContainerStatus) => boolean): Want => ({
  what,
  holds: (outcome) => statuses(outcome).some(holds),
});

const conditionOf = ({ object }: Outcome, type: string): Fields | undefined => {
  const conditions = (object.status?.conditions ?? []) as readonly Fields[];
  return conditions.find((condition) => condition.type === type && condition.status === 'True');
};

/** A pod is Ready, a workload has as many ready pods as it wants and says so, other objects are there. */
export const ready: Want = {
  what: 'is ready',
  holds: (outcome) => {
    const { object, pods } = outcome;
    const { spec = {}, status = {} } = object;
    const { replicas = 1 } = spec;
    const allReady = (count: unknown): boolean => pods.filter(isReady).length === count;
    switch (object.kind) {
      case 'Pod':
        return allReady(1) && pods[0]?.status.phase === 'Running';
      case 'Deployment':
        return (
          conditionOf(outcome, 'Available') !== undefined && allReady(replicas) && status.readyReplicas === replicas
        );
      case 'ReplicaSet':
      case 'StatefulSet':
        return allReady(replicas) && status.readyReplicas === replicas;
      case 'DaemonSet':
        return allReady(1) && status.numberReady === 1;
      case 'Job':
        return conditionOf(outcome, 'Complete') !== undefined;
      case 'PersistentVolumeClaim':
        return status.phase === 'Bound';
      default:
        return true;
    }
  },
};

const phase =
  (wanted: string): Want['holds'] =>
  ({ pods }) =>
    pods.length > 0 && pods.every(({ status }) => status.phase === wanted);

export const succeeds: Want = { what: 'succeeds', holds: phase('Succeeded') };
export const isPending: Want = { what: 'stays pending', holds: phase('Pending') };
export const runs: Want = { what: 'runs', holds: phase('Running') };

/** A container has ended, with this reason, and been started again or is going to be. */
export const restarts = (reason: string): Want =>
  some(`restarts after ${reason}`, (status) => status.restartCount > 0 && lastExit(status)?.reason === reason);

/** Its program cannot be started. */
export const cannotStart: Want = some('cannot start its program', (status) =>
  ['ContainerCannotRun', 'StartError'].includes(lastExit(status)?.reason ?? ''),
);

export const endsWith = (message: string): Want =>
  some(`ends with the message ${message}`, (status) => lastExit(status)?.message?.trim() === message);

export const waits = (reason: string): Want =>
  some(`waits for ${reason}`, (status) => waitingReason(status) === reason);

export const jobFails = (reason: string): Want => ({
  what: `fails with ${reason}`,
  holds: (outcome) => conditionOf(outcome, 'Failed')?.reason === reason,
});

export const hasActive = (count: number): Want => ({
  what: `has ${count} pods that run`,
  holds: ({ object, pods }) =>
    object.status?.active === count && pods.every(({ status }) => status.phase === 'Running'),
});

/** Of a CronJob whose minute has come. */
export const ranOnce: Want = {
  what: 'has run',
  holds: ({ object, pods }) => object.status?.lastSuccessfulTime !== undefined && pods.length > 0,
};
