import { describe, expect, test } from 'vitest';
import { formatChange } from '../../../src/cli/format-change.ts';
import type { FieldChange } from '../../../src/protocol/api.ts';

const change = (from: unknown, to: unknown, more: Partial<FieldChange> = {}): FieldChange => ({
  ...{ field: 'spec.x', from, to, cost: 'in-place', why: 'PID 1 takes it over' },
  ...more,
});

describe('a changed field', () => {
  test.each([
    ['a text', change('8080', '9090'), '  ~ spec.x: "8080" → "9090"   in place: PID 1 takes it over'],
    ['what comes', change(undefined, { a: 1 }), '  + spec.x: {"a":1}   in place: PID 1 takes it over'],
    ['what goes', change([1], undefined), '  - spec.x: [1]   in place: PID 1 takes it over'],
    [
      'a secret',
      change('(secret)', '(secret, changed)'),
      '  ~ spec.x: (secret) → (secret, changed)   in place: PID 1 takes it over',
    ],
    ['control characters', change('a', '\u001b[2J'), '  ~ spec.x: "a" → "\\u001b[2J"   in place: PID 1 takes it over'],
  ])('%s stands in one line', (_, given, expected) => {
    expect(formatChange(given)).toEqual([expected]);
  });

  test('has its cost below where the terminal is narrow, and its values cut around their difference', () => {
    const long = (end: string) =>
      `/usr/share/a/long/way/to/go/before/it/differs/${end}/and/goes/on/behind/that/for/a/while`;
    const lines = formatChange(change(long('one'), long('two')), { columns: 60 });
    expect(lines).toEqual([
      '  ~ spec.x: …iffers/one/and/goes/… → …iffers/two/and/goes/…',
      '      in place: PID 1 takes it over',
    ]);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(60);
  });

  test('wraps a long reason', () => {
    const why = 'the environment is fixed when program app/web starts and that is a long way of saying so';
    const lines = formatChange(change(1, 2, { why }), { columns: 50 });
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(50);
  });

  test('is cut without a terminal too', () => {
    const [line = ''] = formatChange(change('a'.repeat(10_000), 'b'.repeat(10_000)));
    expect(line.length).toBeLessThan(500);
  });

  test('of several lines is shown by line', () => {
    const text = (port: number) => `one\nlisten ${port}\nthree\nfour\n`;
    expect(formatChange(change(text(80), text(81)))).toEqual([
      '  ~ spec.x   in place: PID 1 takes it over',
      '      @@ line 1',
      '        one',
      '      - listen 80',
      '      + listen 81',
      '        three',
    ]);
  });

  test('of a list with a script in it is shown by line', () => {
    const shell = (word: string) => ['sh', '-c', `set -e\necho ${word}\n`];
    expect(formatChange(change(shell('a'), shell('b'))).slice(1)).toEqual([
      '      @@ line 3',
      '        set -e',
      '      - echo a',
      '      + echo b',
    ]);
  });

  test('shows the beginning of a long difference and how much there is more', () => {
    const many = (word: string) => Array.from({ length: 50 }, (_, at) => `${word} ${at}`).join('\n');
    const lines = formatChange(change(many('a'), many('b')));
    expect(lines).toHaveLength(14);
    expect(lines.at(-1)).toBe('      … 89 more lines');
  });

  test('hides what is secret, line by line too', () => {
    const [line, ...rest] = formatChange(change('a\nb', 'a\nc'), { kind: 'Secret' });
    expect(line).toBe('  ~ spec.x: (secret)   PID 1 takes it over');
    expect(rest).toEqual([]);
  });
});
