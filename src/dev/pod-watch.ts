/** The pods of a session as they are, kept up to date over the lives of podd. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../cli/client.ts';
import { type Followed, followList } from '../cli/follow-list.ts';
import { pathIn } from '../cli/wait-for-pods.ts';
import type { PodObject } from '../protocol/objects.ts';
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
  /** Other pods are wanted now: calls onPods with those that are there. */
  readonly recheck: () => void;
  /** Resolves at the next call of onPods, or when the watch is closed. */
  readonly nextChange: () => Promise<void>;
  readonly close: () => void;
}

const retryPauseMs = 1_000;

/** Begins at once; goes on when podd cannot be asked, and tells why not. */
export function watchPods(client: Client, options: PodWatchOptions): PodWatch {
  const ended = new AbortController();
  // All of them: one that was just applied may have changed for the last time before it is known to be wanted.
  const pods = new Map<string, PodObject>();
  const wanted = (): readonly PodObject[] => [...pods.values()].filter(options.isWanted);
  let ring: () => void = () => undefined;
  let change = Promise.resolve();
  const expectChange = (): void => {
    change = new Promise((resolve) => {
      ring = resolve;
    });
  };
  expectChange();
  const tell = (isAnew: boolean): void => {
    options.onPods(wanted(), isAnew);
    ring();
    expectChange();
  };
  const take = (step: Followed<PodObject>): void => {
    noteStep(pods, step);
    if ('list' in step || options.isWanted(step.event.object)) tell('list' in step);
  };
  void follow(client, options, ended.signal, take);
  return {
    pods: wanted,
    recheck: () => tell(false),
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

function noteStep(pods: Map<string, PodObject>, step: Followed<PodObject>): void {
  if ('list' in step) {
    pods.clear();
    for (const pod of step.list) pods.set(pod.metadata.uid, pod);
    return;
  }
  const { type, object } = step.event;
  if (type === 'DELETED') pods.delete(object.metadata.uid);
  else pods.set(object.metadata.uid, object);
}
