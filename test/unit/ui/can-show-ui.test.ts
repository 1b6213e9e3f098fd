import { expect, test } from 'vitest';
import { whyNoUi } from '../../../src/ui/can-show-ui.ts';

test.each([
  [{ env: { TERM: 'xterm' }, stdin: true, stdout: true }, undefined],
  [{ env: { TERM: 'xterm', NO_COLOR: '1', CI: '1' }, stdin: true, stdout: true }, undefined],
  [{ env: { TERM: 'xterm' }, stdin: true, stdout: false }, 'standard output is no terminal'],
  [{ env: { TERM: 'xterm' }, stdin: false, stdout: true }, 'standard input is no terminal'],
  [{ env: { TERM: 'dumb' }, stdin: true, stdout: true }, 'TERM is dumb'],
  [{ env: {}, stdin: true, stdout: true }, 'TERM is not set'],
])('%j: %s', (facts, why) => {
  expect(whyNoUi(facts)).toBe(why);
});
