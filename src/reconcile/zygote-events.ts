/** What the zygote's news mean for the pods. */
import type { ZygoteListener } from '../runtime/zygote-client.ts';
import type { Engine } from './engine.ts';
import { holdMemoryAgain } from './memory-holder.ts';
import type { Pod } from './pod.ts';

/** Statuses that no launch claims are not kept for ever. */
const maxEarlyStatuses = 1_024;

/** A child of the zygote ended; while launches are under way it may be one of theirs. */
export function noteChildExit(engine: Engine, pods: readonly Pod[], pid: number, status: number): void {
  const instances = pods.flatMap(({ containers }) => [...containers.values()].map(({ instance }) => instance));
  const own = instances.find((instance) => instance?.pid === pid);
  if (own !== undefined) return own.reaped(status);
  const { earlyStatuses, launches } = engine;
  if (launches.pending === 0 || earlyStatuses.size >= maxEarlyStatuses) earlyStatuses.clear();
  if (launches.pending > 0) earlyStatuses.set(pid, status);
}

/** The zygote died: what it forked lives on, but its statuses and the namespaces it held are gone. */
export function loseZygote(engine: Engine, pod: Pod): void {
  pod.sandboxLost ||= pod.sandboxHeld;
  for (const { instance } of pod.containers.values()) instance?.orphan();
  holdMemoryAgain(engine, pod);
}

/** The zygote's ends and its own; `poke`: there is something new about the pod. */
export const listenToZygote = (engine: Engine, poke: (pod: Pod) => void): ZygoteListener => ({
  onExited: (pid, status) => noteChildExit(engine, engine.pods(), pid, status),
  onRestarted: () => {
    for (const pod of engine.pods()) {
      loseZygote(engine, pod);
      poke(pod);
    }
  },
});
