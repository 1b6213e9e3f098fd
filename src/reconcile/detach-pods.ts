import type { Engine } from './engine.ts';
import type { Pod } from './pod.ts';

/** podd lets go of what runs, which runs on; what waits for a restart is on record with the time that is left. */
export function detachPods({ deps: { clock }, save }: Engine, pods: readonly Pod[]): void {
  const nowMs = clock.monotonicMs();
  for (const pod of pods) {
    const slots = [...pod.containers.values()];
    for (const { instance } of slots) instance?.detach();
    const isCounting = pod.spec.activeDeadlineMs !== undefined || slots.some(({ restartAtMs }) => restartAtMs > nowMs);
    if (isCounting) save(pod);
  }
}
