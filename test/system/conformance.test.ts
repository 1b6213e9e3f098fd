/** The conformance table of PID 1s: podinit passes all of it; what the others do is printed beside it. */
import { expect, test } from 'vitest';
import { cases } from '../conformance/cases.ts';
import { initOf, knownInits } from '../conformance/inits.ts';
import { formatTable, runCases } from '../conformance/run-cases.ts';
import { describeReal } from '../support/describe-real.ts';
import { slowFactor } from '../support/real-kernel.ts';

const ours = ['podinit --grace 1s --', 'podinit -f'];

describeReal('as PID 1', () => {
  for (const name of ours) {
    for (const one of cases) {
      test(`${name} ${one.title}`, async () => {
        const [row] = await runCases([initOf(name)], [one]);
        const verdict = row?.verdicts[name];
        expect(verdict?.passed, verdict?.detail).not.toBe(false);
      });
    }
  }

  // supervisord takes more than a minute (it reaps a hundred orphans a second): npm run conformance -- --init supervisord
  const others = knownInits().filter(({ name }) => !ours.includes(name) && name !== 'supervisord');
  for (const init of others) {
    test.skipIf(init.missing !== undefined)(
      `${init.name} is asked the same${init.missing === undefined ? '' : ` (${init.missing})`}`,
      async () => {
        const rows = await runCases([init]);
        console.log(formatTable(rows, [init]));
        // an init that failed everything would mean that the suite measures nothing
        expect(rows.filter(({ verdicts }) => verdicts[init.name]?.passed === true).length).toBeGreaterThan(3);
      },
      240_000 * slowFactor,
    );
  }
});
