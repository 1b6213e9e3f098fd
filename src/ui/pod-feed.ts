/** Keeps the view supplied with pods and programs: pods by a watch, programs read when one changes and every two seconds while figures are seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../cli/client.ts';
import { listThenWatch } from '../cli/follow-list.ts';
import { podsPath } from '../cli/pod-paths.ts';
import { readGroups } from '../cli/read-programs.ts';
import type { SystemStatus } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import { formatError } from '../util/pod-error.ts';
import type { UiEvent } from './model.ts';

export interface PodFeed {
  /** whether CPU and memory are seen */
  readonly setFigures: (areWanted: boolean) => void;
  /** Read programs now. */
  readonly refresh: () => void;
  readonly stop: () => void;
}

type Dispatch = (event: UiEvent) => void;

const figuresEveryMs = 2000;
/** The first shares of CPU come sooner: they need two reads. */
const firstFiguresMs = 1000;
/** Pods that change all at once are one read. */
const readPauseMs = 150;
const reconnectMs = 500;

/** Begins at once, and begins anew whenever podd has gone away. */
export function startPodFeed(client: Client, dispatch: Dispatch): PodFeed {
  const ended = new AbortController();
  const reader = createReader(client, dispatch, ended.signal);
  followPods(client, { dispatch, onChange: reader.refresh, signal: ended.signal });
  return {
    setFigures: reader.setFigures,
    refresh: reader.refresh,
    stop: () => {
      ended.abort();
      reader.stop();
    },
  };
}

interface Following {
  readonly dispatch: Dispatch;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

async function followPods(client: Client, { dispatch, onChange, signal }: Following): Promise<void> {
  while (!signal.aborted) {
    let why = 'podd ended the connection';
    try {
      const system = await client.json<SystemStatus>('GET', '/apis/podctl.dev/v1/system');
      if (signal.aborted) return;
      dispatch({ kind: 'connected', system });
      for await (const step of listThenWatch<PodObject>(client, (query) => podsPath(undefined, query), signal)) {
        dispatch('list' in step ? { kind: 'pods', pods: step.list } : { kind: 'pod-changed', change: step.event });
        onChange();
      }
    } catch (error) {
      why = formatError(error);
    }
    if (signal.aborted) return;
    dispatch({ kind: 'lost', why });
    await sleep(reconnectMs);
  }
}

/** One read at a time; what changes meanwhile is read after it. */
function createReader(client: Client, dispatch: Dispatch, signal: AbortSignal) {
  let areWanted = false;
  let isReading = false;
  let isStale = false;
  let reads = 0;
  let timer: NodeJS.Timeout | undefined;
  const schedule = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(read, ms);
  };
  const read = async (): Promise<void> => {
    isReading = true;
    isStale = false;
    // What cannot be read now is told by the watch, which ends with podd.
    const groups = await readGroups(client, { namespace: undefined }).catch(() => undefined);
    isReading = false;
    if (signal.aborted) return;
    if (groups !== undefined) {
      reads++;
      dispatch({ kind: 'read', groups, atMs: performance.now(), nowMs: Date.now() });
    }
    if (isStale) schedule(readPauseMs);
    else if (areWanted) schedule(reads > 1 ? figuresEveryMs : firstFiguresMs);
  };
  const refresh = (): void => {
    if (isReading) isStale = true;
    else if (!isStale) {
      isStale = true;
      schedule(reads === 0 ? 0 : readPauseMs);
    }
  };
  return {
    refresh,
    setFigures: (wanted: boolean): void => {
      if (wanted && !areWanted) refresh();
      areWanted = wanted;
    },
    stop: () => clearTimeout(timer),
  };
}
