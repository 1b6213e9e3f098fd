import { expect, test } from 'vitest';
import { createSessionPrinter } from '../../../src/dev/session-printer.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { waitFor } from '../../support/wait-for.ts';

function printTo(env: Readonly<Record<string, string>>, columns: number | undefined) {
  const printed = { out: '', err: '' };
  const printer = createSessionPrinter({
    io: {
      ...{ env: { LANG: 'C', ...env }, now: Date.now, colour: false, errColour: false, columns },
      out: (text) => {
        printed.out += text;
      },
      err: (text) => {
        printed.err += text;
      },
    },
    ...{ specs: () => [], showsLogs: true, onGone: () => undefined },
  });
  return { printed, printer };
}

const status = { kind: 'status', pods: [aPod()], isAnew: true } as const;

test('a terminal has a line that stays', () => {
  const { printed, printer } = printTo({ TERM: 'xterm' }, 80);
  printer.onNotice(status);
  printer.say('hello');
  printer.close();
  expect(printed.out.replace(/ready [^\r]*\r/g, 'READY\r')).toBe('READY\r\u001b[J> hello\nREADY\r\u001b[J');
});

test.each([
  ['a terminal that knows no escapes', { TERM: 'dumb' }, 80],
  ['a file', { TERM: 'xterm' }, undefined],
])('%s gets whole lines without escapes', async (_name, env, columns) => {
  const { printed, printer } = printTo(env, columns);
  printer.onNotice(status);
  await waitFor('the state is told', () => printed.err !== '');
  printer.say('hello');
  printer.close();
  expect(printed.out).toBe('> hello\n');
  expect(printed.err).toMatch(/^> ready \d\/\d.*\n$/);
});
