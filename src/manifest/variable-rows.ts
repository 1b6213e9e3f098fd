/** The variables that manifests use, for people who want to know what they can set. */
import type { VariableUse } from './expand-template.ts';
import type { TemplateVariable } from './template.ts';

export interface VariableRow {
  readonly name: string;
  /** absent: it is not set */
  readonly value?: string;
  /** `environment`, or the file the value comes from */
  readonly source?: string;
  /** as it is written: what stands for it when it is not set, or when it is */
  readonly default?: string;
  readonly alternative?: string;
  /** without it the manifest is wrong */
  readonly required: boolean;
}

/** One row for each variable, and for each default that it is given, by name. */
export function variableRows(uses: readonly VariableUse[]): VariableRow[] {
  const rows = new Map<string, VariableRow>();
  for (const use of uses) {
    const row = rowOf(use);
    const id = JSON.stringify(row);
    if (!rows.has(id)) rows.set(id, row);
  }
  return [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function rowOf({ variable, given }: VariableUse): VariableRow {
  const { name, operator = '' } = variable;
  return {
    name,
    ...given,
    ...(operator.endsWith('-') ? { default: wordOf(variable) } : {}),
    ...(operator.endsWith('+') ? { alternative: wordOf(variable) } : {}),
    required: operator === '' || operator.endsWith('?'),
  };
}

function wordOf({ name, operator, written }: TemplateVariable): string {
  return written.slice(`\${${name}${operator ?? ''}`.length, -1);
}
