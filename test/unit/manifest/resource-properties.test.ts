import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuQuotaUs, cpuShares } from '../../../src/cgroup/plan-weights.ts';
import { normaliseProgramResources } from '../../../src/manifest/normalise-resources.ts';
import { podctlResources } from '../../../src/manifest/schema-resources.ts';
import { inspectPod } from '../../../src/manifest/validate-pod.ts';
import type { IoDeviceSpec, ResourceSpec } from '../../../src/model/resource-spec.ts';
import { formatCpuList } from '../../../src/util/cpu-list.ts';
import { aContainer, ourPod } from './a-manifest.ts';

const bytes = fc.integer({ min: 1, max: 2 ** 40 });
const weight = fc.integer({ min: 1, max: 10_000 });
const list = fc
  .uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 })
  .map((starts) => formatCpuList(starts.sort((a, b) => a - b).map((start) => [start * 3, start * 3 + 1] as const)));

const device = fc.oneof(
  fc.record({ kind: fc.constant('path' as const), path: fc.constantFrom('/dev/sda', '/dev/vdb') }),
  fc.record({ kind: fc.constant('mount' as const), path: fc.constantFrom('/', '/srv/data') }),
  fc.record({
    kind: fc.constant('number' as const),
    major: fc.integer({ min: 0, max: 4_095 }),
    minor: fc.integer({ min: 0, max: 1_048_575 }),
  }),
);
const ioDevice: fc.Arbitrary<IoDeviceSpec> = fc
  .record({ device, readBytesPerSecond: bytes }, { requiredKeys: ['device', 'readBytesPerSecond'] })
  .chain((base) =>
    fc
      .record(
        { writeBytesPerSecond: bytes, readOpsPerSecond: weight, writeOpsPerSecond: weight, weight },
        { requiredKeys: [] },
      )
      .map((more) => ({ ...base, ...more })),
  );

/** Requests are always given: they would default to limits. */
const spec: fc.Arbitrary<ResourceSpec> = fc.record(
  {
    cpuLimitMillis: fc.integer({ min: 100, max: 64_000 }),
    cpuRequestMillis: fc.integer({ min: 1, max: 100 }),
    cpuPeriodUs: fc.integer({ min: 10_000, max: 99_999 }),
    cpuBurstUs: fc.integer({ min: 1, max: 1_000 }),
    cpuWeight: weight,
    cpuIdle: fc.constant(true),
    cpus: list,
    mems: list,
    memoryLimitBytes: fc.integer({ min: 1_000, max: 2 ** 40 }),
    memoryRequestBytes: fc.integer({ min: 1, max: 1_000 }),
    memoryHighBytes: bytes,
    memoryLowBytes: fc.integer({ min: 0, max: 2 ** 40 }),
    memoryMinBytes: bytes,
    memorySwapBytes: fc.oneof(fc.constant('unlimited' as const), fc.integer({ min: 0, max: 2 ** 40 })),
    memorySwappiness: fc.integer({ min: 0, max: 100 }),
    memoryOomGroup: fc.constant(true),
    pidsLimit: fc.integer({ min: 1, max: 4_194_304 }),
    ioWeight: weight,
    ioDevices: fc.uniqueArray(ioDevice, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one.device) }),
    hugepages: fc.integer({ min: 0, max: 9 }).map((pages) => ({ '2Mi': pages * 2 ** 21 })),
    networkPriority: fc.integer({ min: 0, max: 15 }),
    unified: fc.constant({ 'memory.high': '4096' }),
  },
  { requiredKeys: ['cpuRequestMillis', 'memoryRequestBytes'] },
);

/** As a person would write it. */
function written(wanted: ResourceSpec) {
  const us = (value: number | undefined) => (value === undefined ? undefined : `${value}us`);
  return {
    limits: {
      cpu: wanted.cpuLimitMillis === undefined ? undefined : `${wanted.cpuLimitMillis}m`,
      memory: wanted.memoryLimitBytes,
      pids: wanted.pidsLimit,
      'hugepages-2Mi': wanted.hugepages?.['2Mi'],
    },
    requests: { cpu: `${wanted.cpuRequestMillis}m`, memory: wanted.memoryRequestBytes },
    cpu: {
      period: us(wanted.cpuPeriodUs),
      burst: us(wanted.cpuBurstUs),
      weight: wanted.cpuWeight,
      idle: wanted.cpuIdle,
      cpus: wanted.cpus,
      mems: wanted.mems,
    },
    memory: {
      high: wanted.memoryHighBytes,
      low: wanted.memoryLowBytes,
      min: wanted.memoryMinBytes,
      swap: wanted.memorySwapBytes,
      swappiness: wanted.memorySwappiness,
      oomGroup: wanted.memoryOomGroup,
    },
    io: { weight: wanted.ioWeight, devices: wanted.ioDevices?.map(writtenDevice) },
    network: { priority: wanted.networkPriority },
    unified: wanted.unified,
  };
}

function writtenDevice({ device: of, weight: share, ...rates }: IoDeviceSpec) {
  const name =
    of.kind === 'mount' ? { mount: of.path } : { device: of.kind === 'path' ? of.path : `${of.major}:${of.minor}` };
  return {
    ...name,
    readBps: rates.readBytesPerSecond,
    writeBps: rates.writeBytesPerSecond,
    readIops: rates.readOpsPerSecond,
    writeIops: rates.writeOpsPerSecond,
    weight: share,
  };
}

test('what is written of a spec is read as that spec, and passes', () => {
  fc.assert(
    fc.property(spec, (wanted) => {
      const resources = JSON.parse(JSON.stringify(written(wanted)));
      expect(normaliseProgramResources(resources)).toEqual(wanted);
      const verdict = inspectPod(ourPod({ containers: [aContainer({ resources })] }));
      expect(verdict.errors).toEqual([]);
      expect(verdict.pod?.spec.containers[0]?.resources).toEqual({ pidsLimit: 2048, ...wanted });
    }),
  );
});

test('docker’s quota, period and shares reach the kernel as they are written', () => {
  const quota = fc.integer({ min: 1_000, max: 10_000_000 });
  const period = fc.integer({ min: 1_000, max: 1_000_000 });
  const shares = fc.integer({ min: 2, max: 262_144 });
  fc.assert(
    fc.property(quota, period, shares, (cpu_quota, cpu_period, cpu_shares) => {
      const meant = normaliseProgramResources({ cpu_quota, cpu_period, cpu_shares });
      expect(cpuQuotaUs(meant.cpuLimitMillis ?? 0, meant.cpuPeriodUs)).toBe(cpu_quota);
      expect(cpuShares(meant.cpuRequestMillis)).toBe(cpu_shares);
    }),
    { numRuns: 1_000 },
  );
});

const scalar = fc.oneof(
  fc.constantFrom('64Mi', '64m', '50ms', '0-1', 'unlimited', '-1', '', '\0', '1e99', '254:0', '/dev/sda'),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const names = [
  ...Object.keys(podctlResources.shape),
  'cpu',
  'pids',
  'hugepages-2Mi',
  'weight',
  'device',
  'high',
  'memory.high',
];
const anything = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 4 }),
  ),
})).any;

test('whatever stands in resources is judged without throwing, and what passes holds only whole numbers', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), anything, { maxKeys: 4 }), (resources) => {
      const program = { name: 'web', command: ['x'], resources };
      const { pod } = inspectPod(
        ourPod({
          resources,
          containers: [{ name: 'app', image: 'host', resources, processes: [program], devices: [resources] }],
        }),
      );
      for (const [key, value] of Object.entries(pod?.spec.resources ?? {})) {
        if (typeof value === 'number' && !key.startsWith('cpuLimit') && !key.startsWith('cpuRequest'))
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
