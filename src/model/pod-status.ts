/** What is: Kubernetes' PodStatus words. Times are RFC 3339 strings for people; decisions use monotonic ms kept beside them. */

import type { ProgramState } from '../protocol/init.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** How a container's run ended, as podd knows it. `unknown`: the status was lost and is never invented. */
export interface ContainerExit {
  readonly exitCode: number;
  /** signal number when killed by one (exitCode is then 128+n) */
  readonly signal?: number;
  /** Completed | Error | OOMKilled | ContainerCannotRun | DeadlineExceeded | Unknown */
  readonly reason: string;
  /** its termination message, or why it could not run */
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt: string;
}

export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: ContainerExit & { readonly containerID?: string } };

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly ready: boolean;
  readonly started: boolean;
  /** podctl's: all its programs are frozen by `podctl pause` */
  readonly paused?: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  /** podctl's: its programs as podinit last told of them; absent for a plain `command` and while it does not run */
  readonly programs?: readonly ProgramState[];
}

export interface PodCondition {
  /** Kubernetes' PodScheduled, PodReadyToStartContainers, Initialized, ContainersReady, Ready, DisruptionTarget, or a readiness gate's */
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime: string;
  /** of the pod that it judges; absent: it was set from outside, and did not say */
  readonly observedGeneration?: number;
}

/** Of init containers too, in the pod's order. */
export const allStatuses = ({
  initContainerStatuses = [],
  containerStatuses = [],
}: Partial<Pick<PodStatus, 'initContainerStatuses' | 'containerStatuses'>>): readonly ContainerStatus[] => [
  ...initContainerStatuses,
  ...containerStatuses,
];

export interface PodStatus {
  readonly phase: PodPhase;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions: readonly PodCondition[];
  /** absent: the pod has no init containers */
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses: readonly ContainerStatus[];
  readonly startTime?: string;
  /** Kubernetes': the metadata.generation that containers were last brought to; absent until podd has looked once */
  readonly observedGeneration?: number;
  readonly qosClass: 'Guaranteed' | 'Burstable' | 'BestEffort';
  readonly hostIP?: string;
  readonly hostIPs?: readonly { readonly ip: string }[];
  /** its IPv4 address in the pod network; of a pod with hostNetwork hostIP */
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
}
