import { describe, expect, test } from 'vitest';
import { planPrograms } from '../../../src/launch/plan-programs.ts';
import type { ProgramSpec } from '../../../src/model/pod-spec.ts';
import { programChange } from '../../../src/model/program-change.ts';
import { aHost, aProgram, aSpec, withPrograms } from '../reconcile/builders.ts';

function planOf(change: Partial<ProgramSpec> = {}) {
  const container = withPrograms(aProgram('web', { env: { A: '1', B: '2' }, ...change }));
  const [plan] = planPrograms(aSpec({ containers: [container] }), container, aHost, 0);
  if (plan === undefined) throw new Error('no plan');
  return plan;
}

describe('a new plan of a running program', () => {
  test.each([
    ['that is the same', {}, 'none'],
    ['with its variables in another order', { env: { B: '2', A: '1' } }, 'none'],
    ['with another value', { env: { A: '1', B: '3' } }, 'restart'],
    ['with a variable more', { env: { A: '1', B: '2', C: '3' } }, 'restart'],
    ['with another command', { argv: ['x'] }, 'restart'],
    ['with other rules', { essential: true }, 'in-place'],
    ['with other rules, and variables in another order', { essential: true, env: { B: '2', A: '1' } }, 'in-place'],
    ['that is told of readiness by a socket', { readiness: { kind: 'notify' } }, 'restart'],
    ['that is ready by a line of its log', { readiness: { kind: 'logLine', pattern: 'up' } }, 'in-place'],
  ] as const)('%s', (_, change, expected) => {
    expect(programChange(planOf(), planOf(change))).toBe(expected);
  });
});
