import { describe, expect, test } from 'vitest';
import { planAround, planCgroup, planPodCgroup, podResources } from '../../../src/cgroup/plan.ts';
import { leafResources } from '../../../src/cgroup/plan-leaf.ts';
import type { CgroupWrite } from '../../../src/model/cgroup.ts';
import { aContainer, aProgram, withPrograms } from '../reconcile/builders.ts';
import { v1, v2 } from './layouts.ts';

const mib = 2 ** 20;
const memory = (writes: readonly CgroupWrite[]) =>
  writes
    .filter(({ file }) => /memory\.(low|min)$/.test(file))
    .map(({ file, value }) => `${file.replace('/sys/fs/cgroup/', '')} ${Number(value) / mib}`);

const container = {
  ...withPrograms(
    aProgram('db', { instances: 2, resources: { memoryMinBytes: 8 * mib } }),
    aProgram('web', { resources: { memoryLowBytes: 4 * mib } }),
  ),
  name: 'app',
};

describe('protection of memory', () => {
  test('of a v2 program stands in every directory above it', () => {
    const leaves = leafResources(container);
    const pod = podResources({ containers: [container] });
    expect(memory(planCgroup('p/u/app', container.resources, v2, { leaves }))).toEqual([
      'p/u/app/memory.low 4',
      'p/u/app/memory.min 16',
      'p/u/app/app/memory.low 4',
      'p/u/app/app/memory.min 16',
    ]);
    expect(memory(planPodCgroup('p/u', pod, v2))).toEqual(['p/u/memory.low 4', 'p/u/memory.min 16']);
  });

  test('is what a container or pod says of itself, where it does', () => {
    const resources = { memoryMinBytes: 20 * mib, memoryRequestBytes: 5 * mib };
    const own = { ...container, resources };
    const other = { ...aContainer(), resources: { memoryMinBytes: mib } };
    expect(podResources({ containers: [own, other] })).toMatchObject({
      keptMinBytes: 21 * mib,
      keptLowBytes: 5 * mib,
    });
    const pod = podResources({ containers: [own, other], resources: { memoryMinBytes: 30 * mib } });
    expect(memory(planPodCgroup('p/u', pod, v2))).toEqual(['p/u/memory.low 5', 'p/u/memory.min 30']);
  });

  test('grows and shrinks around programs that come and go', () => {
    const leaves = leafResources(container);
    expect(memory(planAround('p/u/app', {}, new Map(), leaves, v2))).toHaveLength(4);
    expect(memory(planAround('p/u/app', {}, leaves, new Map(), v2))).toEqual([
      'p/u/app/memory.low 0',
      'p/u/app/memory.min 0',
      'p/u/app/app/memory.low 0',
      'p/u/app/app/memory.min 0',
    ]);
    expect(planAround('p/u/app', {}, leaves, leaves, v2)).toEqual([]);
  });

  test('is asked of v1 only where it is wanted: a soft limit needs none above it', () => {
    const leaves = leafResources(container);
    expect(planAround('p/u/app', {}, new Map(), leaves, v1)).toEqual([]);
  });
});
