/** What podd keeps of one pod on disk: `<root>/pods/<uid>.json`. Plain JSON; durations instead of points in time where decisions depend on them. */
import type { IdRange } from './id-range.ts';
import type { AddressPair } from './network.ts';
import type { PodManifest, PodSpec } from './pod-spec.ts';
import type { ContainerExit, PodCondition } from './pod-status.ts';
import type { ResourceSpec } from './resource-spec.ts';

export const podRecordVersion = 1;

/** An exit together with the run it ended. */
export interface RecordedExit extends ContainerExit {
  /** instance id of the run */
  readonly id: string;
  readonly attempt: number;
  /** its PID 1 ended it for a failed liveness or startup probe */
  readonly unhealthy?: true;
}

/** The history of one container (or of `_pod`) over all its runs. */
export interface RunRecord {
  /** restart count of the newest start (0 = first); absent: never started */
  readonly attempt?: number;
  readonly lastExit?: RecordedExit;
  /** the exit before `lastExit` */
  readonly previousExit?: RecordedExit;
  /** back-off that the next restart has to sit out; 0: the next one is at once */
  readonly nextBackoffMs: number;
  /** back-off that belongs to `lastExit`: the whole delay, and what was left of it when this was written */
  readonly backoffMs: number;
  readonly waitMs: number;
  /** podd wants a new start (its spec or a namespace it joined changed), whatever the policy says of its last exit; cleared by the start */
  readonly startAnyway: boolean;
  /** a user stopped it: it is not started before a user starts it */
  readonly stopped?: boolean;
  /** the run (instance id) that a user wants to be ended and followed by a new one */
  readonly restartId?: string;
  /** the change of its programs that is not performed yet restarts also what depends on the restarted ones */
  readonly cascade?: boolean;
}

/** Of a pod's own cgroup: its resources, and what its containers are to be protected of together (bytes, where it does not say so itself). */
export interface AppliedResources extends ResourceSpec {
  readonly keptLowBytes?: number;
  readonly keptMinBytes?: number;
}

/** Where a pod stands in its life as a whole. */
export interface PodLife {
  /** its init containers have succeeded and its sidecars have started: they do not run, or gate, again */
  readonly initialised: boolean;
  /** it has failed as a whole, for good */
  readonly failure?: { readonly reason: string; readonly message: string };
  /** a rule wants all of its containers ended, and then run anew from the first init container on */
  readonly restartAll?: true;
}

/** The beginning of every pod's life. */
export const newLife: PodLife = { initialised: false };

/** Labels and annotations: what others may set beside the manifest's file. */
export interface Marks {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface PodRecord {
  readonly version: typeof podRecordVersion;
  /** of the boot in which this was written */
  readonly bootId: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  /** RFC 3339 */
  readonly creationTimestamp: string;
  /** uid of the pod of the same name this one replaces; that pod is to be deleted */
  readonly replaces?: string;
  readonly manifest: PodManifest;
  /** what was applied last of its labels and annotations, or it was made with; absent: `manifest` says the same */
  readonly applied?: Marks;
  /** the truth for running */
  readonly spec: PodSpec;
  readonly runs: Readonly<Record<string, RunRecord>>;
  /** what the pod's own cgroup has; absent: it was not made yet */
  readonly appliedResources?: AppliedResources;
  /** in the pod network, from its first start until it is deleted */
  readonly addresses?: AddressPair;
  /** of its user namespace, from its first start until it is deleted */
  readonly users?: IdRange;
  /** absent: a new one's */
  readonly life?: PodLife;
  /** how long it had been active by then (activeDeadlineSeconds), and the monotonic clock of that boot; absent: it has no deadline */
  readonly active?: { readonly ms: number; readonly atMs: number };
  /** those that were set from outside: of readiness gates, mostly */
  readonly conditions?: readonly PodCondition[];
}

export const neverRun: RunRecord = { nextBackoffMs: 0, backoffMs: 0, waitMs: 0, startAnyway: false };
