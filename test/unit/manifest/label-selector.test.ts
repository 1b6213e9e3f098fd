import { describe, expect, test } from 'vitest';
import { createProblemList } from '../../../src/manifest/field-problem.ts';
import { checkLabelSelector, type LooseSelector } from '../../../src/manifest/rules-label-selector.ts';

function errorsOf(selector: LooseSelector): readonly string[] {
  const found = createProblemList();
  checkLabelSelector(selector, ['spec', 'selector'], found);
  return found.errors.map(({ field, message, hint }) => `${field}: ${message}${hint ? ` (${hint})` : ''}`);
}

const expression = (fields: object): LooseSelector => ({
  matchExpressions: [{ key: 'app', operator: 'Exists', ...fields }],
});
const keyPart =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')";
const first = 'spec.selector.matchExpressions[0]';

describe('a label selector', () => {
  test('may have every operator', () => {
    const matchExpressions = [
      { key: 'a', operator: 'In', values: ['x', ''] },
      { key: 'a', operator: 'NotIn', values: ['y'] },
      { key: 'example.com/a', operator: 'Exists' },
      { key: 'b', operator: 'DoesNotExist', values: [] },
    ];
    expect(errorsOf({ matchLabels: { a: '', 'example.com/b': 'X_1.y' }, matchExpressions })).toEqual([]);
    expect(errorsOf({})).toEqual([]);
  });

  test.each<[string, LooseSelector, readonly string[]]>([
    [
      'a key that is none',
      { matchLabels: { 'No=Key': 'b' } },
      [`spec.selector.matchLabels: Invalid value: "No=Key": ${keyPart}`],
    ],
    [
      'a value that is none',
      { matchLabels: { a: 'b c' } },
      [expect.stringContaining('spec.selector.matchLabels: Invalid value: "b c": a valid label must be')],
    ],
    [
      'an expression without a key',
      { matchExpressions: [{ operator: 'Exists' }] },
      [`${first}.key: Invalid value: "": name part must be non-empty`],
    ],
    [
      'an expression without an operator',
      { matchExpressions: [{ key: 'a' }] },
      [`${first}.operator: Invalid value: "": not a valid selector operator (one of In, NotIn, Exists, DoesNotExist)`],
    ],
    [
      'an operator that is none',
      expression({ operator: 'Notin', values: ['x'] }),
      [`${first}.operator: Invalid value: "Notin": not a valid selector operator (did you mean "NotIn"?)`],
    ],
    [
      'In without values',
      expression({ operator: 'In', values: [] }),
      [`${first}.values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`],
    ],
    [
      'Exists with values',
      expression({ values: ['x'] }),
      [`${first}.values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`],
    ],
    [
      'a value of an expression that is none',
      expression({ operator: 'In', values: ['ok', 'not ok'] }),
      [expect.stringContaining(`${first}.values[1]: Invalid value: "not ok": a valid label`)],
    ],
  ])('may not have %s', (_, selector, errors) => {
    expect(errorsOf(selector)).toEqual(errors);
  });

  test('says nothing of what was told to be of a wrong type', () => {
    expect(errorsOf(expression({ key: undefined, operator: undefined, values: undefined }))).toEqual([]);
    expect(errorsOf({ matchLabels: { a: undefined }, matchExpressions: [undefined] })).toEqual([]);
  });
});
