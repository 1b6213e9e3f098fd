/** Every control: what is refused, and what is warned of. */
import { describe, expect, test } from 'vitest';
import { aContainer, aPod, errorsOf, ourPod, warningsOf } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;
const at = 'spec.containers[0].resources';
const ours = (resources: Fields, spec: Fields = {}) => ourPod({ containers: [aContainer({ resources })], ...spec });
const kubernetes = (resources: Fields, spec: Fields = {}) => aPod({ containers: [aContainer({ resources })], ...spec });
const short = (complaints: readonly string[]) => complaints.map((complaint) => complaint.replace(`${at}.`, ''));
const range = (min: number, max: number) => `must be between ${min} and ${max}, inclusive`;

const good: readonly [string, Fields][] = [
  [
    'limits',
    { limits: { cpu: '500m', memory: '64Mi', pids: 100, 'hugepages-2Mi': '64Mi' }, requests: { cpu: '100m' } },
  ],
  ['cpu', { limits: { cpu: 1 }, cpu: { period: '50ms', burst: '20ms', weight: 1, cpus: '0-1,3', mems: 0 } }],
  ['memory', { limits: { memory: '64Mi' }, memory: { high: '48Mi', low: '16Mi', min: '8Mi', swap: 'unlimited' } }],
  [
    'io',
    {
      io: {
        weight: 10000,
        devices: [
          { device: '/dev/vda', readBps: 1 },
          { device: '8:16', weight: 1 },
        ],
      },
    },
  ],
  ['network and raw files', { network: { priority: 15 }, unified: { 'memory.high': 1, 'hugetlb.2MB.max': 'max' } }],
  [
    'docker’s words',
    {
      cpus: '0.5',
      cpu_period: '50ms',
      cpuset: 0,
      mem_limit: '64MiB',
      memswap_limit: -1,
      pids_limit: -1,
      cpu_shares: 2,
    },
  ],
  ['docker’s zeros', { cpu_shares: 0, pids_limit: 0, memswap_limit: 0, mem_limit: 0, oom_kill_disable: false }],
];
test.each(good)('good %s pass without a word', (_, resources) => {
  expect(errorsOf(ours(resources))).toEqual([]);
  expect(warningsOf(ours(resources))).toEqual([]);
});

describe('refused', () => {
  const cases: [string, Fields, ...string[]][] = [
    [
      'weights',
      { cpu: { weight: 0 }, io: { weight: 10001 } },
      `cpu.weight: Invalid value: 0: ${range(1, 10000)}`,
      `io.weight: Invalid value: 10001: ${range(1, 10000)}`,
    ],
    [
      'durations',
      { limits: { cpu: 1 }, cpu: { period: '50', burst: '-1ms' } },
      'cpu.period: Invalid value: "50": must be a duration (examples: 500us, 20ms, 1s)',
      'cpu.burst: Invalid value: "-1ms": must be a duration (examples: 500us, 20ms, 1s)',
    ],
    [
      'a period out of bounds',
      { limits: { cpu: 1 }, cpu: { period: '2s' } },
      'cpu.period: Invalid value: "2s": must be from 1ms to 1s',
    ],
    [
      'a quota below 1 ms',
      { limits: { cpu: '100m' }, cpu: { period: '5ms' } },
      'cpu.period: Invalid value: "5ms": a limit of 100m in it is less CPU time than the kernel’s least of 1ms (a longer period, or a higher limit)',
    ],
    [
      'a burst above the quota',
      { limits: { cpu: '500m' }, cpu: { burst: '60ms' } },
      'cpu.burst: Invalid value: "60ms": must be less than or equal to the CPU time of one period, 50ms',
    ],
    [
      'lists of CPUs',
      { cpu: { cpus: '1-0', mems: '0,' } },
      'cpu.cpus: Invalid value: "1-0": must be a list of numbers and ascending ranges (examples: "0", "0-1", "0-1,3")',
      'cpu.mems: Invalid value: "0,": must be a list of numbers and ascending ranges (examples: "0", "0-1", "0-1,3")',
    ],
    [
      'memory',
      { memory: { high: 0, low: 'x', min: -1, swap: 'none', swappiness: 101 } },
      'memory.low: Invalid value: "x": quantities must match a number with an optional suffix (examples: 64Mi, 1G)',
      'memory.min: Invalid value: -1: must be greater than or equal to 0',
      'memory.swap: Invalid value: "none": quantities must match a number with an optional suffix (examples: 64Mi, 1G or unlimited)',
      'memory.high: Invalid value: 0: must be greater than 0',
      `memory.swappiness: Invalid value: 101: ${range(0, 100)}`,
    ],
    [
      'devices of io',
      {
        io: {
          devices: [
            { device: 'vda', readBps: 1 },
            { mount: 'data', device: '/dev/vda', readBps: 1 },
            { device: '8:0' },
            { readBps: 1 },
          ],
        },
      },
      'io.devices[0].device: Invalid value: "vda": must be a path or a device number (examples: /dev/vda, "254:0")',
      'io.devices[1].mount: Forbidden: may not be given together with device (remove one of them)',
      'io.devices[1].mount: Invalid value: "data": must be an absolute path',
      'io.devices[2]: Required value: must specify at least one of: readBps, writeBps, readIops, writeIops, weight',
      'io.devices[3]: Required value: must specify one of: device, mount',
    ],
    [
      'rates of io',
      {
        io: {
          devices: [
            { device: '8:0', readBps: 0, writeBps: 'x', readIops: '4Gi', writeIops: '500m', weight: 0 },
            { device: '8:0', readBps: 1 },
          ],
        },
      },
      `io.devices[0].weight: Invalid value: 0: ${range(1, 10000)}`,
      'io.devices[0].readBps: Invalid value: 0: must be a whole number, at least 1',
      'io.devices[0].writeBps: Invalid value: "x": quantities must match a number with an optional suffix (examples: 1Mi, 500k, 100)',
      'io.devices[0].readIops: Invalid value: "4Gi": must be at most 4294967295',
      'io.devices[0].writeIops: Invalid value: "500m": must be a whole number, at least 1',
      'io.devices[1].device: Duplicate value: "8:0"',
    ],
    ['a network priority', { network: { priority: 16 } }, `network.priority: Invalid value: 16: ${range(0, 15)}`],
    [
      'raw files that podctl works with',
      { unified: { 'cgroup.procs': '1', 'cgroup.kill': '1', 'cgroup.freeze': 1, tasks: 1, release_agent: '/x' } },
      'unified[cgroup.procs]: Invalid value: "cgroup.procs": may not be written: podctl puts processes into their cgroups',
      'unified[cgroup.kill]: Invalid value: "cgroup.kill": may not be written: it ends everything (podctl stop)',
      'unified[cgroup.freeze]: Invalid value: "cgroup.freeze": may not be written: podctl knows what it froze (podctl pause)',
      'unified.tasks: Invalid value: "tasks": may not be written: podctl puts processes into their cgroups',
      'unified.release_agent: Invalid value: "release_agent": may not be written: it has this machine run a program',
    ],
    [
      'raw files that are none',
      { unified: { '../memory.max': '1', memory: '1', 'memory.hihg': ' ', 'cpu.max': 'a\nb' } },
      'unified[../memory.max]: Invalid value: "../memory.max": must be the name of a cgroup file (did you mean "memory.max"?)',
      'unified.memory: Invalid value: "memory": must be the name of a cgroup file (example: memory.high)',
      'unified[memory.hihg]: Required value: what is written into the file',
      'unified[cpu.max]: Invalid value: "a\\nb": must be one line without control characters',
    ],
    [
      'docker’s words beside their own',
      { limits: { cpu: 1, memory: '1Gi', pids: 5 }, cpus: 1, mem_limit: '1g', pids_limit: 5 },
      'cpus: Forbidden: may not be given together with limits.cpu (both say the same: remove one of them)',
      'mem_limit: Forbidden: may not be given together with limits.memory (both say the same: remove one of them)',
      'pids_limit: Forbidden: may not be given together with limits.pids (both say the same: remove one of them)',
    ],
    [
      'two of docker’s for one',
      { cpus: 1, cpu_quota: 50000 },
      'cpu_quota: Forbidden: may not be given together with cpus (both say the same: remove one of them)',
    ],
    [
      'docker’s CPU words',
      { cpus: 'half', cpu_period: 999, cpu_shares: 1, cpuset: 'all' },
      'cpus: Invalid value: "half": must be a number of CPUs (examples: 0.5, 2)',
      'cpu_period: Invalid value: 999: must be from 1ms to 1s',
      `cpu_shares: Invalid value: 1: ${range(2, 262144)}`,
      'cpuset: Invalid value: "all": must be a list of numbers and ascending ranges (examples: "0", "0-1", "0-1,3")',
    ],
    [
      'docker’s quota',
      { cpu_quota: 999 },
      'cpu_quota: Invalid value: 999: must be at least 1000 (1ms), or -1 for no limit',
    ],
    [
      'docker’s sizes',
      { mem_limit: '64 megs', mem_swappiness: -1, pids_limit: -2 },
      'mem_limit: Invalid value: "64 megs": must be a number of bytes or a size (examples: 64m, 1.5g, 67108864)',
      `mem_swappiness: Invalid value: -1: ${range(0, 100)}`,
      `pids_limit: Invalid value: -2: ${range(-1, 4194304)}`,
    ],
    [
      'a reservation above the limit',
      { mem_limit: '64m', mem_reservation: '65m' },
      'mem_reservation: Invalid value: "65m": must be less than or equal to mem_limit of 64m',
    ],
    [
      'memory and swap below memory',
      { limits: { memory: '64Mi' }, memswap_limit: '32m' },
      'memswap_limit: Invalid value: "32m": counts memory and swap together: must be at least the memory limit of 64Mi',
    ],
    [
      'memory and swap without memory',
      { memswap_limit: '32m' },
      'memswap_limit: Invalid value: "32m": counts memory and swap together, and there is no memory limit (give mem_limit too)',
    ],
    [
      'oom_kill_disable',
      { oom_kill_disable: true },
      'oom_kill_disable: Forbidden: a container that hangs at its limit helps nobody (memory.high slows it down before its limit, oomScoreAdj of a program spares it)',
    ],
    ['a misspelled word', { memLimit: 1 }, 'memLimit: unknown field "memLimit" (did you mean "mem_limit"?)'],
    ['a wrong type', { cpus: [1] }, 'cpus: must be a quantity (a string or a number), not a list'],
  ];
  test.each(cases)('%s', (_, resources, ...expected) => {
    expect(short(errorsOf(ours(resources)))).toEqual(expected);
  });

  test('a docker word outside of resources', () => {
    expect(errorsOf(ourPod({ containers: [aContainer({ mem_limit: '1g' })] }))).toEqual([
      'spec.containers[0].mem_limit: unknown field "mem_limit" (it belongs under resources)',
    ]);
  });

  test('all of it in a pod of Kubernetes’', () => {
    expect(short(errorsOf(kubernetes({ cpu: {}, cpus: 1, limits: { pids: 1 } })))).toEqual([
      'cpu: unknown field "cpu" (use apiVersion: podctl.dev/v1)',
      'cpus: unknown field "cpus" (use apiVersion: podctl.dev/v1)',
      'limits[pids]: Invalid value: "pids": must be a standard resource for containers (use apiVersion: podctl.dev/v1)',
    ]);
  });
});

describe('huge pages', () => {
  const cases: [string, Fields, ...string[]][] = [
    ['alone', { limits: { 'hugepages-2Mi': '2Mi' } }, `${at}: Forbidden: HugePages require cpu or memory`],
    [
      'requested otherwise than limited',
      { limits: { cpu: 1, 'hugepages-2Mi': '4Mi' }, requests: { 'hugepages-2Mi': '2Mi' } },
      `${at}.requests: Invalid value: "2Mi": must be equal to hugepages-2Mi limit of 4Mi`,
    ],
    [
      'requested without a limit',
      { requests: { cpu: 1, 'hugepages-2Mi': '2Mi' } },
      `${at}.limits: Required value: Limit must be set for non overcommitable resources (give limits.hugepages-2Mi the same value)`,
    ],
    [
      'in parts of a page',
      { limits: { cpu: 1, 'hugepages-2Mi': '3Mi' } },
      `${at}.limits[hugepages-2Mi]: Invalid value: "3145728": is not positive integer multiple of hugepages-2Mi`,
    ],
    [
      'of no size',
      { limits: { cpu: 1, 'hugepages-big': '3Mi' } },
      `${at}.limits[hugepages-big]: Invalid value: "hugepages-big": must name a size of pages (examples: hugepages-2Mi, hugepages-1Gi)`,
    ],
    [
      'of one size twice',
      { limits: { cpu: 1, 'hugepages-2Mi': '2Mi', 'hugepages-2048Ki': '2Mi' } },
      `${at}.limits[hugepages-2048Ki]: Invalid value: "hugepages-2048Ki": is the same size of pages as hugepages-2Mi`,
    ],
  ];
  test.each(cases)('%s are refused', (_, resources, ...expected) => {
    expect(errorsOf(kubernetes(resources))).toEqual(expected);
  });

  test('with docker’s memory limit pass', () => {
    expect(errorsOf(ours({ limits: { 'hugepages-2Mi': '2Mi' }, mem_limit: '1g' }))).toEqual([]);
  });
});

describe('a warning is given for', () => {
  const cases: [string, Fields, ...string[]][] = [
    [
      'a burst and a period without a limit',
      { cpu: { period: '50ms', burst: '1ms' } },
      'cpu.period: means nothing without a CPU limit, ignored',
      'cpu.burst: means nothing without a CPU limit, ignored',
    ],
    [
      'a weight of what is idle',
      { cpu: { idle: true, weight: 5 } },
      'cpu.weight: means nothing with idle: true, ignored',
    ],
    [
      'memory.high that is never reached',
      { mem_limit: '64m', memory: { high: '65Mi' } },
      'memory.high: 65Mi is more than the limit of 64m, it is never reached',
    ],
    [
      'protection above memory.high',
      { memory: { high: '16Mi', low: '17Mi', min: '18Mi' } },
      'memory.low: 17Mi is more than memory.high of 16Mi, above which it is reclaimed from all the same',
      'memory.min: 18Mi is more than memory.high of 16Mi, above which it is reclaimed from all the same',
    ],
    [
      'protection above the limit',
      { limits: { memory: '16Mi' }, memory: { low: '17Mi' } },
      'memory.low: 17Mi is more than the limit of 16Mi',
    ],
  ];
  test.each(cases)('%s', (_, resources, ...expected) => {
    expect(errorsOf(ours(resources))).toEqual([]);
    expect(short(warningsOf(ours(resources)))).toEqual(expected);
  });
});
