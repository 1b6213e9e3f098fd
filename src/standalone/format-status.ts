/** Programs for people, as `podinit ctl` prints them. Pure. */
import type { ProgramDecision, ProgramState } from '../protocol/init.ts';
import { formatDuration } from '../util/duration.ts';

/** One line per instance, in columns. */
export function formatStatus(programs: readonly ProgramState[], nowMs: number): string {
  const rows = [
    ['PROGRAM', 'STATE', 'READY', 'PID', 'UPTIME', 'RESTARTS', 'MESSAGE'],
    ...programs.map((program) => [
      program.label,
      program.paused === true ? 'PAUSED' : program.state,
      program.ready ? 'yes' : 'no',
      String(program.pid ?? '-'),
      uptime(program, nowMs),
      String(program.restarts),
      program.message ?? lastExit(program),
    ]),
  ];
  return columns(rows);
}

/** The newest decisions, oldest first, by label. */
export function formatDecisions(decisions: Readonly<Record<string, readonly ProgramDecision[]>>): string {
  const rows = Object.entries(decisions).flatMap(([label, list]) =>
    list.map(({ at, state, what, cause }) => [label, at, state, what, cause]),
  );
  return columns(rows);
}

function uptime({ pid, startedAt }: ProgramState, nowMs: number): string {
  if (pid === undefined || startedAt === undefined) return '-';
  return formatDuration(Math.max(0, Math.floor((nowMs - Date.parse(startedAt)) / 1000) * 1000));
}

function lastExit({ lastExit: end, pid }: ProgramState): string {
  if (end === undefined || pid !== undefined) return '';
  return end.signal === undefined ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
}

/** Control characters of messages never reach the terminal. */
function columns(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}+/gu, ' ')));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)));
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
