/** What Kubernetes says of a container's life beyond its programs: hooks, probes, how it ends. After normalisation: part of ContainerSpec. */
import type { ProbeHandlerSpec } from './pod-spec.ts';

/** `init`: runs to success before the next starts; `sidecar`: an init container with restartPolicy Always. Absent: one of spec.containers. */
export type ContainerRole = 'init' | 'sidecar';

/** Kubernetes' Probe of a container, in ms. */
export interface ContainerProbeSpec {
  readonly handler: ProbeHandlerSpec;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** the probe's own terminationGracePeriodSeconds; startup and liveness only */
  readonly graceMs?: number;
}

/** LifecycleHandler of postStart and preStop. */
export type HookSpec = ProbeHandlerSpec | { readonly kind: 'sleep'; readonly ms: number };

/** What podinit looks after for the container as a whole; all absent: it is started and ready as soon as its programs are. */
export interface HealthSpec {
  /** the pod's grace, for when podinit ends the container by itself */
  readonly graceMs: number;
  /** after a failed probe it is started again: its restartPolicy is not Never */
  readonly restarts: boolean;
  /** gates the other two until it has succeeded once in this run */
  readonly startup?: ContainerProbeSpec;
  readonly readiness?: ContainerProbeSpec;
  readonly liveness?: ContainerProbeSpec;
  readonly postStart?: HookSpec;
  readonly preStop?: HookSpec;
}

/** The kubelet's minimumGracePeriodInSeconds: programs get as much, whatever preStop has used up. */
export const minimumGraceMs = 2_000;

/** Kubernetes' terminationMessagePath and -Policy. */
export interface TerminationMessageSpec {
  /** absolute path in the container; default /dev/termination-log */
  readonly path: string;
  /** FallbackToLogsOnError: an empty file and a bad exit give the log's end instead (2048 bytes, 80 lines) */
  readonly policy: 'File' | 'FallbackToLogsOnError';
}

/** Kubernetes' defaults. */
export const defaultTerminationMessage: TerminationMessageSpec = { path: '/dev/termination-log', policy: 'File' };

/** ContainerRestartRule: the first that matches an exit code counts, before restartPolicy does. */
export interface RestartRule {
  readonly action: 'Restart' | 'RestartAllContainers';
  readonly operator: 'In' | 'NotIn';
  readonly values: readonly number[];
}
