/** The conformance table of PID 1s: podinit passes all of it; what the others do is printed beside it. */
import { expect, test } from 'vitest';
import { cases } from '../conformance/cases.ts';
import { initOf } from '../conformance/inits.ts';
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

  // One that fails quickly: each case that tini or dumb-init fails takes its whole time limit (npm run conformance asks all).
  const other = initOf('catatonit --');
  test.skipIf(other.missing !== undefined)(
    `${other.name} is asked the same${other.missing === undefined ? '' : ` (${other.missing})`}`,
    async () => {
      const rows = await runCases([other]);
      console.log(formatTable(rows, [other]));
      // an init that failed everything would mean that the suite measures nothing
      expect(rows.filter(({ verdicts }) => verdicts[other.name]?.passed === true).length).toBeGreaterThan(3);
    },
    240_000 * slowFactor,
  );
});
