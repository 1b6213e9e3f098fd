import type { ContainerState, ContainerStatus, PodStatus } from '../../../src/model/pod-status.ts';
import type { EventObject, PodObject } from '../../../src/protocol/objects.ts';

/** Noon, in the life of every test's pod. */
export const now = Date.parse('2026-01-02T12:00:00Z');

/** RFC 3339 time this long before noon. */
export const ago = (ms: number): string => new Date(now - ms).toISOString();

export const running: ContainerState = { running: { startedAt: ago(60_000) } };
export const waiting = (reason: string, message?: string): ContainerState => ({
  waiting: message === undefined ? { reason } : { reason, message },
});
export const terminated = (reason: string, exitCode: number, finishedMsAgo = 5000): ContainerState => ({
  terminated: { reason, exitCode, finishedAt: ago(finishedMsAgo) },
});

export function aContainer(name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  const isRunning = 'running' in state;
  return { name, image: 'host', imageID: '', ready: isRunning, started: isRunning, restartCount: 0, state, ...more };
}

interface PodParts {
  readonly name?: string;
  readonly metadata?: Partial<PodObject['metadata']>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Partial<PodStatus>;
  readonly containers?: readonly ContainerStatus[];
}

/** A running pod of one ready container `app`, five minutes old. */
export function aPod({
  name = 'web',
  metadata,
  spec,
  status,
  containers = [aContainer('app', running)],
}: PodParts = {}): PodObject {
  const isReady = containers.every((container) => container.ready);
  const lastTransitionTime = ago(60_000);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '7',
      generation: 1,
      creationTimestamp: ago(300_000),
      ...metadata,
    },
    spec: { containers: containers.map((container) => ({ name: container.name, image: 'host' })), ...spec },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime }],
      containerStatuses: containers,
      qosClass: 'BestEffort',
      ...status,
    },
  };
}

export function anEvent(more: Partial<EventObject> = {}): EventObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.1', namespace: 'default', resourceVersion: '3' },
    type: 'Normal',
    reason: 'Started',
    message: 'Started container app',
    firstTimestamp: ago(10_000),
    lastTimestamp: ago(10_000),
    count: 1,
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', uid: 'uid-web' },
    ...more,
  };
}
