/** The pods of a session as they are, kept up to date over the lives of podd. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../cli/client.ts';
import { type Followed, followList } from '../cli/follow-list.ts';
import { pathIn } from '../cli/wait-for-pods.ts';
import type { PodObject } from '../protocol/api.ts';
import { formatError } from '../util/pod-error.ts';

export interface PodWatchOptions {
  /** undefined: all of them */
  readonly namespace: string | undefined;
  readonly isWanted: (pod: PodObject) => boolean;
  /** After every change of a wanted pod; `isAnew`: read as a whole, perhaps from another podd. */
  readonly onPods: (pods: readonly PodObject[], isAnew: boolean) => void;
  readonly onProblem: (message: string) => void;
}

export interface PodWatch {
  readonly pods: () => readonly PodObject[];
  /** Resolves at the next call of onPods, or when the watch is closed. */
  readonly nextChange: () => Promise<void>;
  readonly close: () => void;
}

const retryPauseMs = 1_000;

/** Begins at once; goes on when podd cannot be asked, and tells why not. */
export function watchPods(client: Client, options: PodWatchOptions): PodWatch {
  const ended = new AbortController();
  const pods = new Map<string, PodObject>();
  let ring: () => void = () => undefined;
  let change = Promise.resolve();
  const expectChange = (): void => {
    change = new Promise((resolve) => {
      ring = resolve;
    });
  };
  expectChange();
  const take = (step: Followed<PodObject>): void => {
    if (!noteStep(pods, step, options.isWanted)) return;
    options.onPods([...pods.values()], 'list' in step);
    ring();
    expectChange();
  };
  void follow(client, options, ended.signal, take);
  return {
    pods: () => [...pods.values()],
    nextChange: () => change,
    close: () => {
      ended.abort();
      ring();
    },
  };
}

async function follow(
  client: Client,
  { namespace, onProblem }: PodWatchOptions,
  signal: AbortSignal,
  take: (step: Followed<PodObject>) => void,
): Promise<void> {
  let told = '';
  while (!signal.aborted) {
    try {
      for await (const step of followList<PodObject>(client, pathIn({ namespace }), signal)) {
        told = '';
        take(step);
      }
    } catch (error) {
      const why = formatError(error);
      if (why !== told && !signal.aborted) onProblem(`podd does not answer: ${why}`);
      told = why;
      await sleep(retryPauseMs);
    }
  }
}

/** Whether anything changed about wanted pods. */
function noteStep(
  pods: Map<string, PodObject>,
  step: Followed<PodObject>,
  isWanted: (pod: PodObject) => boolean,
): boolean {
  if ('list' in step) {
    pods.clear();
    for (const pod of step.list.filter(isWanted)) pods.set(pod.metadata.uid, pod);
    return true;
  }
  const { type, object } = step.event;
  if (type === 'DELETED') return pods.delete(object.metadata.uid);
  if (!isWanted(object)) return pods.delete(object.metadata.uid);
  pods.set(object.metadata.uid, object);
  return true;
}
