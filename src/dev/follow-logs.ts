/**
 * The output of all programs of some pods as it is written, over restarts, recreations, new containers and lives of podd.
 *
 *   pod seen ──▶ one stream per container ──▶ ended: waits until the container has another run, or podd another life ──▶ next stream
 *                        └──▶ broken: the next stream at once, from the last line on (log-position.ts)
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isApiNotFound } from '../cli/api-error.ts';
import { type Client, isConnectionEnd } from '../cli/client.ts';
import { isTemporary } from '../cli/follow-list.ts';
import { podPath } from '../cli/pod-paths.ts';
import { everyContainer } from '../cli/pod-row.ts';
import { allStatuses } from '../model/pod-status.ts';
import { createLineSplitter } from '../protocol/json-lines.ts';
import type { PodObject } from '../protocol/objects.ts';
import { formatError } from '../util/pod-error.ts';
import { whenAborted } from '../util/when-aborted.ts';
import { createLogPosition, type LogPosition } from './log-position.ts';

export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** the container is its one program */
  readonly isPlain: boolean;
}

export interface DevLogLine {
  readonly time: string;
  /** label */
  readonly program: string;
  readonly stream: string;
  readonly log: string;
  /** its rest comes as a line of its own */
  readonly partial?: boolean;
}

export interface LogFollowing {
  /** nothing older, ms since 1970 */
  readonly sinceMs: number;
  /** Lines that came together. */
  readonly onLines: (source: LogSource, lines: readonly DevLogLine[]) => void;
  readonly onProblem: (message: string) => void;
}

export interface LogFollower {
  /** The pods as they are now; `isAnew`: podd may have been another one before, so that streams may have ended too early. */
  readonly update: (pods: readonly PodObject[], isAnew: boolean) => void;
  /** Resolves when the logs of pods that went away are read to their ends, or the signal aborts. */
  readonly finished: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/** Follows each container of the pods given to `update` until its pod is gone. */
export function followLogs(client: Client, following: LogFollowing): LogFollower {
  const readers = new Map<string, Reader>();
  const ended = new AbortController();
  const begin = (seen: SeenContainer): void => {
    const reader: Reader = { uid: seen.uid, run: absent, wake: () => undefined, done: Promise.resolve() };
    readers.set(seen.key, reader);
    reader.done = read(client, { ...seen, ...following, reader, signal: ended.signal });
  };
  const forget = (key: string, reader: Reader): void => {
    tell(reader, undefined, false);
    void reader.done.then(() => readers.delete(key));
  };
  return {
    update: (pods, isAnew) => {
      const uids = new Set(pods.map(({ metadata }) => metadata.uid));
      const present = new Map(pods.flatMap(containersOf).map((seen) => [seen.key, seen]));
      for (const [key, seen] of present) if (!readers.has(key)) begin(seen);
      for (const [key, reader] of readers)
        if (uids.has(reader.uid)) tell(reader, present.get(key)?.run ?? absent, isAnew);
        else forget(key, reader);
    },
    finished: async (signal) => {
      const all = Promise.all([...readers.values()].map(({ done }) => done));
      await Promise.race([all, whenAborted(signal)]);
    },
    close: () => {
      ended.abort();
      for (const reader of readers.values()) reader.wake();
    },
  };
}

interface Reader {
  readonly uid: string;
  /** the container's as last told, or that the pod has none of the name now; undefined: the pod is gone */
  run: string | undefined;
  wake: () => void;
  done: Promise<void>;
}

const absent = 'absent';

interface SeenContainer {
  readonly key: string;
  readonly uid: string;
  readonly source: LogSource;
  /** another one after each start */
  readonly run: string;
}

function containersOf(pod: PodObject): readonly SeenContainer[] {
  const { namespace, name, uid } = pod.metadata;
  return everyContainer(pod).map((written) => {
    const container = String(written.name);
    const status = allStatuses(pod.status).find((one) => one.name === container);
    const source = { namespace, pod: name, container, isPlain: written.processes === undefined };
    const run = `${status?.restartCount ?? 0} ${status?.containerID ?? ''} ${Object.keys(status?.state ?? {}).join()}`;
    return { key: `${uid}/${container}`, uid, source, run };
  });
}

function tell(reader: Reader, run: string | undefined, isAnew: boolean): void {
  const isNews = reader.run !== run || isAnew;
  reader.run = run;
  if (isNews) reader.wake();
}

/** Resolves when something is told of the container. */
function news(reader: Reader): Promise<void> {
  return new Promise((resolve) => {
    reader.wake = resolve;
  });
}

interface Reading extends LogFollowing, SeenContainer {
  readonly reader: Reader;
  readonly signal: AbortSignal;
}

const retryPauseMs = 100;

/** Never rejects. */
async function read(client: Client, reading: Reading): Promise<void> {
  const { reader, signal } = reading;
  const position = createLogPosition(reading.sinceMs);
  while (!signal.aborted) {
    const next = news(reader);
    const outcome = await readStream(client, reading, position);
    if (outcome === 'gone') return;
    await (outcome === 'broken' ? sleep(retryPauseMs) : next);
    while (reader.run === absent && !signal.aborted) await news(reader);
    if (outcome === 'ended' && reader.run === undefined) return;
  }
}

type StreamOutcome = 'ended' | 'broken' | 'gone';

/** One stream to its end. */
async function readStream(client: Client, reading: Reading, position: LogPosition): Promise<StreamOutcome> {
  const { source, uid, signal, onLines } = reading;
  const { namespace, pod, container } = source;
  const from = { allRuns: true, sinceTime: position.resume() };
  const path = podPath(namespace, pod, 'log', { container, uid, follow: true, format: 'json', ...from });
  let lines: DevLogLine[] = [];
  const push = createLineSplitter((text) => {
    const line = JSON.parse(text) as DevLogLine;
    if (position.take(line)) lines.push(line);
  });
  try {
    for await (const chunk of await client.stream(path, signal)) {
      push(chunk as Buffer);
      if (lines.length > 0) onLines(source, lines);
      lines = [];
    }
    return 'ended';
  } catch (error) {
    if (isApiNotFound(error)) return 'gone';
    if (isTemporary(error) || isConnectionEnd(error)) return 'broken';
    reading.onProblem(`log of ${source.pod}/${source.container}: ${formatError(error)}`);
    return 'ended';
  }
}
