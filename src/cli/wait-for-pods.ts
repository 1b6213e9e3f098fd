import type { PodObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import { type Followed, followList } from './follow-list.ts';
import { podsPath } from './pod-paths.ts';

/** Which pods are looked at; one name narrows the watch to it, several are for `check` to pick. */
export interface PodScope {
  /** undefined: all namespaces */
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly names?: readonly string[];
}

/**
 * Calls `check` with the pods in scope now and after every change until it gives a value; undefined when `timeoutMs` is over first.
 * A timeout of 0 checks once, a negative one waits a week, as kubectl's.
 */
export async function waitForPods<T>(
  client: Client,
  scope: PodScope,
  timeoutMs: number,
  check: (pods: readonly PodObject[]) => T | undefined,
): Promise<T | undefined> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs < 0 ? weekMs : Math.min(timeoutMs, weekMs));
  const pods = new Map<string, PodObject>();
  try {
    for await (const step of followList<PodObject>(client, pathIn(scope), controller.signal)) {
      remember(pods, step);
      const found = check([...pods.values()]);
      if (found !== undefined || timeoutMs === 0) return found;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

function remember(pods: Map<string, PodObject>, step: Followed<PodObject>): void {
  if ('list' in step) {
    pods.clear();
    for (const pod of step.list) pods.set(pod.metadata.uid, pod);
  } else if (step.event.type === 'DELETED') pods.delete(step.event.object.metadata.uid);
  else pods.set(step.event.object.metadata.uid, step.event.object);
}

const weekMs = 7 * 24 * 3_600_000;

/** API path of the pods (or what `pathTo` leads to) in scope, with further query parameters. */
export function pathIn(scope: PodScope, pathTo = podsPath): (query: ScopeQuery) => string {
  const [name, ...others] = scope.names ?? [];
  const fieldSelector = name !== undefined && others.length === 0 ? `metadata.name=${name}` : undefined;
  return (query) => pathTo(scope.namespace, { labelSelector: scope.labelSelector, fieldSelector, ...query });
}

type ScopeQuery = Readonly<Record<string, string | boolean>>;
