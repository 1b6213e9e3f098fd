/** The programs of a container on `podctl describe`'s page: state, dependencies, last end. */
import type { ProgramState } from '../protocol/init.ts';
import { formatSince } from './age.ts';
import { type Dependency, dependenciesOf } from './format-why.ts';
import { explainState, formatLastExit, stateWord } from './program-words.ts';
import { cleanCell } from './tab-columns.ts';

/**
 * Lines with tabs between cells. `processes` are those of the manifest, `programs` what runs of them (absent while the container does not);
 * none of either: a plain container, nothing.
 */
export function describePrograms(
  processes: readonly Readonly<Record<string, unknown>>[],
  programs: readonly ProgramState[] | undefined,
  nowMs: number,
): string[] {
  if (processes.length === 0) return [];
  const dependencies = new Map(processes.map((process) => [String(process.name), dependenciesOf(process)]));
  const rows =
    programs === undefined
      ? processes.map(({ name }) => [String(name), '-', '-', '-', '-', dependencyWords(dependencies.get(String(name)))])
      : programs.map((program) => programRow(program, dependencies.get(program.program), nowMs));
  const reasons = (programs ?? []).flatMap((program) => {
    const why = explainState(program, nowMs);
    return why === '' ? [] : [`  ${program.label}:\t${cleanCell(why)}`];
  });
  return [
    'Programs:',
    '  Name\tState\tReady\tRestarts\tLast Exit\tDepends On',
    ...rows.map((cells) => `  ${cells.join('\t')}`),
    ...(reasons.length === 0 ? [] : ['Reasons:', ...reasons]),
  ];
}

function programRow(
  program: ProgramState,
  dependencies: readonly Dependency[] | undefined,
  nowMs: number,
): readonly string[] {
  const { label, state, startedAt, ready, restarts, paused } = program;
  const since =
    state === 'RUNNING' && paused !== true && startedAt !== undefined ? ` (${formatSince(startedAt, nowMs)})` : '';
  return [
    ...[label, `${stateWord(program)}${since}`, ready ? 'True' : 'False', String(restarts)],
    ...[formatLastExit(program, nowMs), dependencyWords(dependencies)],
  ];
}

function dependencyWords(dependencies: readonly Dependency[] | undefined): string {
  if (dependencies === undefined || dependencies.length === 0) return '<none>';
  return dependencies.map(({ program, condition }) => `${program} (${condition})`).join(', ');
}
