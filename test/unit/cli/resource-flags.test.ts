import { describe, expect, test } from 'vitest';
import { resourcesPatch } from '../../../src/cli/resource-flags.ts';

const patchOf = (flags: Parameters<typeof resourcesPatch>[0]) =>
  resourcesPatch(flags, async (text) => JSON.parse(text) as unknown);

test('each flag stands for a field', async () => {
  const patch = await patchOf({
    ...{ cpu: '500m', memory: '64Mi', pids: '5', 'cpu-request': '1', 'memory-request': '1Mi', 'cpu-weight': '7' },
    ...{ cpus: '0-1', 'memory-high': '2Mi', 'io-weight': '8' },
  });
  expect(patch).toEqual({
    limits: { cpu: '500m', memory: '64Mi', pids: '5' },
    requests: { cpu: '1', memory: '1Mi' },
    cpu: { weight: 7, cpus: '0-1' },
    memory: { high: '2Mi' },
    io: { weight: 8 },
  });
});

test('kubectl’s flags are understood', async () => {
  expect(await patchOf({ limits: ['cpu=500m,memory=64Mi', 'hugepages-2Mi=2Mi'], requests: ['cpu=1'] })).toEqual({
    limits: { cpu: '500m', memory: '64Mi', 'hugepages-2Mi': '2Mi' },
    requests: { cpu: '1' },
  });
});

test('any value can be set and removed', async () => {
  const set = [
    'memory.oomGroup=true',
    'cpu.weight=5',
    'cpu.period=50ms',
    'resources.memory.swap=unlimited',
    'unified.memory.low=4096',
    'cpu_quota=-1',
    'io.devices=[{"device":"8:0"}]',
  ];
  expect(await patchOf({ set, remove: ['limits.cpu', 'io.weight', 'unified.memory.high', 'network'] })).toEqual({
    memory: { oomGroup: true, swap: 'unlimited' },
    cpu: { weight: 5, period: '50ms' },
    unified: { 'memory.low': 4096, 'memory.high': null },
    cpu_quota: -1,
    io: { devices: [{ device: '8:0' }], weight: null },
    limits: { cpu: null },
    network: null,
  });
});

describe('is refused', () => {
  test.each<[Parameters<typeof resourcesPatch>[0], string]>([
    [{}, 'set what?'],
    [{ cpu: '1', limits: ['cpu=2'] }, 'limits.cpu is given twice'],
    [{ set: ['limits.cpu=1'], remove: ['limits'] }, 'limits is given twice'],
    [{ set: ['cpu=1', 'cpu.weight=5'] }, 'cpu is given twice'],
    [{ cpus: '0.5' }, 'flag --cpus needs a list of CPUs, not "0.5"'],
    [{ limits: ['cpu'] }, 'flag --limits: "cpu" is not NAME=AMOUNT'],
    [{ set: ['cpu.weight'] }, 'flag --set: "cpu.weight" is not PATH=VALUE'],
    [{ set: ['cpu..weight=1'] }, 'flag --set: "cpu..weight" is no path'],
    [{ remove: [''] }, 'flag --remove: "" is no path'],
  ])('%j', async (flags, message) => {
    await expect(patchOf(flags)).rejects.toThrow(message);
  });

  test('docker’s number of CPUs with a hint', async () => {
    await expect(patchOf({ cpus: '.5' })).rejects.toMatchObject({ hint: 'a share of the CPUs is --cpu .5' });
  });
});
