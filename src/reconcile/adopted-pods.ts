/**
 * Pods that ran before podd began: until their inits have told of them they look as if they were not ready, and when they became so is
 * no longer known. A controller that took both for the truth would replace good pods.
 */
import type { Instance } from './instance.ts';
import type { Pod } from './pod.ts';
import type { Clock } from './reconciler-deps.ts';

export interface Adopted {
  /** when to look again at the latest (monotonic) while not all of the pods are known; undefined: they are */
  readonly unknownUntilMs: (pods: readonly Pod[]) => number | undefined;
  /** of a pod that was ready from the first moment on: since its containers run; undefined: the status knows */
  readonly readySinceMs: (pod: Pod) => number | undefined;
}

/** An init that says nothing for so long is not waited for. */
const patienceMs = 10_000;

export function adoptedPods(pods: readonly Pod[], { monotonicMs }: Pick<Clock, 'monotonicMs'>): Adopted {
  const giveUpMs = monotonicMs() + patienceMs;
  const unknown = new Map(pods.flatMap((pod) => entryOf(pod)));
  const adopted = new Set(unknown.keys());
  const isUnknown = ({ uid }: Pod): boolean => {
    const instances = unknown.get(uid) ?? [];
    if (instances.some((instance) => instance.view().state === 'launching')) return true;
    unknown.delete(uid);
    return false;
  };
  return {
    unknownUntilMs: (some) => (monotonicMs() < giveUpMs && some.some(isUnknown) ? giveUpMs : undefined),
    readySinceMs: (pod) => {
      if (!adopted.has(pod.uid) || isUnknown(pod)) return undefined;
      if (isReady(pod)) return latestStartMs(pod);
      adopted.delete(pod.uid);
      return undefined;
    },
  };
}

function entryOf({ uid, containers }: Pod): readonly (readonly [string, readonly Instance[]])[] {
  const instances = [...containers.values()].flatMap(({ instance }) => instance ?? []);
  return instances.length === 0 ? [] : [[uid, instances]];
}

const isReady = ({ status }: Pod): boolean =>
  status?.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;

function latestStartMs({ status }: Pod): number | undefined {
  const starts = (status?.containerStatuses ?? []).flatMap(({ state }) =>
    'running' in state ? [Date.parse(state.running.startedAt)] : [],
  );
  return starts.length === 0 ? undefined : Math.max(...starts);
}
