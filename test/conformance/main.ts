/** `npm run conformance -- --init 'tini --' [--init …] [--case ID …] [-o json]`: exit code 1 when an init failed a case. */
import { parseArgs } from 'node:util';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { cases } from './cases.ts';
import { initOf, knownInits } from './inits.ts';
import { formatTable, runCases } from './run-cases.ts';

const { values } = parseArgs({
  options: {
    init: { type: 'string', multiple: true },
    case: { type: 'string', multiple: true },
    output: { type: 'string', short: 'o' },
  },
});
const reason = whyNoRealKernel();
if (reason !== undefined) {
  process.stderr.write(`conformance: ${reason}\n`);
  process.exit(2);
}
const inits = values.init?.map(initOf) ?? knownInits();
for (const { name, missing } of inits)
  if (missing !== undefined) process.stderr.write(`${name}: skipped: ${missing}\n`);
const wanted = cases.filter(({ id }) => values.case === undefined || values.case.includes(id));
const rows = await runCases(inits, wanted);
process.stdout.write(values.output === 'json' ? `${JSON.stringify(rows, undefined, 2)}\n` : formatTable(rows, inits));
process.exit(rows.some(({ verdicts }) => Object.values(verdicts).some(({ passed }) => passed === false)) ? 1 : 0);
