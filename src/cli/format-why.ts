/** `podctl why`: a sentence on a program's present state, and the decisions that led to it. */

import type { ProgramGroup, WhyResponse } from '../protocol/api.ts';
import type { ProgramState } from '../protocol/init.ts';
import type { PodObject } from '../protocol/objects.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import { isRecord } from './loose-values.ts';
import { everyContainer } from './pod-row.ts';
import { explainState, isResting, stateWord } from './program-words.ts';
import { alignColumns, cleanCell } from './tab-columns.ts';

export interface Dependency {
  readonly program: string;
  /** started, ready, completed or succeeded */
  readonly condition: string;
}

export interface WhyContext {
  readonly pod: string;
  /** the container with all its programs */
  readonly group: ProgramGroup | undefined;
  readonly dependencies: readonly Dependency[];
  readonly nowMs: number;
  readonly colour: boolean;
}

type WhyItem = WhyResponse['items'][number];

/** Ends in a newline. */
export function formatWhy({ container, state, decisions }: WhyItem, context: WhyContext): string {
  const name = `${context.pod}/${container}/${state.label}`;
  const sentence = cleanCell(summariseProgram(state, context));
  const head = context.colour ? `\u001b[1m${name}\u001b[0m ${sentence}` : `${name} ${sentence}`;
  if (decisions.length === 0) return `${head}\n  nothing was decided about it yet\n`;
  const rows = decisions.map(({ at, state: now, what, cause }) =>
    ['', formatMoment(at, context.nowMs), now, cleanCell(what), cleanCell(cause)].join('\t'),
  );
  const table = alignColumns(['\tTIME\tSTATE\tDECISION\tCAUSE', ...rows], { minWidth: 2, padding: 2 });
  return `${[head, ...table].join('\n')}\n`;
}

/** `is WAITING: waits for db to be ready (db is BACKOFF: exited with 1)`. */
export function summariseProgram(
  state: ProgramState,
  { group, dependencies, nowMs }: Omit<WhyContext, 'colour' | 'pod'>,
): string {
  const said = explainState(state, nowMs);
  const others = state.state === 'WAITING' && !isResting(state) ? unmet(group, dependencies, { said, nowMs }) : [];
  const aside = others.length === 0 ? '' : ` (${others.join('; ')})`;
  return `is ${stateWords(state)}${colonWhy(state, nowMs)}${aside}`;
}

function stateWords(program: ProgramState): string {
  const { state, ready, paused } = program;
  if (state !== 'RUNNING' || paused === true) return stateWord(program);
  return ready ? 'RUNNING and ready' : 'RUNNING, not ready';
}

function colonWhy(state: ProgramState, nowMs: number): string {
  const why = explainState(state, nowMs);
  const hasEnded = state.state === 'BACKOFF' || state.state === 'EXITED' || state.state === 'FATAL';
  const end = hasEnded && state.lastExit !== undefined ? howItEnded(state.lastExit) : '';
  const parts = [why, why === '' ? end : ''].filter((part) => part !== '');
  return parts.length === 0 ? '' : `: ${parts.join('; ')}`;
}

interface Said {
  /** already said of the program that waits */
  readonly said: string;
  readonly nowMs: number;
}

/** How the programs are whose condition does not hold, where that is not said already. */
function unmet(
  group: ProgramGroup | undefined,
  dependencies: readonly Dependency[],
  { said, nowMs }: Said,
): readonly string[] {
  return dependencies.flatMap(({ program, condition }) =>
    (group?.programs ?? [])
      .filter((other) => other.program === program && !holds(other, condition))
      .filter((other) => !said.includes(`${other.label} is ${other.state}`))
      .map((other) => `${other.label} is ${stateWords(other)}${colonWhy(other, nowMs)}`),
  );
}

function holds({ state, ready, startedAt, lastExit }: ProgramState, condition: string): boolean {
  const hasEnded = state === 'EXITED' || state === 'FATAL';
  switch (condition) {
    case 'started':
      return state === 'RUNNING' || (state === 'STARTING' && startedAt !== undefined);
    case 'completed':
      return hasEnded;
    case 'succeeded':
      return state === 'EXITED' && lastExit?.expected === true;
    default:
      return ready;
  }
}

/** `dependsOn` of a program as the manifest has it. */
export function declaredDependencies(pod: PodObject, container: string, program: string): readonly Dependency[] {
  const found = everyContainer(pod).find(({ name }) => name === container);
  const processes: unknown = found?.processes;
  const process: unknown = Array.isArray(processes) ? processes.find((one) => one?.name === program) : undefined;
  return dependenciesOf(process);
}

/** Of one entry of `processes`: `{db: ready}` or `{db: {condition: ready}}`; ready where no condition is given. */
export function dependenciesOf(process: unknown): readonly Dependency[] {
  const { dependsOn } = isRecord(process) ? process : {};
  if (!isRecord(dependsOn)) return [];
  return Object.entries(dependsOn).map(([program, value]) => {
    const condition = isRecord(value) ? value.condition : value;
    return { program, condition: typeof condition === 'string' ? condition : 'ready' };
  });
}

/** Local time with milliseconds, with its date when it is not of today. */
function formatMoment(at: string, nowMs: number): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  const isToday = new Date(nowMs).toDateString() === time.toDateString();
  return isToday ? clock : `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
