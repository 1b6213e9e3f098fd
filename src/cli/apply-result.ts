/** What apply did to one pod: a line, and one for each program that it touches. */
import { type ProgramRef, parseProgramRef } from '../model/program-name.ts';
import type { ApplyResult, ChangeCost, FieldChange, ProgramEffect } from '../protocol/api.ts';
import { alignColumns, cleanCell } from './tab-columns.ts';

const dearestFirst: readonly ChangeCost[] = [
  'recreate-pod',
  'restart-container',
  'restart-program',
  'reload',
  'signal',
  'in-place',
  'nothing',
];

/** `pod/web configured (restart container server: spec.containers[server].command; in place: …)`, then its programs. */
export function formatApplyResult(result: ApplyResult, dryRun = false): string {
  const costs =
    result.outcome === 'configured' && result.changes.length > 0 ? ` (${formatChanges(result.changes)})` : '';
  const line = `pod/${result.name} ${result.outcome}${costs}${dryRun ? ' (dry run)' : ''}`;
  // All programs of a new pod start: that goes without saying.
  return result.outcome === 'created' ? line : [line, ...formatProgramEffects(result.programs)].join('\n');
}

/** Instances of one program that share effect and cause; more than these are one line. */
const mostLines = 3;

/** `  app/worker:1  restart  env FOO changed`, aligned; `  app/worker:200…499  stop  instances` where many share a line. */
export function formatProgramEffects(effects: readonly ProgramEffect[]): readonly string[] {
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

/** Changes grouped by what they cost, dearest first. */
export function formatChanges(changes: readonly FieldChange[]): string {
  const groups = new Map<string, string[]>();
  for (const cost of dearestFirst) {
    for (const change of changes.filter((candidate) => candidate.cost === cost)) {
      const words = costWords(change);
      groups.set(words, [...(groups.get(words) ?? []), change.field]);
    }
  }
  return [...groups].map(([words, fields]) => `${words}: ${fields.join(', ')}`).join('; ');
}

function costWords({ cost, field, from, to }: FieldChange): string {
  const whole = wholeThing(field);
  const comesOrGoes = whole !== undefined && cost !== 'recreate-pod';
  if (comesOrGoes && isNothing(from)) return `start ${whole}`;
  if (comesOrGoes && isNothing(to)) return `stop ${whole}`;
  return costOfChange(cost, field);
}

const programPattern = /containers\[([^\]]+)\]\.processes\[([^\]]+)\]/;

/** The field is a container or program, not something in one. */
function wholeThing(field: string): string | undefined {
  const container = /^spec\.containers\[([^\]]+)\]$/.exec(field)?.[1];
  if (container !== undefined) return `container ${container}`;
  return field.endsWith(']') && new RegExp(`^spec\\.${programPattern.source}$`).test(field)
    ? `program ${programOf(field)}`
    : undefined;
}

function programOf(field: string): string | undefined {
  const [, container, program] = programPattern.exec(field) ?? [];
  return program === undefined ? undefined : `${container}/${program}`;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function costOfChange(cost: ChangeCost, field: string): string {
  switch (cost) {
    case 'recreate-pod':
      return 'recreate pod';
    case 'restart-container': {
      const container = /containers\[([^\]]+)\]/i.exec(field)?.[1];
      return container === undefined ? 'restart containers' : `restart container ${container}`;
    }
    case 'restart-program': {
      const program = programOf(field);
      return program === undefined ? 'restart programs' : `restart program ${program}`;
    }
    case 'reload':
    case 'signal':
      return cost;
    case 'in-place':
      return 'in place';
    case 'nothing':
      return 'no restart';
  }
}
