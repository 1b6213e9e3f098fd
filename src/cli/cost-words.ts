/** What a change costs, in words and colours. */
import type { ChangeCost, FieldChange } from '../protocol/api.ts';

/** From the recreation of the pod down to nothing. */
export const dearestFirst: readonly ChangeCost[] = [
  'recreate-pod',
  'restart-container',
  'restart-program',
  'reload',
  'signal',
  'in-place',
  'nothing',
];

/** `restart container server`, `start program app/web`, `in place`. */
export function costWords({ cost, field, from, to }: FieldChange): string {
  const whole = wholeThing(field);
  const comesOrGoes = whole !== undefined && cost !== 'recreate-pod' && cost !== 'nothing';
  if (comesOrGoes && isNothing(from)) return `start ${whole}`;
  if (comesOrGoes && isNothing(to)) return `stop ${whole}`;
  return costOfChange(cost, field);
}

/** Green for what touches no process, yellow for what touches programs, red for containers and pods. */
export function paintCost(text: string, cost: ChangeCost): string {
  const colour = cost === 'nothing' || cost === 'in-place' ? 32 : isDear(cost) ? 31 : 33;
  return `\u001b[${colour}m${text}\u001b[0m`;
}

const isDear = (cost: ChangeCost): boolean => cost === 'restart-container' || cost === 'recreate-pod';

const programPattern = /(?:c|initC)ontainers\[([^\]]+)\]\.processes\[([^\]]+)\]/;

/** The field is a container or program, not something in one. */
function wholeThing(field: string): string | undefined {
  const container = /^spec\.(?:c|initC)ontainers\[([^\]]+)\]$/.exec(field)?.[1];
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
