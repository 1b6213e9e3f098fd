/** What apply did to one pod, in one line. */
import type { ApplyResult, ChangeCost, FieldChange } from '../protocol/api.ts';

const dearestFirst: readonly ChangeCost[] = ['recreate-pod', 'restart-container', 'in-place', 'nothing'];

/** `pod/web configured (restart container server: spec.containers[server].command; in place: …)`. */
export function formatApplyResult(result: ApplyResult, dryRun = false): string {
  const costs =
    result.outcome === 'configured' && result.changes.length > 0 ? ` (${formatChanges(result.changes)})` : '';
  return `pod/${result.name} ${result.outcome}${costs}${dryRun ? ' (dry run)' : ''}`;
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
  const whole = /^spec\.containers\[([^\]]+)\]$/.exec(field)?.[1];
  const isWhole = whole !== undefined && cost !== 'recreate-pod';
  if (isWhole && isNothing(from)) return `start container ${whole}`;
  if (isWhole && isNothing(to)) return `stop container ${whole}`;
  return costOfChange(cost, field);
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
    case 'in-place':
      return 'in place';
    case 'nothing':
      return 'no restart';
  }
}
