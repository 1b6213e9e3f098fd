import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../../src/manifest/format-diagnostic.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';

const aDiagnostic = (changes: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: 'error',
  file: 'pod.yaml',
  position: { line: 3, column: 3 },
  field: 'spec.imag',
  message: 'unknown field "imag"',
  ...changes,
});
const plain = (changes: Partial<Diagnostic>): string[] =>
  formatDiagnostic(aDiagnostic(changes), { color: false }).split('\n');

test('is one line without a source line', () => {
  expect(plain({})).toEqual(['pod.yaml:3:3: spec.imag: unknown field "imag"']);
});

test('shows hint, source line and caret', () => {
  expect(plain({ hint: 'did you mean "image"?', sourceLine: '  imag: host', length: 4 })).toEqual([
    'pod.yaml:3:3: spec.imag: unknown field "imag" (did you mean "image"?)',
    '      imag: host',
    '      ^^^^',
  ]);
});

test('marks warnings and leaves an empty field out', () => {
  expect(plain({ severity: 'warning', field: '', message: 'odd' })).toEqual(['pod.yaml:3:3: warning: odd']);
});

test('colours only when asked', () => {
  const text = formatDiagnostic(aDiagnostic({ sourceLine: '  imag: host', length: 4 }), { color: true });
  expect(text).toContain('\u001b[31m^^^^\u001b[0m');
  expect(text).toContain('\u001b[1mpod.yaml:3:3:\u001b[0m');
});

describe('the caret stands under the mistake', () => {
  test.each<[string, string, number, number, string, string]>([
    ['after tabs', '\t\tx: y', 6, 1, '  x: y', '     ^'],
    ['after wide characters', 'a: 日本, b', 8, 1, 'a: 日本, b', '         ^'],
    ['under wide characters', 'a: 日本', 4, 2, 'a: 日本', '   ^^^^'],
    ['after emoji', '😀: x', 4, 1, '😀: x', '    ^'],
    ['after combining marks', 'e\u0301: x', 5, 1, 'e\u0301: x', '   ^'],
    ['at the end of the line', 'abc', 4, 1, 'abc', '   ^'],
  ])('%s', (_, sourceLine, column, length, source, caret) => {
    expect(plain({ sourceLine, length, position: { line: 1, column } }).slice(1)).toEqual([
      `    ${source}`,
      `    ${caret}`,
    ]);
  });
});

test('a long line is shown around the mistake', () => {
  const sourceLine = `${'a'.repeat(500)}X${'b'.repeat(500)}`;
  const [, source = '', caret = ''] = plain({ sourceLine, length: 1, position: { line: 1, column: 501 } });
  expect(source.length).toBeLessThan(120);
  expect(source[caret.indexOf('^')]).toBe('X');
  expect(source.trim().startsWith('…') && source.endsWith('…')).toBe(true);
});

test('the underline ends where the shown line ends', () => {
  const [, source = '', caret = ''] = plain({
    sourceLine: 'a'.repeat(500),
    length: 500,
    position: { line: 1, column: 1 },
  });
  expect(caret.length).toBeLessThanOrEqual(source.length);
});

test('control and direction characters never reach the terminal', () => {
  const text = formatDiagnostic(
    aDiagnostic({
      file: 'a\u001b[2J',
      message: 'x\u009b\u202e\n',
      hint: '\u0007',
      sourceLine: 'a\u001b]0;x\u0007b',
      field: '\u001b',
    }),
    { color: false },
  );
  const hostile = [...text].filter((character) => /[\p{Cc}\p{Bidi_Control}]/u.test(character) && character !== '\n');
  expect(hostile).toEqual([]);
});
