/** A tick at once and whenever a pod changes: programs have no watch of their own, and their states are part of their pod's status. */
import type { PodObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import { followList } from './follow-list.ts';
import { type PodScope, pathIn } from './wait-for-pods.ts';

export interface ChangeScope extends PodScope {
  /** also this often without a change */
  readonly everyMs?: number | undefined;
  readonly signal?: AbortSignal;
}

/** Ends when `signal` aborts. Changes that come while the caller works are one tick. Throws what the watch throws. */
export async function* followChanges(client: Client, scope: ChangeScope): AsyncGenerator<void> {
  const ended = new AbortController();
  const signal = scope.signal === undefined ? ended.signal : AbortSignal.any([scope.signal, ended.signal]);
  const bell = createBell();
  const watching = ringOnChange(client, scope, signal, bell.ring);
  watching.then(bell.end, bell.fail);
  const timer = scope.everyMs === undefined ? undefined : setInterval(bell.ring, scope.everyMs);
  try {
    while (await bell.rung()) yield;
  } finally {
    clearInterval(timer);
    ended.abort();
  }
}

async function ringOnChange(client: Client, scope: PodScope, signal: AbortSignal, ring: () => void): Promise<void> {
  for await (const _step of followList<PodObject>(client, pathIn(scope), signal)) ring();
}

interface Bell {
  readonly ring: () => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  /** Resolves to true when it has rung since the last time, to false when it never will again; rejects with the failure. */
  readonly rung: () => Promise<boolean>;
}

function createBell(): Bell {
  let hasRung = false;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: () => void = () => undefined;
  const rung = async (): Promise<boolean> => {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      if (isOver) return false;
      if (hasRung) {
        hasRung = false;
        return true;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const set = (change: () => void) => (): void => {
    change();
    wake();
  };
  return {
    rung,
    ring: set(() => {
      hasRung = true;
    }),
    end: set(() => {
      isOver = true;
    }),
    fail: (error) => {
      failure = { error };
      wake();
    },
  };
}
