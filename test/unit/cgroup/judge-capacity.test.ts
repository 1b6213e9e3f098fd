import { expect, test } from 'vitest';
import { judgeCapacity } from '../../../src/cgroup/judge-capacity.ts';
import { createProblemList } from '../../../src/manifest/field-problem.ts';
import type { PodSpec } from '../../../src/model/pod-spec.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { aContainer, aSpec } from '../reconcile/builders.ts';

const machine = { memoryBytes: 8 * 2 ** 30, cpus: 2 };
const gi = (count: number): ResourceSpec => ({ memoryRequestBytes: count * 2 ** 30 });
const aPod = (...resources: readonly ResourceSpec[]): PodSpec =>
  aSpec({ containers: resources.map((each, n) => ({ ...aContainer({ name: `c${n}` }), resources: each })) });
const memoryWords = (wanted: string, field = 'containers'): string =>
  `spec.${field}: requests ${wanted} of memory, and this machine has 8Gi: Kubernetes would not schedule it, here it starts`;

test.each<readonly [string, PodSpec, readonly string[]]>([
  ['all of it', aPod(gi(8), { cpuRequestMillis: 2000 }), []],
  ['a limit alone', aPod({ memoryLimitBytes: 2 ** 40, cpuLimitMillis: 100_000 }), []],
  ['more memory', aPod(gi(1000)), [memoryWords('1000Gi')]],
  ['more memory in several containers', aPod(gi(5), gi(4.5)), [memoryWords('9.5Gi')]],
  ['more for the pod as a whole', { ...aPod(gi(1)), resources: gi(9) }, [memoryWords('9Gi', 'resources')]],
  [
    'more CPU',
    aPod({ cpuRequestMillis: 2500 }),
    ['spec.containers: requests 2.5 of CPU, and this machine has 2: Kubernetes would not schedule it, here it starts'],
  ],
])('a pod that requests %s', (_, pod, wanted) => {
  const problems = createProblemList();
  judgeCapacity(pod, machine, problems);
  expect(problems.warnings.map(({ field, message }) => `${field}: ${message}`)).toEqual(wanted);
});

test('containers that run one after the other do not add up, and an unknown number of CPUs is not judged', () => {
  const { containers } = aPod(gi(5), gi(4));
  const [first, second] = containers;
  if (first === undefined || second === undefined) throw new Error('two containers');
  const problems = createProblemList();
  judgeCapacity({ containers: [{ ...first, role: 'init' }, second] }, machine, problems);
  judgeCapacity(aPod({ cpuRequestMillis: 64_000 }), { memoryBytes: 1 }, problems);
  expect(problems.warnings).toEqual([]);
});
