import { describe, expect, test } from 'vitest';
import { judgeSupport } from '../../../src/cgroup/judge-support.ts';
import { createProblemList } from '../../../src/manifest/field-problem.ts';
import type { CgroupLayout } from '../../../src/model/cgroup.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { aContainer, aProgram, aSpec, withPrograms } from '../reconcile/builders.ts';
import { hybrid, v1, v2 } from './layouts.ts';

const judge = (resources: ResourceSpec, layout: CgroupLayout) => {
  const problems = createProblemList();
  judgeSupport(aSpec({ containers: [{ ...aContainer(), resources }] }), layout, problems);
  const short = (list: typeof problems.errors) =>
    list.map(({ field, message }) => `${field.replace('spec.containers[0].resources.', '')}: ${message}`);
  return { errors: short(problems.errors), warnings: short(problems.warnings) };
};

const disk = { kind: 'path', path: '/dev/vda' } as const;
const everything: ResourceSpec = {
  cpuLimitMillis: 500,
  cpuRequestMillis: 100,
  cpuPeriodUs: 50_000,
  cpuBurstUs: 10_000,
  cpuWeight: 300,
  cpus: '0-1',
  mems: '0',
  memoryLimitBytes: 2 ** 26,
  memoryRequestBytes: 2 ** 25,
  memoryLowBytes: 2 ** 24,
  memorySwapBytes: 2 ** 20,
  pidsLimit: 10,
  ioWeight: 200,
  ioDevices: [{ device: disk, readBytesPerSecond: 5, weight: 7 }],
  hugepages: { '2Mi': 2 ** 22 },
  networkPriority: 3,
  unified: { 'pids.max': '7' },
};

describe('judgeSupport', () => {
  const machine: CgroupLayout = { ...v2, cpuset: { cpus: '0-3', mems: '0-1' } };
  test('has nothing to say of what both versions have', () => {
    const v1Only: ResourceSpec = { memorySwappiness: 10 };
    const v2Only: ResourceSpec = { memoryHighBytes: 5, memoryMinBytes: 5, memoryOomGroup: true };
    expect(judge({ ...everything, ...v1Only }, v1)).toEqual({ errors: [], warnings: [] });
    expect(judge({ ...everything, ...v2Only }, machine)).toEqual({ errors: [], warnings: [] });
  });

  test('refuses v2’s limits on v1, and warns of v1’s wishes on v2', () => {
    const { errors } = judge({ memoryHighBytes: 5, memoryMinBytes: 5, memoryOomGroup: true }, v1);
    expect(errors).toEqual([
      'memory.high: cgroup v1 has no memory.high',
      'memory.min: cgroup v1 has no memory.min',
      'memory.oomGroup: cgroup v1 has no memory.oom.group',
    ]);
    expect(judge({ memorySwappiness: 5 }, machine)).toEqual({
      errors: [],
      warnings: ['memory.swappiness: cgroup v2 has no memory.swappiness: ignored'],
    });
  });

  test('asks for nothing where the kernel does it anyway', () => {
    const nothing: ResourceSpec = { memoryOomGroup: false, cpuIdle: false, memorySwapBytes: 0 };
    expect(judge(nothing, { ...v1, files: new Set() })).toEqual({ errors: [], warnings: [] });
  });

  test('names the controller that is not there', () => {
    const { blkio: _blkio, net_prio: _netPrio, hugetlb: _hugetlb, ...some } = v1.v1;
    const bare = { ...v1, v1: some };
    expect(
      judge(
        { hugepages: { '2Mi': 5 }, networkPriority: 5, ioWeight: 5, ioDevices: [{ device: disk, weight: 5 }] },
        bare,
      ),
    ).toEqual({
      errors: [
        'limits[hugepages-2Mi]: no cgroup v1 hierarchy for hugetlb',
        'network.priority: no cgroup v1 hierarchy for net_prio',
      ],
      warnings: [
        'io.weight: no cgroup v1 hierarchy for blkio: ignored',
        'io.devices: no cgroup v1 hierarchy for blkio: ignored',
      ],
    });
    expect(judge({ hugepages: { '2Mi': 5 } }, { ...machine, v2Controllers: ['cpu', 'memory', 'pids'] }).errors).toEqual(
      ['limits[hugepages-2Mi]: the kernel has no hugetlb controller on cgroup v2'],
    );
    expect(judge({ hugepages: { '2Mi': 5 }, networkPriority: 5 }, hybrid)).toEqual({ errors: [], warnings: [] });
  });

  test('names the file that this kernel does not have', () => {
    const files = new Set(['cpu.cfs_quota_us', 'memory.limit_in_bytes', 'pids.max']);
    const old = { ...v1, files };
    expect(
      judge({ cpuLimitMillis: 500, cpuBurstUs: 5, cpuIdle: true, pidsLimit: 7, memoryLimitBytes: 4096 }, old),
    ).toEqual({
      errors: ['cpu.burst: the kernel has no cpu.cfs_burst_us'],
      warnings: ['cpu.idle: the kernel has no cpu.idle: ignored'],
    });
  });

  test('refuses CPUs that the machine does not have, and raw files of no controller', () => {
    expect(judge({ cpus: '2-5', mems: '3', unified: { 'io.max': '8:0 rbps=1' } }, v1).errors).toEqual([
      'cpu.cpus: CPUs 2-5 are not all here: this machine has 0-3',
      'cpu.mems: memory nodes 3 are not all here: this machine has 0-1',
      'unified: cgroup v1 has no controller of that name: io.max',
    ]);
  });

  test('refuses v1 swap without a memory limit', () => {
    expect(judge({ memorySwapBytes: 2 ** 20 }, v1).errors).toEqual([
      'memory.swap: cgroup v1 limits swap only together with memory',
    ]);
  });

  test('says which pod, container or program it is', () => {
    const problems = createProblemList();
    const resources = { memoryHighBytes: 5 };
    const container = { ...withPrograms(aProgram('a'), aProgram('b', { resources })), resources };
    judgeSupport(aSpec({ resources, containers: [aContainer(), container] }), v1, problems);
    expect(problems.errors.map(({ field }) => field)).toEqual([
      'spec.resources.memory.high',
      'spec.containers[1].resources.memory.high',
      'spec.containers[1].processes[1].resources.memory.high',
    ]);
  });
});
