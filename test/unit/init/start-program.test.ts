import { expect, test } from 'vitest';
import { mergeEnv } from '../../../src/init/start-program.ts';

test('later variables replace earlier ones of their name, in place', () => {
  expect(mergeEnv(['A=1', 'HOME=/', 'B=2'], ['HOME=/root', 'C=a=b'])).toEqual(['A=1', 'HOME=/root', 'B=2', 'C=a=b']);
});

test('a value may hold anything', () => {
  expect(mergeEnv(['A=x=y\nz'], ['A='])).toEqual(['A=']);
});
