import { describe, expect, test } from 'vitest';
import {
  normalisePodResources,
  normaliseProgramResources,
  normaliseResources,
} from '../../../src/manifest/normalise-resources.ts';
import type { LooseResources } from '../../../src/manifest/resource-spellings.ts';

const mi = 1_048_576;

describe('of a program', () => {
  const cases: readonly [string, LooseResources, object][] = [
    ['nothing', {}, {}],
    [
      'limits, which are the requests too',
      { limits: { cpu: '500m', memory: '64Mi', pids: 100, 'hugepages-2Mi': '64Mi' } },
      {
        cpuLimitMillis: 500,
        cpuRequestMillis: 500,
        memoryLimitBytes: 64 * mi,
        memoryRequestBytes: 64 * mi,
        pidsLimit: 100,
        hugepages: { '2Mi': 64 * mi },
      },
    ],
    ['a zero limit, which is none', { limits: { cpu: 0, memory: '0' } }, {}],
    ['another spelling of a page size', { limits: { 'hugepages-2048Ki': '2Mi' } }, { hugepages: { '2Mi': 2 * mi } }],
    [
      'cpu',
      { cpu: { period: '50ms', burst: '20ms', weight: 200, idle: true, cpus: '1,0', mems: 0 } },
      { cpuPeriodUs: 50_000, cpuBurstUs: 20_000, cpuWeight: 200, cpuIdle: true, cpus: '0-1', mems: '0' },
    ],
    ['the usual period, which is no wish', { cpu: { period: '0.1s', burst: '0', idle: false } }, {}],
    ['a period in µs', { cpu: { period: '1500us' } }, { cpuPeriodUs: 1_500 }],
    [
      'memory',
      { memory: { high: '48Mi', low: '16Mi', min: '8Mi', swap: '64Mi', swappiness: 0, oomGroup: true } },
      {
        memoryHighBytes: 48 * mi,
        memoryLowBytes: 16 * mi,
        memoryMinBytes: 8 * mi,
        memorySwapBytes: 64 * mi,
        memorySwappiness: 0,
        memoryOomGroup: true,
      },
    ],
    ['no swap and nothing protected', { memory: { swap: 0, low: 0 } }, { memorySwapBytes: 0, memoryLowBytes: 0 }],
    ['unlimited swap', { memory: { swap: 'unlimited' } }, { memorySwapBytes: 'unlimited' }],
    [
      'io',
      {
        io: {
          weight: 200,
          devices: [
            { device: '/dev/vda', readBps: '1Mi', writeBps: 1000 },
            { device: '254:0', readIops: 100, writeIops: '1k' },
            { mount: '/data', weight: 50 },
          ],
        },
      },
      {
        ioWeight: 200,
        ioDevices: [
          { device: { kind: 'path', path: '/dev/vda' }, readBytesPerSecond: mi, writeBytesPerSecond: 1000 },
          { device: { kind: 'number', major: 254, minor: 0 }, readOpsPerSecond: 100, writeOpsPerSecond: 1000 },
          { device: { kind: 'mount', path: '/data' }, weight: 50 },
        ],
      },
    ],
    [
      'network and raw files',
      { network: { priority: 0 }, unified: { 'memory.high': 50331648, 'io.max': '8:0 rbps=1' } },
      { networkPriority: 0, unified: { 'memory.high': '50331648', 'io.max': '8:0 rbps=1' } },
    ],
    [
      'docker’s words',
      {
        cpus: 0.5,
        cpu_period: 50_000,
        cpuset: '0,1',
        mem_limit: '64m',
        mem_reservation: '32mb',
        memswap_limit: '96M',
        mem_swappiness: 10,
        pids_limit: 100,
      },
      {
        cpuLimitMillis: 500,
        cpuRequestMillis: 500,
        cpuPeriodUs: 50_000,
        cpus: '0-1',
        memoryLimitBytes: 64 * mi,
        memoryRequestBytes: 32 * mi,
        memorySwapBytes: 32 * mi,
        memorySwappiness: 10,
        pidsLimit: 100,
      },
    ],
    [
      'docker’s quota',
      { cpu_quota: 30_000, cpu_period: 40_000 },
      { cpuLimitMillis: 750, cpuRequestMillis: 750, cpuPeriodUs: 40_000 },
    ],
    [
      'a quota that comes to a fraction',
      { cpu_quota: '33333us' },
      { cpuLimitMillis: 333.33, cpuRequestMillis: 333.33 },
    ],
    ['shares of half a CPU', { cpu_shares: 512 }, { cpuRequestMillis: 500 }],
    ['docker’s words for no limit', { cpu_quota: -1, mem_limit: 0, pids_limit: -1, memswap_limit: 0 }, {}],
    [
      'docker’s unlimited swap',
      { mem_limit: '1g', memswap_limit: '-1' },
      { memoryLimitBytes: 1024 * mi, memoryRequestBytes: 1024 * mi, memorySwapBytes: 'unlimited' },
    ],
    [
      'docker’s swap beside Kubernetes’ limit',
      { limits: { memory: '64Mi' }, memswap_limit: '64m' },
      { memoryLimitBytes: 64 * mi, memoryRequestBytes: 64 * mi, memorySwapBytes: 0 },
    ],
  ];
  test.each(cases)('%s', (_, written, expected) => {
    expect(normaliseProgramResources(written)).toEqual(expected);
  });
});

describe('of a container', () => {
  test.each([
    [undefined, 2048],
    [{ limits: { pids: 5 } }, 5],
    [{ pids_limit: 7 }, 7],
    [{ pids_limit: -1 }, undefined],
    [{ pids_limit: 0 }, undefined],
  ] as const)('%j allows %s processes', (written, expected) => {
    expect(normaliseResources(written).pidsLimit).toBe(expected);
  });
});

describe('of a pod', () => {
  test('nothing written is nothing wanted', () => {
    expect(normalisePodResources(undefined, [{ cpuRequestMillis: 5 }])).toBeUndefined();
    expect(normalisePodResources({ limits: {} }, [])).toBeUndefined();
  });

  test('requests are its own, else its containers’ together, else its limits', () => {
    const limits = { cpu: 2, memory: '1Gi' };
    expect(normalisePodResources({ limits, requests: { cpu: 1 } }, [{ memoryRequestBytes: mi }])).toEqual({
      cpuLimitMillis: 2000,
      cpuRequestMillis: 1000,
      memoryLimitBytes: 1024 * mi,
    });
    expect(normalisePodResources({ limits }, [{}])).toMatchObject({
      cpuRequestMillis: 2000,
      memoryRequestBytes: 1024 * mi,
    });
  });
});
