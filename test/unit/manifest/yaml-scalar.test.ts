import { expect, test } from 'vitest';
import { resolvePlainScalar } from '../../../src/manifest/yaml-scalar.ts';

test.each([
  ['yes', true],
  ['On', true],
  ['y', true],
  ['NO', false],
  ['off', false],
  ['yEs', 'yEs'],
  ['', null],
  ['~', null],
  ['null', null],
  ['012', 10],
  ['0o14', 12],
  ['080', 80],
  ['0x1F', 31],
  ['0b101', 5],
  ['-0b101', -5],
  ['1_000', 1000],
  ['1e3', 1000],
  ['-1.5', -1.5],
  ['.5', 0.5],
  ['0', 0],
  ['.inf', Number.POSITIVE_INFINITY],
  ['22:22', '22:22'],
  ['1.2.3', '1.2.3'],
  ['2001-12-14', '2001-12-14'],
  ['+', '+'],
  ['-', '-'],
  ['.', '.'],
  ['128Mi', '128Mi'],
])('an unquoted %s is %s, as go-yaml reads it', (source, value) => {
  expect(resolvePlainScalar(source)).toBe(value);
});
