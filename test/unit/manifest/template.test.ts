import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandTemplate, newBudget, type VariableValues } from '../../../src/manifest/expand-template.ts';
import { escapeTemplate, parseTemplate } from '../../../src/manifest/template.ts';

const valuesOf = (record: Readonly<Record<string, string>>): VariableValues =>
  new Map(Object.entries(record).map(([name, value]) => [name, { value, source: 'environment' }]));

const values = valuesOf({ SET: 'value', EMPTY: '', NESTED: '${SET}', PORT: '8080' });

/** The expanded text, or `!` and what is wrong. */
function expand(text: string, isCommand = false): string {
  const template = parseTemplate(text);
  if (!template.ok) return `! ${template.error.message}`;
  const problems: Parameters<typeof expandTemplate>[1]['problems'] = [];
  const expanded = expandTemplate(template.value, { values, isCommand, budget: newBudget(), problems, used: [] });
  const [problem] = problems;
  return problem === undefined
    ? expanded
    : `! ${problem.variable.name} ${problem.kind}${problem.message === undefined ? '' : `: ${problem.message}`}`;
}

describe('the forms of docker compose', () => {
  test.each([
    ['${SET}', 'value'],
    ['a-${SET}-${PORT}', 'a-value-8080'],
    ['${EMPTY}', ''],
    ['${NONE}', '! NONE unset'],
    ['${SET:-other}', 'value'],
    ['${EMPTY:-other}', 'other'],
    ['${NONE:-other}', 'other'],
    ['${NONE:-}', ''],
    ['${SET-other}', 'value'],
    ['${EMPTY-other}', ''],
    ['${NONE-other}', 'other'],
    ['${SET:?say so}', 'value'],
    ['${EMPTY:?say so}', '! EMPTY refused: say so'],
    ['${NONE:?say so}', '! NONE refused: say so'],
    ['${NONE:?}', '! NONE refused: '],
    ['${EMPTY?say so}', ''],
    ['${NONE?say so}', '! NONE refused: say so'],
    ['${SET:+other}', 'other'],
    ['${EMPTY:+other}', ''],
    ['${NONE:+other}', ''],
    ['${SET+other}', 'other'],
    ['${EMPTY+other}', 'other'],
    ['${NONE+other}', ''],
    ['${NONE:-${SET}}', 'value'],
    ['${NONE:-${EMPTY:-${PORT}}}/x', '8080/x'],
    ['${SET:-${NONE}}', 'value'],
    ['${NONE:-{"a": {}}}', '{"a": {}}'],
    ['${NONE:?${SET} is missing}', '! NONE refused: value is missing'],
    ['${NESTED}', '${SET}'],
    ['${NONE:-two\nlines}', 'two\nlines'],
    ['${NONE:-:-?+}', ':-?+'],
  ])('%s is %s', (text, expanded) => expect(expand(text)).toBe(expanded));
});

describe('text that is none of them stays as it is', () => {
  test.each([
    '$SET',
    '$(SET)',
    '$$(SET)',
    '$$SET',
    '$',
    '${',
    '${}',
    '${SET',
    '${SET-x',
    '${1}',
    '${1:-x}',
    '${SET.length}',
    '${x%.*}',
    '${x##*/}',
    '${#x}',
    '${x[0]}',
    '${ SET }',
    '${SET }',
    '${SET:x}',
    '${SET/a/b}',
    "${fn('x')}",
    '${a ? b : c}',
  ])('%s', (text) => {
    expect(expand(text)).toBe(text);
    expect(expand(escapeTemplate(text))).toBe(text);
  });
});

describe('escapes', () => {
  test.each([
    ['$${SET}', '${SET}'],
    ['$$${SET}', '$${SET}'],
    ['$${SET}${SET}', '${SET}value'],
    ['$${x%.*}', '${x%.*}'],
    ['${NONE:-$${SET}}', '${SET}'],
    ['$${', '${'],
  ])('%s is %s', (text, expanded) => expect(expand(text)).toBe(expanded));

  test('touch nothing that is text anyway', () => {
    expect(escapeTemplate('`${a.b} ${c} $${d.e} $f ${g%h}`')).toBe('`${a.b} $${c} $$${d.e} $f ${g%h}`');
  });

  test('any text can be written so that it means itself', () => {
    const pieces = fc.constantFrom('$', '{', '}', 'SET', 'NONE', ':-', '-', ':?', '+', 'x', ' ', '${', '$${', '${SET}');
    const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.boolean(), (written, isCommand) => {
        expect(expand(escapeTemplate(written), isCommand)).toBe(written);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the text of a program’s command', () => {
  test.each([
    ['hit ${hits}', 'hit ${hits}'],
    ['${a-b} ${i+1} ${ok?1:2}', '${a-b} ${i+1} ${ok?1:2}'],
    ['${SET} ${SET-x} ${SET+y}', 'value value y'],
    ['${NONE:-x} ${NONE:+y}', 'x '],
    ['${NONE:?say so}', '! NONE refused: say so'],
    ['${NONE:-${hits}}', '${hits}'],
  ])('%s is %s', (text, expanded) => expect(expand(text, true)).toBe(expanded));
});

describe('bounds', () => {
  test('a form that clearly began must end', () => {
    expect(expand('a ${SET:-b')).toBe('! ${SET:- has no closing }');
    expect(expand('${SET:-{}')).toBe('! ${SET:- has no closing }');
    expect(expand('${SET:?${NONE:-}')).toBe('! ${SET:? has no closing }');
  });

  test('nesting has a limit', () => {
    const nested = (levels: number): string => '${NONE:-'.repeat(levels) + '}'.repeat(levels);
    expect(expand(nested(16))).toBe('');
    expect(expand(nested(17))).toBe('! variables are nested deeper than 16 levels');
    expect(expand(nested(100_000))).toBe('! variables are nested deeper than 16 levels');
  });

  test('values bring in 1 MiB and no more', () => {
    const big = valuesOf({ BIG: 'x'.repeat(1024 * 1024) });
    const run = (text: string) => {
      const template = parseTemplate(text);
      const problems: Parameters<typeof expandTemplate>[1]['problems'] = [];
      const expansion = { values: big, isCommand: false, budget: newBudget(), problems, used: [] };
      return { text: expandTemplate(template.ok ? template.value : [], expansion), problems };
    };
    expect(run('${BIG}').text).toHaveLength(1024 * 1024);
    expect(run('${BIG}').problems).toEqual([]);
    const bomb = run('${BIG}'.repeat(100_000));
    expect(bomb.problems.map(({ kind }) => kind)).toEqual(['too large']);
    expect(bomb.text).toHaveLength(1024 * 1024);
  });

  test.each([
    ['${NONE:-x}'.repeat(100_000)],
    ['${'.repeat(500_000)],
    ['${A-'.repeat(250_000)],
    ['{'.repeat(500_000) + '${A-}'.repeat(100_000)],
    ['$'.repeat(1_000_000)],
  ])(
    'a million characters are read in linear time: anything worse ends in the time limit (%#)',
    { timeout: 40_000 },
    (text) => {
      expect(parseTemplate(text)).toHaveProperty('ok');
      expect(escapeTemplate(text).length).toBeGreaterThanOrEqual(text.length);
    },
  );
});
