/**
 * Finds rules whose action changes the files that they watch. Nobody tells who wrote a file, so what is looked at is when:
 * a loop writes the same files in every run of the action, at about the same time after its beginning; a person does not.
 */

/** A batch all of whose changes were made while the action ran, or in the quiet time after it. */
interface Round {
  readonly paths: readonly string[];
  /** first change, ms since the action began */
  readonly offsetMs: number;
}

export interface GuardState {
  readonly rounds: readonly Round[];
  readonly isStopped: boolean;
}

export interface BatchFacts {
  readonly paths: readonly string[];
  /** absent: something in it changed while no action ran */
  readonly offsetMs?: number;
}

export interface Verdict {
  /** `stop`: a loop, tell it once; `hold`: still the one that was stopped */
  readonly decision: 'act' | 'stop' | 'hold';
  readonly state: GuardState;
  /** the files that are written in every round */
  readonly looping: readonly string[];
}

export const noRounds: GuardState = { rounds: [], isStopped: false };

const roundsToStop = 3;
/** a loop whose action takes another time in each run shows by its length */
const roundsAtMost = 10;

/** What to do with a batch, and the state afterwards. Three rounds in a row stop the rule until something else changes. */
export function judgeBatch(state: GuardState, { paths, offsetMs }: BatchFacts): Verdict {
  if (offsetMs === undefined) return { decision: 'act', state: noRounds, looping: [] };
  if (state.isStopped) return { decision: 'hold', state, looping: [] };
  const looping = commonPaths([...state.rounds, { paths, offsetMs }]);
  const rounds = looping.length === 0 ? [{ paths, offsetMs }] : [...state.rounds, { paths: looping, offsetMs }];
  if (!isLoop(rounds)) return { decision: 'act', state: { rounds, isStopped: false }, looping };
  return { decision: 'stop', state: { rounds: [], isStopped: true }, looping };
}

function commonPaths(rounds: readonly Round[]): readonly string[] {
  return rounds.map(({ paths }) => paths).reduce((common, paths) => common.filter((path) => paths.includes(path)));
}

function isLoop(rounds: readonly Round[]): boolean {
  if (rounds.length >= roundsAtMost) return true;
  const offsets = rounds.slice(-roundsToStop).map(({ offsetMs }) => offsetMs);
  const [least, most] = [Math.min(...offsets), Math.max(...offsets)];
  return offsets.length === roundsToStop && most - least <= Math.max(250, most / 4);
}
