/**
 * GET …/log, as the kubelet answers it. What differs: with `follow` the stream goes on into the container's next runs, and ends
 * when the pod is deleted or the container has ended and its restart policy lets it rest (kubectl's ends with the first run). With
 * `allRuns` too it begins with the oldest run that is kept, and is empty, no error, as long as nothing was written.
 */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { allStatuses, type ContainerState, type ContainerStatus } from '../model/pod-status.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { ContainerLocation } from '../reconcile/reconciler.ts';
import type { ApiCall } from './api-context.ts';
import { checkProgram, type FoundContainer, findContainer, refOf } from './find-container.ts';
import { type LogFollow, type LogRequest, readLog } from './log-reader.ts';
import { findLogSources, hasLog, type LogShow, loggedPrograms } from './log-sources.ts';
import { choiceOf, flagOf, integerOf, textOf } from './query.ts';
import { addWarnings } from './respond.ts';
import { ApiError, podNotFound } from './status-errors.ts';

/** Streams the log of a container, or of programs in it, as text; 400 with the kubelet's words when there is none. */
export async function getLog(call: ApiCall): Promise<void> {
  const { context, query, params, response } = call;
  const { namespace = '', name = '' } = params;
  const found = findContainer(context, namespace, name, textOf(query, 'container'));
  const uid = textOf(query, 'uid');
  if (uid !== undefined && uid !== found.pod.metadata.uid) throw podNotFound(name);
  const ref = refOf(textOf(query, 'program'));
  const show = showOf(query, name);
  const options = logOptionsOf(query);
  const isPrevious = flagOf(query, 'previous');
  const isFollowed = flagOf(query, 'follow') && !isPrevious;
  const isAll = isFollowed && flagOf(query, 'allRuns');
  const attempt = isAll ? firstKept(found) : attemptOf(found, isPrevious);
  if (ref !== undefined) checkProgram(found, ref, await loggedPrograms(found.location, attempt));
  if (!isAll) await checkHasLog(found, attempt, isPrevious);
  const follow = isFollowed ? { follow: followOf(call, found) } : {};
  const left = new AbortController();
  response.once('close', () => left.abort());
  const signal = AbortSignal.any([left.signal, context.stopping]);
  addWarnings(response, found.warnings);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.flushHeaders();
  const find = (run: number) => findLogSources(locationNow(call, found), run, ref, show);
  const request: LogRequest = { dir: found.location.logDir, attempt, find, ...options, ...follow };
  // A client that leaves is no error; one that stays sees a failure as a broken stream.
  await pipeline(Readable.from(readLog(request, signal)), response).catch((error: unknown) => {
    if (!left.signal.aborted) throw error;
  });
}

function showOf(query: URLSearchParams, pod: string): LogShow {
  const format = choiceOf(query, 'format', ['text', 'json']);
  return {
    pod,
    prefix: choiceOf(query, 'prefix', ['auto', 'always', 'never']) ?? 'auto',
    colour: flagOf(query, 'colour'),
    ...(format === undefined ? {} : { format }),
  };
}

/** Whether a container that does not run now will not run again, kubelet's ShouldContainerBeRestarted. */
export function isOver(pod: PodObject, status: ContainerStatus | undefined): boolean {
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return true;
  const terminated = terminatedOf(status?.state);
  if (terminated === undefined) return false;
  if (pod.metadata.deletionTimestamp !== undefined) return true;
  const policy = restartPolicyOf(pod, status?.name ?? '');
  return policy === 'Never' || (policy === 'OnFailure' && terminated.exitCode === 0);
}

function logOptionsOf(query: URLSearchParams): Omit<LogRequest, 'dir' | 'attempt' | 'find' | 'follow'> {
  const tailLines = integerOf(query, 'tailLines');
  const limitBytes = integerOf(query, 'limitBytes', 1);
  const sinceMs = sinceOf(query);
  return {
    timestamps: flagOf(query, 'timestamps'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}

function sinceOf(query: URLSearchParams): number | undefined {
  const seconds = integerOf(query, 'sinceSeconds', 1);
  const time = textOf(query, 'sinceTime');
  if (seconds !== undefined && time !== undefined) {
    throw new ApiError('Invalid', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  if (seconds !== undefined) return Date.now() - seconds * 1000;
  if (time === undefined) return undefined;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(ms))
    throw new ApiError('BadRequest', `sinceTime: must be RFC 3339, as 2006-01-02T15:04:05Z, not "${time}"`);
  return ms;
}

// As the kubelet chooses: while the newest run waits for its restart, that run is the log, and also the previous one.
function attemptOf({ pod, location }: FoundContainer, previous: boolean): number {
  if (!previous) return location.attempt;
  const state = statusOf(pod, location.container)?.state;
  const isWaiting = location.runDir === undefined && state !== undefined && 'waiting' in state;
  return isWaiting ? location.attempt : location.attempt - 1;
}

/** The run before the newest is kept (reconcile/old-logs.ts): whoever wants to miss nothing begins there. */
const firstKept = ({ location }: FoundContainer): number => Math.max(0, location.attempt - 1);

async function checkHasLog({ pod, location }: FoundContainer, attempt: number, previous: boolean): Promise<void> {
  const { name } = pod.metadata;
  const where = `container "${location.container}" in pod "${name}"`;
  const exists = attempt >= 0 && (await hasLog(location.logDir, attempt));
  if (exists) return;
  if (previous) throw new ApiError('BadRequest', `previous terminated ${where} not found`, { name, kind: 'pods' });
  const status = statusOf(pod, location.container);
  // Running, but its init has not made the file yet: an empty log.
  if (location.runDir !== undefined) return;
  throw new ApiError('BadRequest', `${where} ${reasonWithoutLog(status)}`, { name, kind: 'pods' });
}

function reasonWithoutLog(status: ContainerStatus | undefined): string {
  if (status !== undefined && 'waiting' in status.state) return `is waiting to start: ${status.state.waiting.reason}`;
  return terminatedOf(status?.state) === undefined ? 'is waiting to start - no logs yet' : 'is terminated';
}

function followOf(call: ApiCall, found: FoundContainer): LogFollow {
  const { reconciler } = call.context;
  const { namespace, name, uid } = found.pod.metadata;
  return {
    progress: () => {
      const location = locationOf(call, found);
      const pod = reconciler.get(namespace, name);
      if (pod?.metadata.uid !== uid || location === undefined) return { attempt: found.location.attempt, over: true };
      const over = location.runDir === undefined && isOver(pod, statusOf(pod, location.container));
      return { attempt: location.attempt, over };
    },
    subscribe: (wake) =>
      reconciler.subscribe(({ object }) => {
        if (object.metadata.namespace === namespace && object.metadata.name === name) wake();
      }),
  };
}

function locationOf({ context }: ApiCall, { pod, location }: FoundContainer): ContainerLocation | undefined {
  const { namespace, name } = pod.metadata;
  return context.reconciler.locate(namespace, name)?.find(({ container }) => container === location.container);
}

/** With the programs of this moment; as it was when the pod is gone. */
const locationNow = (call: ApiCall, found: FoundContainer): ContainerLocation =>
  locationOf(call, found) ?? found.location;

function statusOf(pod: PodObject, container: string): ContainerStatus | undefined {
  return allStatuses(pod.status).find((status) => status.name === container);
}

function terminatedOf(state: ContainerState | undefined): { readonly exitCode: number } | undefined {
  return state !== undefined && 'terminated' in state ? state.terminated : undefined;
}

// The spec is the manifest as written: the container's own policy, else the pod's, else Always; an init container that succeeded rests.
function restartPolicyOf({ spec }: PodObject, container: string): unknown {
  const ofPod = spec.restartPolicy || 'Always';
  const main = named(spec.containers, container);
  if (main !== undefined) return main.restartPolicy || ofPod;
  return named(spec.initContainers, container)?.restartPolicy || (ofPod === 'Always' ? 'OnFailure' : ofPod);
}

const named = (list: unknown, name: string): { readonly restartPolicy?: unknown } | undefined =>
  Array.isArray(list) ? list.find((item) => item?.name === name) : undefined;
