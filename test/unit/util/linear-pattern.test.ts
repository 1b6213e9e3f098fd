import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { whyNotLinear } from '../../../src/util/linear-pattern.ts';

setFlagsFromString('--enable-experimental-regexp-engine');
const compiles = (pattern: string, flags: string): boolean => {
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
};

const tooOften = 'a repetition that is written out more than 16 times';

describe('linear pattern', () => {
  test.each([
    'ready to accept',
    '^(a+)+$',
    '\\bstarted in \\d{1,6}\\.\\d+ s\\b',
    '(?:a|b)?c*?[^\\]{99}]+',
    '(?<name>x){4}',
    'x{16}y{16}',
    '(x{4}){4}',
    '\\(?=\\{99}',
    '[(?=a)]',
    'a{,99}',
    '{',
  ])('%s is one', (pattern) => {
    expect(whyNotLinear(pattern)).toBeUndefined();
    expect(compiles(pattern, 'l')).toBe(true);
  });

  test.each([
    ['a(?=b)', 'a look-ahead'],
    ['a(?!b)', 'a look-ahead'],
    ['(?<=a)b', 'a look-behind'],
    ['(?<!a)b', 'a look-behind'],
    ['(a)\\1', 'a back reference'],
    ['(?<name>a)\\k<name>', 'a back reference'],
    ['x{17}', tooOften],
    ['x{0,17}', tooOften],
    ['x{16,}', tooOften],
    ['(x{5}y{2}){4}', tooOften],
    ['((((x+)+)+)+)+', tooOften],
    ['(?:a{0,50}){0,50}', tooOften],
  ])('%s uses %s', (pattern, what) => {
    expect(whyNotLinear(pattern)).toBe(what);
    expect(compiles(pattern, 'l')).toBe(false);
  });

  test('finds fault with every expression that the engine refuses', () => {
    const pieces = fc.constantFrom(
      ...['a', 'bc', '.', '^', '$', '|', '\\d', '\\(', '[^(?=]', '[\\]+]', '(', '(?:', '(?<n>', ')', ')+', '){3}'],
      ...['*', '+', '?', '{2}', '{3,}', '{0,5}', '{17}', '+?', '(?=', '(?!', '(?<=', '(a)\\1'],
    );
    const pattern = fc
      .array(pieces, { maxLength: 12 })
      .map((list) => list.join(''))
      .filter((text) => compiles(text, ''));
    fc.assert(
      fc.property(pattern, (text) => {
        expect(compiles(text, 'l') || whyNotLinear(text) !== undefined).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
