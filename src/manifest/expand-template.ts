/** Templates with the values of variables put in. */
import { maxExpansion } from './limits.ts';
import type { TemplatePart, TemplateVariable } from './template.ts';

export interface VariableValue {
  readonly value: string;
  /** `environment`, or the file it comes from */
  readonly source: string;
}

/** What variables are worth, by name. */
export type VariableValues = ReadonlyMap<string, VariableValue>;

/** A variable where a document uses it. */
export interface VariableUse {
  readonly variable: TemplateVariable;
  /** absent: it is not set */
  readonly given?: VariableValue;
}

export interface ExpansionProblem {
  readonly variable: TemplateVariable;
  readonly kind: 'unset' | 'refused' | 'too large';
  /** of `${NAME:?message}` */
  readonly message?: string;
}

/** What is known while the texts of one document are expanded, and what was found. */
export interface Expansion {
  readonly values: VariableValues;
  /**
   * The text is a program's own command line: what could be its shell's or its JavaScript's stays as it is written, that is
   * `${name}`, `${a-b}`, `${i+1}` and `${ok?1:2}` of a variable that is not set.
   */
  readonly isCommand: boolean;
  /** characters that variables may still bring into the document */
  readonly budget: { left: number };
  readonly problems: ExpansionProblem[];
  /** variables that are no text of the program itself */
  readonly used: VariableUse[];
}

/** Characters that variables bring into one document at most. */
export const newBudget = (): Expansion['budget'] => ({ left: maxExpansion });

/** The text; where there is a problem, it means nothing. */
export function expandTemplate(parts: readonly TemplatePart[], expansion: Expansion): string {
  return parts.map((part) => (typeof part === 'string' ? part : expandVariable(part, expansion))).join('');
}

function expandVariable(variable: TemplateVariable, expansion: Expansion): string {
  const given = expansion.values.get(variable.name);
  const value = given?.value;
  const countsEmpty = variable.operator?.startsWith(':') !== true;
  if (value === undefined && countsEmpty && expansion.isCommand) return variable.written;
  expansion.used.push({ variable, ...(given === undefined ? {} : { given }) });
  const isGiven = value !== undefined && (countsEmpty || value !== '');
  const isAlternative = variable.operator?.endsWith('+') === true;
  if (isGiven) return isAlternative ? expandTemplate(variable.word, expansion) : spend(variable, value, expansion);
  return isAlternative ? '' : withoutValue(variable, expansion);
}

function withoutValue(variable: TemplateVariable, expansion: Expansion): string {
  if (variable.operator === undefined) return complain(expansion, { variable, kind: 'unset' });
  return variable.operator.endsWith('-') ? expandTemplate(variable.word, expansion) : refuse(variable, expansion);
}

function refuse(variable: TemplateVariable, expansion: Expansion): string {
  return complain(expansion, { variable, kind: 'refused', message: expandTemplate(variable.word, expansion) });
}

/** Environment values are put in as they are, and never looked at for variables again. */
function spend(variable: TemplateVariable, value: string, expansion: Expansion): string {
  const { budget } = expansion;
  const isFirst = budget.left >= 0;
  budget.left -= value.length;
  if (budget.left >= 0) return value;
  return isFirst ? complain(expansion, { variable, kind: 'too large' }) : '';
}

function complain({ problems }: Expansion, problem: ExpansionProblem): '' {
  problems.push(problem);
  return '';
}
