import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planPrograms } from '../../../src/launch/plan-programs.ts';
import { parseAccount, parseUser } from '../../../src/manifest/process-values.ts';
import { processEntry } from '../../../src/manifest/schema-process.ts';
import { inspectPod } from '../../../src/manifest/validate-pod.ts';
import { aHost } from '../launch/a-pod.ts';
import { aProcess, withProcesses } from './a-manifest.ts';

const fieldNames = Object.keys(processEntry.shape);
const nested = [
  'policy',
  'backoff',
  'signal',
  'command',
  'cron',
  'every',
  'httpGet',
  'exec',
  'port',
  'limits',
  'condition',
  'db',
];

/** Values that are nearly right: the words and numbers of real manifests in any place. */
const scalar = fc.oneof(
  fc.constantFrom(
    'ready',
    'always',
    'TERM',
    '10s',
    '*/5 * * * *',
    '0022',
    'www-data:adm',
    'unlimited',
    '64Mi',
    '',
    '\0',
    '(',
  ),
  fc.integer({ min: -2, max: 1_001 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...nested, ...fieldNames), tie('any'), { maxKeys: 3 }),
  ),
})).any;

test('whatever stands in a program is judged without throwing, and what passes can be planned', () => {
  const fields = fc.dictionary(fc.constantFrom(...fieldNames), value, { maxKeys: 3 });
  fc.assert(
    fc.property(fields, (given) => {
      const verdict = inspectPod(withProcesses([aProcess(given), { name: 'db', command: ['db'] }]));
      const container = verdict.pod?.spec.containers[0];
      if (verdict.pod === undefined || container === undefined) return;
      const plans = planPrograms(verdict.pod.spec, container, aHost(), 0);
      expect(JSON.parse(JSON.stringify(plans))).toEqual(plans);
      expect(new Set(plans.map(({ name }) => name)).size).toBe(plans.length);
    }),
    { numRuns: 1_500 },
  );
});

test('an account is an id of 31 bits or a name, never anything between', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.stringMatching(/^[\w.:$+-]{0,34}$/)), (text) => {
      const account = parseAccount(text);
      if (account?.kind === 'id') expect(String(account.id)).toBe(text);
      if (account?.kind === 'name') expect(account.name).toMatch(/^[A-Za-z_][\w.-]{0,30}[\w.$-]?$/);
      if (text.includes(':')) expect(account).toBeUndefined();
      else expect(parseUser(text)?.user).toEqual(account);
    }),
    { numRuns: 2_000 },
  );
});
