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
export function waitForPods<T>(
  client: Client,
  scope: PodScope,
  timeoutMs: number,
  check: (pods: readonly PodObject[]) => T | undefined,
): Promise<T | undefined> {
  return waitForObjects<PodObject, T>(client, pathIn(scope), timeoutMs, check);
}

/** The same of the objects that a path leads to. */
export async function waitForObjects<O extends Identified, T>(
  client: Client,
  pathOf: (query: ScopeQuery) => string,
  timeoutMs: number,
  check: (objects: readonly O[]) => T | undefined,
): Promise<T | undefined> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs < 0 ? weekMs : Math.min(timeoutMs, weekMs));
  const objects = new Map<string, O>();
  try {
    for await (const step of followList<O>(client, pathOf, controller.signal)) {
      remember(objects, step);
      const found = check([...objects.values()]);
      if (found !== undefined || timeoutMs === 0) return found;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

interface Identified {
  readonly metadata: { readonly uid: string };
}

function remember<O extends Identified>(objects: Map<string, O>, step: Followed<O>): void {
  if ('list' in step) {
    objects.clear();
    for (const object of step.list) objects.set(object.metadata.uid, object);
  } else if (step.event.type === 'DELETED') objects.delete(step.event.object.metadata.uid);
  else objects.set(step.event.object.metadata.uid, step.event.object);
}

const weekMs = 7 * 24 * 3_600_000;

/** API path of the pods (or what `pathTo` leads to) in scope, with further query parameters. */
export function pathIn(scope: PodScope, pathTo = podsPath): (query: ScopeQuery) => string {
  const [name, ...others] = scope.names ?? [];
  const fieldSelector = name !== undefined && others.length === 0 ? `metadata.name=${name}` : undefined;
  return (query) => pathTo(scope.namespace, { labelSelector: scope.labelSelector, fieldSelector, ...query });
}

type ScopeQuery = Readonly<Record<string, string | boolean>>;
