/** Kubernetes' label and field selectors (apimachinery labels.Parse, fields.ParseSelector), as data and pure tests. */
import type { LabelRequirement } from '../util/match-labels.ts';
import { err, ok, type Result } from '../util/result.ts';

/** `field=value` or `field!=value`. */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<9`; the empty text selects everything. The error is one sentence. */
export function parseLabelSelector(text: string): Result<readonly LabelRequirement[], string> {
  const tokens = text.match(/[!=]=|[(),!=<>]|[^\s(),!=<>]+/g) ?? [];
  const requirements: LabelRequirement[] = [];
  const cursor: Cursor = { tokens, at: 0 };
  while (cursor.at < tokens.length) {
    const requirement = parseRequirement(cursor);
    if (!requirement.ok) return err(`unable to parse label selector "${text}": ${requirement.error}`);
    requirements.push(requirement.value);
    const separator = next(cursor);
    if (separator === undefined) break;
    const ends = separator !== ',' || cursor.at === tokens.length;
    if (ends)
      return err(`unable to parse label selector "${text}": found '${separator}', expected: ',' and more, or the end`);
  }
  return ok(requirements);
}

/** Parses `metadata.name=web,status.phase!=Running`; fields other than `supported` are an error, as in Kubernetes. */
export function parseFieldSelector(
  text: string,
  supported: readonly string[],
): Result<readonly FieldRequirement[], string> {
  const requirements: FieldRequirement[] = [];
  for (const term of text.split(',').map((part) => part.trim())) {
    if (term === '') continue;
    const match = /^([^=!]+?)\s*(==|=|!=)\s*([^=!]*)$/.exec(term);
    const [, field, operator, value] = match ?? [];
    if (field === undefined) return err(`invalid field selector "${text}": cannot understand "${term}"`);
    if (!supported.includes(field)) {
      return err(`field label not supported: ${field} (supported: ${supported.join(', ')})`);
    }
    requirements.push({ field, equal: operator !== '!=', value: value ?? '' });
  }
  return ok(requirements);
}

/** Whether fields satisfy every requirement; a field that is absent counts as empty. */
export function matchesFields(
  requirements: readonly FieldRequirement[],
  fields: Readonly<Record<string, string | undefined>>,
): boolean {
  return requirements.every(({ field, equal, value }) => ((fields[field] ?? '') === value) === equal);
}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
}

const operatorCharacters = /^[(),!=<>]/;
// A qualified name: an optional DNS prefix and `/`, then 63 characters at most (apimachinery validation.IsQualifiedName).
const keyPattern = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const valuePattern = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

function next(cursor: Cursor): string | undefined {
  const token = cursor.tokens[cursor.at];
  cursor.at += 1;
  return token;
}

function peek(cursor: Cursor): string | undefined {
  return cursor.tokens[cursor.at];
}

function parseRequirement(cursor: Cursor): Result<LabelRequirement, string> {
  const negated = peek(cursor) === '!';
  if (negated) cursor.at += 1;
  const key = next(cursor);
  if (key === undefined || operatorCharacters.test(key)) return err(`found '${key ?? ''}', expected: a label key`);
  if (!keyPattern.test(key)) return err(`"${key}" is not a label key`);
  if (negated) return ok({ key, operator: 'DoesNotExist', values: [] });
  const operator = peek(cursor);
  if (operator === undefined || operator === ',') return ok({ key, operator: 'Exists', values: [] });
  cursor.at += 1;
  return parseCondition(cursor, key, operator);
}

function parseCondition(cursor: Cursor, key: string, operator: string): Result<LabelRequirement, string> {
  switch (operator) {
    case '=':
    case '==':
      return withValues(key, 'In', ok([takeValue(cursor)]));
    case '!=':
      return withValues(key, 'NotIn', ok([takeValue(cursor)]));
    case 'in':
      return withValues(key, 'In', takeSet(cursor));
    case 'notin':
      return withValues(key, 'NotIn', takeSet(cursor));
    case '>':
    case '<': {
      const value = takeValue(cursor);
      if (!/^-?\d+$/.test(value)) return err(`'${operator}' needs an integer, found "${value}"`);
      return ok({ key, operator: operator === '>' ? 'Gt' : 'Lt', values: [value] });
    }
    default:
      return err(`found '${operator}', expected: in, notin, =, ==, !=, >, <, ',' or the end`);
  }
}

function withValues(
  key: string,
  operator: 'In' | 'NotIn',
  values: Result<readonly string[], string>,
): Result<LabelRequirement, string> {
  if (!values.ok) return values;
  const wrong = values.value.find((value) => !valuePattern.test(value));
  return wrong === undefined ? ok({ key, operator, values: values.value }) : err(`"${wrong}" is not a label value`);
}

function takeValue(cursor: Cursor): string {
  const token = peek(cursor);
  if (token === undefined || operatorCharacters.test(token)) return '';
  cursor.at += 1;
  return token;
}

function takeSet(cursor: Cursor): Result<readonly string[], string> {
  const open = next(cursor);
  if (open !== '(') return err(`found '${open ?? ''}', expected: '('`);
  const values: string[] = [];
  for (;;) {
    values.push(takeValue(cursor));
    const separator = next(cursor);
    if (separator === ')') return ok(values);
    if (separator !== ',') return err(`found '${separator ?? ''}', expected: ',' or ')'`);
  }
}
