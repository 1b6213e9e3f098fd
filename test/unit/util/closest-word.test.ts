import { expect, test } from 'vitest';
import { closestWord, editDistance } from '../../../src/util/closest-word.ts';

test.each([
  ['contaners', 'containers'],
  ['restartpolicy', 'restartPolicy'],
  ['imgae', 'image'],
  ['cmd', undefined],
  ['somethingElse', undefined],
])('the word meant by %s is %s', (word, meant) => {
  expect(closestWord(word, ['containers', 'restartPolicy', 'image', 'command'])).toBe(meant);
});

test('a swap of neighbours costs one edit', () => {
  expect(editDistance('imgae', 'image')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
});
