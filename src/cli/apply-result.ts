/** What apply did to one object: a line, one for each changed field with its cost and why, one for each program that it touches. */
import { type ProgramRef, parseProgramRef } from '../model/program-name.ts';
import type { ApplyResult, FieldChange, ProgramEffect } from '../protocol/api.ts';
import { costWords, dearestFirst, paintCost } from './cost-words.ts';
import { formatChange } from './format-change.ts';
import { alignColumns, cleanCell } from './tab-columns.ts';

export interface ResultLook {
  /** `dry-run`: nothing was done; `diff`: nothing is going to be */
  readonly mode?: 'apply' | 'dry-run' | 'diff';
  readonly colour?: boolean | undefined;
  /** width of the terminal; absent: none */
  readonly columns?: number | undefined;
}

/** `pod/web`, as kubectl names objects. */
export const objectName = ({ kind, name }: Pick<ApplyResult, 'kind' | 'name'>): string =>
  `${kind.toLowerCase()}/${name}`;

/**
 * `pod/web configured (restart program app/web; in place)`, its changed fields, then its programs; no newline at the end.
 * Values of a Secret are never shown.
 */
export function formatApplyResult(result: ApplyResult, look: ResultLook = {}): string {
  const line = headLine(result, look);
  // All programs of a new pod start: that goes without saying.
  if (result.outcome === 'created') return line;
  const fields = byCost(result.changes).flatMap((change) =>
    formatChange(change, { colour: look.colour, columns: look.columns, kind: result.kind }),
  );
  return [line, ...fields, ...formatProgramEffects(result.programs)].join('\n');
}

function headLine(result: ApplyResult, { mode = 'apply', colour }: ResultLook): string {
  const costs = result.kind === 'Pod' ? formatCosts(result.changes, colour) : '';
  const what = mode === 'diff' ? wouldBe[result.outcome] : result.outcome;
  return `${objectName(result)} ${what}${costs === '' ? '' : ` (${costs})`}${mode === 'dry-run' ? ' (dry run)' : ''}`;
}

const wouldBe: Readonly<Record<ApplyResult['outcome'], string>> = {
  created: 'would be created',
  configured: 'would change',
  unchanged: 'unchanged',
};

/** Dearest first. */
const byCost = (changes: readonly FieldChange[]): readonly FieldChange[] =>
  dearestFirst.flatMap((cost) => changes.filter((change) => change.cost === cost));

/** What the changes cost, each cost once: `restart container app; in place`. */
function formatCosts(changes: readonly FieldChange[], colour: boolean | undefined): string {
  const words = new Map(byCost(changes).map((change) => [costWords(change), change.cost]));
  return [...words].map(([text, cost]) => (colour ? paintCost(text, cost) : text)).join('; ');
}

/** Instances of one program that share effect and cause; more than these are one line. */
const mostLines = 3;

/** `  app/worker:1  restart  env FOO changed`, aligned; `  app/worker:200…499  stop  instances` where many share a line. */
function formatProgramEffects(effects: readonly ProgramEffect[]): readonly string[] {
  const groups = new Map<string, ProgramEffect[]>();
  for (const one of effects) {
    const key = JSON.stringify([one.container, refOf(one).program, one.effect, one.why]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const lines = [...groups.values()].flatMap((group) =>
    (group.length > mostLines ? [together(group)] : group).map(
      ({ container, program, effect, why }) => `  ${container}/${program}\t${effect}\t${cleanCell(why)}`,
    ),
  );
  return alignColumns(lines, { minWidth: 0, padding: 2 }).map((line) => line.trimEnd());
}

const refOf = ({ program }: ProgramEffect): ProgramRef => parseProgramRef(program) ?? { program };

/** One effect in the name of all: `worker:0…3,7`. */
function together(group: readonly ProgramEffect[]): ProgramEffect {
  const [first] = group;
  if (first === undefined) throw new Error('bug: a group of nothing');
  const numbers = group.flatMap((one) => refOf(one).instance ?? []);
  return { ...first, program: `${refOf(first).program}:${formatRanges(numbers)}` };
}

/** `0…3,7` of 3, 0, 1, 2, 7. */
function formatRanges(numbers: readonly number[]): string {
  const runs: { readonly from: number; to: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && number === last.to + 1) last.to = number;
    else runs.push({ from: number, to: number });
  }
  return runs.map(({ from, to }) => (from === to ? `${from}` : `${from}${to === from + 1 ? ',' : '…'}${to}`)).join(',');
}
