/** What podd tells of a program, in words and figures for tables. */
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import type { ProgramExit, ProgramState } from '../protocol/init.ts';
import { signalName } from '../util/signal-name.ts';
import { formatAge, formatSince } from './age.ts';

/** CPU share since the start as ps(1) counts it: CPU time over time running; `12.3%` of one CPU. */
export function formatCpuShare(cpuMs: number | undefined, uptimeMs: number | undefined): string {
  if (cpuMs === undefined || uptimeMs === undefined) return '-';
  const percent = (100 * cpuMs) / Math.max(uptimeMs, 1);
  return `${percent.toFixed(percent < 99.95 ? 1 : 0)}%`;
}

const units = ['', 'Ki', 'Mi', 'Gi', 'Ti'] as const;

/** `812`, `1.5Mi`, `12Mi`: two digits or more, in Kubernetes' binary units. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined) return '-';
  let amount = bytes;
  let unit = 0;
  // 1023.5 would print as 1024 of the smaller unit.
  for (; amount >= 1023.5 && unit < units.length - 1; unit++) amount /= 1024;
  const digits = unit > 0 && amount < 9.95 ? 1 : 0;
  return `${amount.toFixed(digits)}${units[unit] ?? ''}`;
}

/** `exit 1`, `SIGKILL`, `SIGKILL, out of memory`. */
export function formatExit({ exitCode, signal, oomKilled }: ProgramExit): string {
  const how = signal === undefined ? `exit ${exitCode}` : signalName(signal);
  return oomKilled ? `${how}, out of memory` : how;
}

type Ended = Pick<ProgramState, 'lastExit' | 'message'>;

/** `exit 1 (5s ago)`, `SIGTERM (5s ago: stopped by request)`, or `-`. */
export function formatLastExit({ lastExit, message = '' }: Ended, nowMs: number): string {
  if (lastExit === undefined) return '-';
  const { why = '' } = lastExit;
  const reason = why === '' || message.includes(why) ? '' : `: ${why}`;
  return `${formatExit(lastExit)} (${formatSince(lastExit.at, nowMs)} ago${reason})`;
}

/** The same of a container's last run. */
export function formatContainerExit({ lastExit, message }: ProgramGroup, nowMs: number): string {
  if (lastExit === undefined) return '-';
  const { exitCode, signal, reason, finishedAt: at, message: why } = lastExit;
  const how = { exitCode, at, oomKilled: reason === 'OOMKilled', ...(signal === undefined ? {} : { signal }) };
  const exit = { ...how, ...(why === undefined ? {} : { why }) };
  return formatLastExit({ lastExit: exit, ...(message === undefined ? {} : { message }) }, nowMs);
}

/** Why it is as it is: its own message, and when it starts next. */
export function explainState(program: ProgramState, nowMs: number): string {
  const { nextStartAt } = program;
  const message = (program.message ?? '').replace(nextStartAt === undefined ? /$/ : staleTime, '');
  const next = nextStartAt === undefined ? '' : nextStart(nextStartAt, nowMs);
  return [message, next].filter((part) => part !== '').join('; ');
}

// `restarts in 2s` was true when it was said; how long it is now is said beside it.
const staleTime = /; restarts in \S+$|^next at \S+$/;

/** At rest as it should be, so that nobody waits for it: stopped, ended well, or until its schedule is due. */
export function isResting({ state, scheduled, nextStartAt, lastExit }: ProgramState): boolean {
  switch (state) {
    case 'STOPPED':
      return true;
    case 'EXITED':
      return scheduled || lastExit?.expected === true;
    case 'WAITING':
      return scheduled && nextStartAt !== undefined;
    default:
      return false;
  }
}

function nextStart(at: string, nowMs: number): string {
  const ms = Date.parse(at) - nowMs;
  return Number.isNaN(ms) || ms <= 0 ? 'starts now' : `next start in ${formatAge(Math.max(1000, ms))}`;
}

/** `2m5s` since its newest start; `-` while it does not run. */
export const formatUptime = ({ uptimeMs }: Pick<ProgramObject, 'uptimeMs'>): string =>
  uptimeMs === undefined ? '-' : formatAge(uptimeMs);

/** `CrashLoopBackOff (back-off 10s …; last exit: exit 3, 5s ago)`: a container that does not run, and why. */
export function explainGroup(group: ProgramGroup, nowMs: number): string {
  const exit = group.lastExit === undefined ? '' : `last exit: ${formatContainerExit(group, nowMs)}`;
  const parts = [group.message ?? '', exit].filter((part) => part !== '');
  return `${containerWord(group)}${parts.length === 0 ? '' : ` (${parts.join('; ')})`}`;
}

/** One word for what a container does: `running`, `paused`, else Kubernetes' reason. */
export const containerWord = (group: Pick<ProgramGroup, 'state' | 'reason' | 'programs'>): string => {
  if (group.state !== 'running') return group.reason || group.state;
  return isPausedGroup(group) ? 'paused' : group.state;
};

/** All its programs stand still. */
export const isPausedGroup = ({ state, programs }: Pick<ProgramGroup, 'state' | 'programs'>): boolean =>
  state === 'running' && programs.length > 0 && programs.every(({ paused }) => paused === true);

/** Its state, or PAUSED: what is at rest rests on while its container is paused. */
export const stateWord = ({ state, paused }: Pick<ProgramState, 'state' | 'paused'>): string =>
  paused === true && state !== 'STOPPED' && state !== 'EXITED' && state !== 'FATAL' ? 'PAUSED' : state;
