/** Waits until a workload's pods are all as it wants them. */
import type { DataKey } from '../model/object-manifest.ts';
import type { WorkloadKind } from '../model/workload.ts';
import { PodError } from '../util/pod-error.ts';
import type { Client } from './client.ts';
import { followObject } from './follow-object.ts';
import { rolloutProgress } from './rollout-progress.ts';

/** `done`: the last word; otherwise why it is not. */
export interface RolloutEnd {
  readonly isDone: boolean;
  readonly message: string;
}

/** `tell` is given each step once; `revision` as of `rolloutProgress`. Throws PodError NotFound, ApiError. */
export async function awaitRollout(
  client: Client,
  key: DataKey<WorkloadKind>,
  { timeoutMs, revision = 0 }: { readonly timeoutMs: number; readonly revision?: number },
  tell: (message: string) => void,
): Promise<RolloutEnd> {
  let told = '';
  for await (const object of followObject(client, key, timeoutMs)) {
    if (object === undefined) throw new PodError('NotFound', `${key.kind} ${key.name} does not exist (any more)`);
    const progress = rolloutProgress(object, revision);
    if (progress === undefined) throw new PodError('BadRequest', `a ${key.kind} is not rolled out`);
    const { state, message } = progress;
    if (state !== 'under way') return { isDone: state === 'done', message };
    if (message !== told) tell(message);
    told = message;
  }
  return { isDone: false, message: `not rolled out after ${timeoutMs / 1000}s: ${told}` };
}
