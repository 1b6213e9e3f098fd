/** Restarts programs of a container and waits until they are there again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../cli/api-error.ts';
import type { Client } from '../cli/client.ts';
import { podActionPath } from '../cli/pod-paths.ts';
import { isPlainGroup } from '../cli/program-target.ts';
import { readGroupsIfThere } from '../cli/read-programs.ts';
import type { ControlRequest, ControlResponse, ProgramGroup, ProgramObject } from '../protocol/api.ts';
import { whenAborted } from '../util/when-aborted.ts';
import { askPatiently } from './ask-patiently.ts';
import { judgeStart, type StartProgress } from './start-progress.ts';

export interface ContainerName {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface ControlContext {
  readonly client: Client;
  /** Resolves at the next change of one of the session's pods. */
  readonly nextChange: () => Promise<void>;
  readonly hasReadiness: (container: ContainerName, program: string) => boolean;
}

/** `did`: what happened, in words. */
export type ActionOutcome =
  | { readonly ok: true; readonly did: string }
  | { readonly ok: false; readonly why: string; readonly hint?: string };

export interface RestartOrder {
  readonly at: ContainerName;
  /** names; absent: all of the container */
  readonly programs?: readonly string[] | undefined;
  readonly cascade: boolean;
}

const timeoutMs = 60_000;

/**
 * Programs that a user stopped, and those that wait for their schedule, are left alone; a container that does not run is started anew.
 * `superseded`: waiting is over. Throws ApiError, PodError.
 */
export async function restartPrograms(
  context: ControlContext,
  order: RestartOrder,
  superseded: AbortSignal,
): Promise<ActionOutcome> {
  const before = await readGroup(context.client, order.at);
  if (before === undefined) return { ok: false, why: 'the pod is gone' };
  if (before.reason === 'Stopped')
    return { ok: true, did: `left ${formatName(order.at)} alone: it was stopped by request` };
  const targets = programsToRestart(before.programs, order.programs);
  if (before.state !== 'running' || targets === undefined) return await restartContainer(context, order.at, superseded);
  if (targets.length === 0)
    return { ok: true, did: `restarted nothing: what it means in ${formatName(order.at)} rests` };
  const request: ControlRequest = {
    verb: 'restart',
    container: order.at.container,
    targets: targets.map((program) => ({ program })),
    ...(order.cascade ? { cascade: true } : {}),
  };
  try {
    const { affected } = await control(context.client, order.at, request);
    const moved = [...new Set([...affected.map(labelOf), ...labelsOf(before, targets)])];
    return await awaitStarts(context, { at: order.at, before, moved }, superseded);
  } catch (error) {
    // It ended between the two requests.
    if (!(error instanceof ApiError && error.status.code === 409)) throw error;
    return await restartContainer(context, order.at, superseded);
  }
}

/** A new run of the container, with a new PID 1. */
export async function restartContainer(
  context: ControlContext,
  at: ContainerName,
  superseded: AbortSignal,
): Promise<ActionOutcome> {
  const before = await readGroup(context.client, at);
  await control(context.client, at, { verb: 'restart', container: at.container });
  return await awaitStarts(context, { at, before, moved: [undefined] }, superseded);
}

/** A verb of the API. */
export async function control(client: Client, at: ContainerName, request: ControlRequest): Promise<ControlResponse> {
  const path = podActionPath(at.namespace, at.pod, 'control');
  return await askPatiently(() => client.json<ControlResponse>('POST', path, request));
}

/** `shop/app`, `shop/app/web` */
export const formatName = ({ pod, container }: ContainerName, program?: string): string =>
  [pod, container, ...(program === undefined ? [] : [program])].join('/');

async function readGroup(client: Client, at: ContainerName): Promise<ProgramGroup | undefined> {
  const groups = await askPatiently(() => readGroupsIfThere(client, at.namespace, at.pod));
  return groups?.find(({ container }) => container === at.container);
}

/** Undefined: podd shows none of the container yet. */
function programsToRestart(
  programs: readonly ProgramObject[],
  names: readonly string[] | undefined,
): readonly string[] | undefined {
  if (programs.length === 0) return undefined;
  const meant = programs.filter(({ program }) => names?.includes(program) !== false);
  return [...new Set(meant.filter((program) => !rests(program)).map(({ program }) => program))];
}

const rests = ({ state, scheduled, nextStartAt }: ProgramObject): boolean =>
  state === 'STOPPED' || (scheduled && (state === 'EXITED' || (state === 'WAITING' && nextStartAt !== undefined)));

const labelOf = (affected: string): string => affected.slice(affected.indexOf('/') + 1);

function labelsOf({ programs }: ProgramGroup, names: readonly string[]): readonly string[] {
  return programs.filter((program) => names.includes(program.program) && !rests(program)).map(({ label }) => label);
}

interface Starts {
  readonly at: ContainerName;
  readonly before: ProgramGroup | undefined;
  /** labels; undefined: the container */
  readonly moved: readonly (string | undefined)[];
}

async function awaitStarts(context: ControlContext, starts: Starts, superseded: AbortSignal): Promise<ActionOutcome> {
  const { at, before, moved } = starts;
  const isPlain = before !== undefined && isPlainGroup(before);
  const nameOf = (label: string | undefined): string => formatName(at, isPlain ? undefined : label);
  const restarted = `restarted ${[...new Set(moved.map(nameOf))].join(', ')}`;
  const hasReadiness = (program: string): boolean => context.hasReadiness(at, program);
  const deadline = performance.now() + timeoutMs;
  const isSuperseded = whenAborted(superseded);
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (superseded.aborted) return { ok: true, did: `${restarted}, more changes came` };
    const judgement = { before, now: await readGroup(context.client, at), hasReadiness, nowMs: Date.now() };
    const all = moved.map((label) => ({ name: nameOf(label), progress: judgeStart(label, judgement) }));
    const failed = all.find(isFailed) ?? (performance.now() > deadline ? all.find(isWaiting) : undefined);
    if (failed !== undefined) return failure(at, failed);
    if (all.every(({ progress }) => progress.kind === 'up')) return { ok: true, did: `${restarted}, ${howAll(all)}` };
    await Promise.race([context.nextChange(), sleep(pauseMs), isSuperseded]);
  }
}

/** A plain container's program is no part of its pod's status: it is asked for. */
const firstPauseMs = 5;
const longestPauseMs = 250;

interface Judged {
  readonly name: string;
  readonly progress: StartProgress;
}

const isFailed = ({ progress }: Judged): boolean => progress.kind === 'failed';
const isWaiting = ({ progress }: Judged): boolean => progress.kind === 'waiting';

function failure(at: ContainerName, { name, progress }: Judged): ActionOutcome {
  const namespace = at.namespace === 'default' ? '' : ` -n ${at.namespace}`;
  const how = progress.kind === 'waiting' ? `not there after ${timeoutMs / 1000}s: ` : '';
  const why = `${name}: ${how}${'why' in progress ? progress.why : ''}`;
  return { ok: false, why, hint: `podctl why ${name}${namespace}` };
}

function howAll(all: readonly Judged[]): string {
  const words = new Set(all.map(({ progress }) => ('how' in progress ? progress.how : '')));
  return words.size === 1 ? [...words].join() : 'running';
}
