/** What apply did to one pod: a line, and one for each program that it touches. */
import type { ApplyResult, ChangeCost, FieldChange, ProgramEffect } from '../protocol/api.ts';
import { alignColumns, cleanCell } from './tab-columns.ts';

const dearestFirst: readonly ChangeCost[] = [
  'recreate-pod',
  'restart-container',
  'restart-program',
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

/** `  app/worker:1  restart  env FOO changed`, aligned. */
export function formatProgramEffects(effects: readonly ProgramEffect[]): readonly string[] {
  const lines = effects.map(
    ({ container, program, effect, why }) => `  ${container}/${program}\t${effect}\t${cleanCell(why)}`,
  );
  return alignColumns(lines, { minWidth: 0, padding: 2 }).map((line) => line.trimEnd());
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
    case 'in-place':
      return 'in place';
    case 'nothing':
      return 'no restart';
  }
}
