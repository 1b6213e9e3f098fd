import { describe, expect, test } from 'vitest';
import { leafResources, planLeaf, planLeafAnew, planLeafUpdate } from '../../../src/cgroup/plan-leaf.ts';
import type { CgroupWrite } from '../../../src/model/cgroup.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { aProgram, withPrograms } from '../reconcile/builders.ts';
import { hybrid, layouts, v1, v2 } from './layouts.ts';

const leaf = 'podctl/uid/app/app/web';
const short = (writes: readonly CgroupWrite[]) =>
  writes.map(({ file, value, wish }) => {
    const name = file.replace('/sys/fs/cgroup/', '').replace(`${leaf}/`, '');
    return `${name} ${value}${wish ? ' (wish)' : ''}`;
  });
const full: ResourceSpec = {
  cpuLimitMillis: 200,
  cpuRequestMillis: 100,
  memoryLimitBytes: 64 * 2 ** 20,
  memoryRequestBytes: 32 * 2 ** 20,
  pidsLimit: 20,
  ioWeight: 2000,
};

describe('planLeaf', () => {
  test('writes a v2 leaf’s own limits', () => {
    expect(short(planLeaf(leaf, full, v2))).toEqual([
      'cpu.weight 4 (wish)',
      'io.weight default 2000 (wish)',
      'memory.max 67108864',
      'memory.swap.max 0 (wish)',
      'memory.low 33554432 (wish)',
      'pids.max 20',
      'cpu.max 20000 100000',
    ]);
  });

  test.each([
    ['v1', v1, 'cpu,cpuacct'],
    ['hybrid', hybrid, 'cpu'],
  ] as const)('writes a %s leaf’s own limits into each controller', (_, layout, cpu) => {
    expect(short(planLeaf(leaf, full, layout))).toEqual([
      `${cpu}/cpu.shares 102 (wish)`,
      'blkio/blkio.bfq.weight 1000 (wish)',
      'memory/memory.limit_in_bytes 67108864',
      'memory/memory.memsw.limit_in_bytes 67108864 (wish)',
      'memory/memory.soft_limit_in_bytes 33554432 (wish)',
      'pids/pids.max 20',
      `${cpu}/cpu.cfs_quota_us 20000`,
    ]);
  });

  test.each(Object.entries(layouts))('writes nothing on %s for a program without limits', (_, layout) => {
    expect(planLeaf(leaf, {}, layout)).toEqual([]);
  });
});

describe('planLeafUpdate', () => {
  test.each(Object.entries(layouts))('takes away on %s what is no longer wanted', (_, layout) => {
    const writes = short(planLeafUpdate(leaf, full, {}, layout));
    const reset =
      layout.kind === 'v2'
        ? ['cpu.weight 100 (wish)', 'memory.max max', 'io.weight default 100 (wish)']
        : ['cpu.shares 1024 (wish)', 'memory.limit_in_bytes 9223372036854771712', 'blkio.bfq.weight 100 (wish)'];
    for (const line of reset) expect(writes.filter((write) => write.endsWith(line))).toHaveLength(1);
    expect(planLeafUpdate(leaf, full, full, layout)).toEqual([]);
  });

  test('writes one changed limit alone', () => {
    expect(short(planLeafUpdate(leaf, full, { ...full, pidsLimit: 21 }, v2))).toEqual(['pids.max 21']);
  });
});

test('planLeafAnew frees memsw before it limits a v1 leaf whose limits are not known', () => {
  const writes = short(planLeafAnew(leaf, { memoryLimitBytes: 4096 }, v1)).filter((line) =>
    line.includes('limit_in_bytes'),
  );
  expect(writes).toEqual([
    'memory/memory.memsw.limit_in_bytes 9223372036854771712 (wish)',
    'memory/memory.limit_in_bytes 9223372036854771712 (wish)',
    'memory/memory.soft_limit_in_bytes 9223372036854771712 (wish)',
    'memory/memory.limit_in_bytes 4096',
    'memory/memory.memsw.limit_in_bytes 4096 (wish)',
  ]);
});

describe('leafResources', () => {
  test('names every instance by its key', () => {
    const container = withPrograms(
      aProgram('web', { instances: 2, resources: { pidsLimit: 5 } }),
      aProgram('db'),
      aProgram('no', { instances: 0 }),
    );
    expect([...leafResources(container)]).toEqual([
      ['web', { pidsLimit: 5 }],
      ['web:1', { pidsLimit: 5 }],
      ['db', {}],
    ]);
  });

  test('weighs all programs as soon as one requests CPU time', () => {
    const container = withPrograms(aProgram('web', { resources: { cpuRequestMillis: 500 } }), aProgram('db'));
    const leaves = leafResources(container);
    expect(leaves.get('db')).toEqual({ cpuRequestMillis: 0 });
    expect(short(planLeaf(leaf, leaves.get('db') ?? {}, v2))).toEqual(['cpu.weight 1 (wish)']);
  });
});
