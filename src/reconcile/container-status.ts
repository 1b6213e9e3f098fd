/** What is seen of one container in Kubernetes' words. Pure. */

import { isClaimMissing, isVolumeMissing } from '../manifest/volume-references.ts';
import { actionKey, podInitName } from '../model/action.ts';
import { neverRun, type RecordedExit, type RunRecord } from '../model/pod-record.ts';
import type { ContainerSpec, RootSource } from '../model/pod-spec.ts';
import type { ContainerState, ContainerStatus } from '../model/pod-status.ts';
import { isIncomplete } from './container-drift.ts';
import { unreadyPrograms } from './container-readiness.ts';
import { endReason } from './end-reason.ts';
import { joinedContainers } from './order.ts';
import type { ActionFailure, ContainerView, InstanceView, PodView } from './pod-view.ts';
import { isFinished, succeeded } from './restart-policy.ts';

export interface ContainerSurroundings {
  /** monotonic */
  readonly nowMs: number;
  /** how people know it (`web_default(uid)`), for messages */
  readonly pod: string;
  /** nothing of the pod runs again by itself */
  readonly isOver: boolean;
  /** why a container waits that nothing else keeps from running: PodInitializing in a pod with init containers, else ContainerCreating */
  readonly waits: 'PodInitializing' | 'ContainerCreating';
  /** why none of the pod's volumes is mounted; empty: nothing keeps them from it */
  readonly missingVolumes: readonly string[];
}

export function deriveContainerStatus(
  container: ContainerSpec,
  view: PodView,
  around: ContainerSurroundings,
): ContainerStatus {
  const seen = view.containers.get(container.name);
  const state = containerState(container, seen, view, around);
  const last = lastExit(state, seen?.run);
  const id = seen?.instance?.id ?? seen?.run.lastExit?.id;
  const running = 'running' in state;
  const programs = running ? (seen?.instance?.programs ?? []) : [];
  const paused = programs.length > 0 && programs.every((program) => program.paused === true);
  return {
    name: container.name,
    image: imageOf(container.root),
    imageID: '',
    ...(id === undefined ? {} : { containerID: containerId(id) }),
    ready: isReady(container, view, state) && !paused,
    started: running && seen?.instance?.health?.started !== false,
    ...(paused ? { paused } : {}),
    restartCount: seen?.run.attempt ?? 0,
    state,
    ...(last === undefined ? {} : { lastState: { terminated: terminated(last) } }),
    ...(container.isPlain || !running ? {} : { programs }),
  };
}

/** An init container is ready when it has succeeded. What is about to be ended is no longer ready, or who waits for a change would be told of the run before it. */
function isReady(container: ContainerSpec, view: PodView, state: ContainerState): boolean {
  if (container.role === 'init') return 'terminated' in state && succeeded(state.terminated);
  const instance = view.containers.get(container.name)?.instance;
  if (instance === undefined || !('running' in state) || instance.health?.ready === false) return false;
  return unreadyPrograms(container, instance.programs ?? []).length === 0 && !isLeaving(container, instance, view);
}

function isLeaving(container: ContainerSpec, instance: InstanceView, view: PodView): boolean {
  if (view.phase !== 'sync') return false;
  return instance.stop !== undefined || endReason(container, instance, view) !== undefined;
}

function containerState(
  container: ContainerSpec,
  seen: ContainerView | undefined,
  view: PodView,
  around: ContainerSurroundings,
): ContainerState {
  const { instance, run } = seen ?? {};
  if (instance?.state === 'running' && instance.startedAt !== undefined) {
    return { running: { startedAt: instance.startedAt } };
  }
  if (instance !== undefined && instance.state !== 'exited') return waiting(around.waits);
  const hasEnded = around.isOver || isOver(container, run ?? neverRun, view);
  if (run?.lastExit !== undefined && hasEnded) return { terminated: terminated(run.lastExit) };
  return waitingState(container, seen, view, around);
}

/** Ended for good or until it is started by request, or ended in a pod that is being deleted. */
function isOver(container: ContainerSpec, run: RunRecord, view: PodView): boolean {
  return view.phase === 'terminating' || run.stopped === true || isFinished(container, run);
}

function waitingState(
  container: ContainerSpec,
  seen: ContainerView | undefined,
  view: PodView,
  around: ContainerSurroundings,
): ContainerState {
  const { name, root } = container;
  if (seen?.run.stopped === true) return waiting('Stopped', stoppedMessage);
  if (!view.held && around.missingVolumes.length > 0) return waiting(around.waits, around.missingVolumes.join('; '));
  if (!view.held && container.role === undefined && isInitialising(view, around)) return waiting(around.waits);
  if (root.kind === 'image') return waiting('ErrImageNeverPull', cannotPull(root.reference));
  if (isIncomplete(container)) return waiting(lackingReason(container), container.missing?.join('; '));
  const failure = view.failures.get(actionKey({ action: 'startContainer', container: name, attempt: 0 }));
  if (failure !== undefined) return waiting(failureReason(failure), failure.message);
  return restartState(container, seen, view, around);
}

/** A pod without init containers has nothing to wait for. */
const isInitialising = ({ life }: PodView, { waits }: ContainerSurroundings): boolean =>
  waits === 'PodInitializing' && !life.initialised;

/** It could start, as far as it is up to the container itself. */
function restartState(
  container: ContainerSpec,
  seen: ContainerView | undefined,
  view: PodView,
  around: ContainerSurroundings,
): ContainerState {
  if (seen !== undefined && seen.run.backoffMs > 0 && seen.restartAtMs > around.nowMs) {
    const delay = formatDelay(seen.run.backoffMs);
    const message = `back-off ${delay} restarting failed container=${container.name} pod=${around.pod}`;
    return waiting('CrashLoopBackOff', message);
  }
  if (view.life.restartAll === true) return waiting('RestartingAllContainers');
  if (view.held) return waiting('ContainerCreating', 'the pod of the same name before this one has to end first');
  const missing = joinedContainers(container).find((owner) => !isJoinable(owner, view));
  if (missing !== undefined) return waiting('WaitingForNamespace', namespaceMessage(missing, view));
  const isDueAnew = seen?.run.startAnyway === true && isInitialising(view, around);
  if (seen?.run.lastExit !== undefined && !isDueAnew) return { terminated: terminated(seen.run.lastExit) };
  return waiting(around.waits);
}

/** A pod without its claims is not begun at all, and what volumes lack is found before what variables lack. */
const lackingReason = ({ missing = [] }: ContainerSpec): string =>
  missing.some((what) => isClaimMissing(what) || isVolumeMissing(what))
    ? 'ContainerCreating'
    : 'CreateContainerConfigError';

/** A pod that found no address says so, one whose volumes are not ready is still being made; of all else the message tells. */
function failureReason({ code }: ActionFailure): string {
  if (code === 'Volume') return 'ContainerCreating';
  if (code === 'EnvFile') return 'CreateContainerConfigError';
  return code === 'AddressesExhausted' ? code : 'CreateContainerError';
}

function isJoinable(owner: string, view: PodView): boolean {
  return view.containers.get(owner)?.instance?.state === 'running';
}

function namespaceMessage(owner: string, view: PodView): string {
  const failure = owner === podInitName ? view.failures.get('startPodInit') : undefined;
  const what = owner === podInitName ? "the pod's shared pid namespace" : `container ${owner}`;
  return `${what}, whose namespace it joins, does not run${failure === undefined ? '' : `: ${failure.message}`}`;
}

/** The run before the one that `state` tells of. */
function lastExit(state: ContainerState, run: RunRecord | undefined): RecordedExit | undefined {
  return 'terminated' in state ? run?.previousExit : run?.lastExit;
}

function terminated(exit: RecordedExit): Extract<ContainerState, { terminated: unknown }>['terminated'] {
  const { id, attempt: _attempt, unhealthy: _unhealthy, ...rest } = exit;
  return { ...rest, containerID: containerId(id) };
}

function waiting(reason: string, message?: string): ContainerState {
  return { waiting: { reason, ...(message === undefined ? {} : { message }) } };
}

function imageOf(root: RootSource): string {
  if (root.kind === 'image') return root.reference;
  return root.kind === 'rootfs' ? root.path : 'host';
}

const stoppedMessage = 'stopped by request; it starts when it is started by request';

const containerId = (id: string): string => `podctl://${id}`;

const cannotPull = (reference: string): string =>
  `image ${reference}: this version cannot pull images; use image: host or rootfs`;

/** As Go prints a duration in the kubelet's message: 10s, 1m20s, 5m0s. */
function formatDelay(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}
