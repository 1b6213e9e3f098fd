import { expect, test } from 'vitest';
import { planPrograms } from '../../../src/launch/plan-programs.ts';
import { noLateValues } from '../../../src/model/late-value.ts';
import { planBasis, planUpdate } from '../../../src/reconcile/plan-update.ts';
import { aHost, aProgram, aSpec, withPrograms } from './builders.ts';

const started = { ...withPrograms(aProgram('web'), aProgram('db')), resources: { memoryRequestBytes: 1e8 } };
const pod = aSpec({ containers: [started] });
const atStart = planPrograms(pod, started, aHost, 3);
const record = { spec: pod, container: 'app', attempt: 3, basis: planBasis(started, aHost, noLateValues) };

test('gives a program that did not change the very plan of its start', () => {
  const wanted = withPrograms(aProgram('web'), aProgram('new'));
  expect(planUpdate(record, wanted, aHost).programs[0]).toEqual(atStart[0]);
  expect(planUpdate(record, wanted, aHost).programs.map(({ name }) => name)).toEqual(['web', 'new']);
});

test('does so on a machine that has changed its name and memory, and in a container that was resized', () => {
  const resized = { ...started, resources: { memoryRequestBytes: 9e8 } };
  const grown = { ...aHost, hostname: 'other', memoryBytes: 2e9 };
  const now = { ...record, spec: aSpec({ containers: [resized] }) };
  expect(planUpdate(now, resized, grown).programs).toEqual(atStart);
});

test('plans by the machine as it is where the start left no basis', () => {
  const { basis: _basis, ...earlier } = record;
  expect(planUpdate(earlier, started, aHost).programs).toEqual(atStart);
});
