/** What the reconciler sees of one pod: input of `decide` and `derivePodStatus`. Times ending in Ms are monotonic milliseconds. */
import type { AddressPair, Bandwidth } from '../model/network.ts';
import type { AppliedResources, PodLife, RunRecord } from '../model/pod-record.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { HealthState, ProgramState } from '../protocol/init.ts';

/** One started container (or `_pod`) that is not yet cleaned away. */
export interface InstanceView {
  readonly id: string;
  readonly attempt: number;
  /** `launching`: its namespaces and root are being made; `running`: others can join it; `exited`: to be removed */
  readonly state: 'launching' | 'running' | 'exited';
  /** RFC 3339; absent until a program was exec'd */
  readonly startedAt?: string;
  /** what it was started with (resources and programs: as applied last); absent for `_pod` */
  readonly spec?: ContainerSpec;
  /** instance ids of those whose namespaces it joined, by container name */
  readonly joined: Readonly<Record<string, string>>;
  /** it was asked to end; from `deadlineMs` on it is killed */
  readonly stop?: { readonly graceMs: number; readonly deadlineMs: number };
  /** as its init told last; absent until it did, and of `_pod` */
  readonly programs?: readonly ProgramState[];
  /** as its init told last; absent: it has no probes or hooks */
  readonly health?: HealthState;
  /** directory names of the cgroup leaves that were made for programs */
  readonly leaves?: readonly string[];
}

export interface ContainerView {
  readonly run: RunRecord;
  /** not to be started before */
  readonly restartAtMs: number;
  readonly instance?: InstanceView;
}

/** An action that failed; it is not tried again before `retryAtMs`. */
export interface ActionFailure {
  readonly message: string;
  /** of the PodError that it was refused with */
  readonly code?: string;
  readonly retryAtMs: number;
  readonly count: number;
}

export interface PodView {
  /** one way: sync → terminating (→ terminated, when nothing is decided any more) */
  readonly phase: 'sync' | 'terminating';
  /** another pod of this name has to end first */
  readonly held: boolean;
  readonly deletion?: { readonly graceMs: number; readonly deadlineMs: number };
  /** it is deleted, but connections may still be sent to it: nothing of it is stopped before they are not */
  readonly leaving?: true;
  readonly life: PodLife;
  /** its end without a deletion has begun (`isEnding`), and has to be over by then */
  readonly ending?: { readonly graceMs: number; readonly deadlineMs: number };
  /** when it began to count for activeDeadlineSeconds */
  readonly activeSinceMs: number;
  /** the zygote may hold namespaces for this pod */
  readonly sandboxHeld: boolean;
  /** the zygote that held them is gone: who lives in them has to be ready before others can join through it */
  readonly sandboxLost: boolean;
  /** what the pod's own cgroup has; absent: it is not there */
  readonly appliedResources?: AppliedResources;
  /** in the pod network; absent: none yet */
  readonly addresses?: AddressPair;
  /** what the link of the living pod is known to have; absent: nothing is known, or no limit */
  readonly limited?: Bandwidth;
  /** by name, `_pod` included; also containers that are no longer in the spec but still live */
  readonly containers: ReadonlyMap<string, ContainerView>;
  /** by actionKey */
  readonly failures: ReadonlyMap<string, ActionFailure>;
}

/** An instance whose processes may live. */
export function isLive(instance: InstanceView | undefined): boolean {
  return instance !== undefined && instance.state !== 'exited';
}

/** The attempt number of the next start: one more than the newest that is known to have ended. */
export function nextAttempt(run: RunRecord): number {
  if (run.attempt === undefined) return 0;
  return run.lastExit?.attempt === run.attempt ? run.attempt + 1 : run.attempt;
}

/** A container of the pod was started once, whatever has become of it. */
export const hasBegun = ({ containers }: PodView): boolean =>
  [...containers.values()].some(({ instance, run }) => instance !== undefined || run.attempt !== undefined);
