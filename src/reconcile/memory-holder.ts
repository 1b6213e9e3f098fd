/** Volumes in memory outlive podd and the zygote with the inits that hold them. */
import { showsMemory } from '../launch/plan-memory.ts';
import { podInitName } from '../model/action.ts';
import type { Engine } from './engine.ts';
import type { Pod } from './pod.ts';

/** The pid of a living init of the pod that shows one of them. */
export function memoryHolder(pod: Pod): number | undefined {
  for (const [name, { instance }] of pod.containers) {
    const spec = name === podInitName ? undefined : instance?.spec();
    const isLiving = instance?.pid !== undefined && instance.view().state !== 'exited';
    if (isLiving && spec !== undefined && showsMemory(spec)) return instance.pid;
  }
  return undefined;
}

/** A new zygote holds them too: then they outlive those inits. */
export function holdMemoryAgain({ deps }: Engine, pod: Pod): void {
  const adoptFromPid = memoryHolder(pod);
  if (adoptFromPid !== undefined) deps.zygote.holdMemory({ key: pod.uid, volumes: [], adoptFromPid });
}

/** What a user stopped finds them again; a pod that is over needs them no longer. */
export const keepsMemory = (pod: Pod): boolean =>
  pod.phase === 'sync' && pod.spec.containers.some(({ name }) => pod.containers.get(name)?.run.stopped === true);
