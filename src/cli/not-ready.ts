/** Why a pod is not ready, in sentences. */

import { allStatuses, type ContainerState, type ContainerStatus } from '../model/pod-status.ts';
import type { ProgramState } from '../protocol/init.ts';
import type { PodObject } from '../protocol/objects.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import { hasCondition, readyCount } from './pod-row.ts';
import { isResting } from './program-words.ts';

/** What a wait for readiness says of a pod: go on, done, or never. */
export type Readiness = 'ready' | 'waiting' | 'failed';

/**
 * Ready, or Succeeded (it ran to its end as asked); Failed never becomes ready by itself.
 * One that is being deleted has to go first: it is on its way to be created anew, or the wait ends with its timeout. What is said of a pod
 * whose change podd has not taken to its containers yet is of the time before it.
 */
export function readinessOf({ metadata, status }: PodObject): Readiness {
  if (metadata.deletionTimestamp !== undefined) return 'waiting';
  if ((status.observedGeneration ?? metadata.generation) < metadata.generation) return 'waiting';
  if (status.phase === 'Failed') return 'failed';
  return status.phase === 'Succeeded' || hasCondition(status, 'Ready') ? 'ready' : 'waiting';
}

/** Programs that have failed for good, in containers that are not ready for it: waiting changes nothing about them. */
export function fatalPrograms({ status }: PodObject): readonly FatalProgram[] {
  return allStatuses(status)
    .filter(({ ready }) => !ready)
    .flatMap(({ name, programs = [] }) =>
      programs.filter(({ state }) => state === 'FATAL').map((program) => ({ container: name, program })),
    );
}

export interface FatalProgram {
  readonly container: string;
  readonly program: ProgramState;
}

/** A line per container that is not ready, with its reason and how its last run ended, and one for each of its programs that is not. */
export function explainNotReady(pod: PodObject): string[] {
  const lines = allStatuses(pod.status)
    .filter((container) => !container.ready && !isAwaitingTurn(container))
    .flatMap((container) => [explainContainer(container), ...unreadyPrograms(container).map(explainProgram)]);
  if (lines.length > 0) return lines;
  const { conditions = [] } = pod.status;
  const scheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (scheduled?.message !== undefined) return [`${scheduled.reason}: ${scheduled.message}`];
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.reason === 'ReadinessGatesNotReady' && ready.message !== undefined) return [ready.message];
  const why = pod.status.message ?? pod.status.reason;
  return [`${pod.status.phase}${why === undefined ? '' : `: ${why}`}`];
}

/** What holds it back stands with the init container that it waits for. */
const isAwaitingTurn = ({ state }: ContainerStatus): boolean =>
  'waiting' in state && state.waiting.reason === 'PodInitializing';

function explainContainer(container: ContainerStatus): string {
  const last =
    container.lastState === undefined || isEnd(container.state)
      ? ''
      : `; last run: ${explainState(container.lastState)}`;
  return `container ${container.name}: ${explainState(container.state)}${last}`;
}

/** Those that hold their container back: neither ready nor at rest as they should be. */
function unreadyPrograms({ programs = [] }: ContainerStatus): readonly ProgramState[] {
  return programs.filter((program) => !program.ready && !isResting(program));
}

function explainProgram({ label, state, message, lastExit }: ProgramState): string {
  const end = lastExit === undefined || state === 'RUNNING' ? undefined : howItEnded(lastExit);
  const why = message || end;
  return `  program ${label}: ${state === 'RUNNING' ? 'RUNNING, not ready' : state}${why === undefined ? '' : `: ${why}`}`;
}

function isEnd(state: ContainerState): boolean {
  return 'terminated' in state;
}

/** `CrashLoopBackOff: back-off 10s …`, `Error, exit code 3`, `running`. */
export function explainState(state: ContainerState): string {
  if ('running' in state) return 'running, not ready yet';
  if ('waiting' in state) return withMessage(state.waiting.reason || 'waiting', state.waiting.message);
  const { reason, exitCode, signal, message } = state.terminated;
  return withMessage(`${reason}, exit code ${exitCode}${signal === undefined ? '' : ` (signal ${signal})`}`, message);
}

function withMessage(text: string, message: string | undefined): string {
  return message === undefined || message === '' ? text : `${text}: ${message.trim()}`;
}

/** One short line of progress: `0/2 ready (server: ContainerCreating, worker: running)`. */
export function summariseProgress(pod: PodObject): string {
  const words = allStatuses(pod.status)
    .filter((container) => !container.ready && !isAwaitingTurn(container))
    .map((container) => `${container.name}: ${stateWord(container.state)}${programWords(container)}`);
  const details = words.length === 0 ? '' : ` (${words.join(', ')})`;
  return `${readyCount(pod)} ready${details}`;
}

/** `, worker: BACKOFF, web: WAITING`: at most three. */
function programWords(container: ContainerStatus): string {
  const unready = unreadyPrograms(container);
  const words = unready.slice(0, 3).map(({ label, state }) => `, ${label}: ${state}`);
  return `${words.join('')}${unready.length > 3 ? `, ${unready.length - 3} more` : ''}`;
}

function stateWord(state: ContainerState): string {
  if ('running' in state) return 'running';
  return 'waiting' in state ? state.waiting.reason || 'waiting' : state.terminated.reason;
}
