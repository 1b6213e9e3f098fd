import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeResources } from '../../../src/manifest/merge-resources.ts';
import { normaliseProgramResources } from '../../../src/manifest/normalise-resources.ts';
import type { LooseResources } from '../../../src/manifest/resource-spellings.ts';

type Fields = Readonly<Record<string, unknown>>;

describe('mergeResources', () => {
  const cases: [string, Fields | undefined, Fields, Fields | undefined][] = [
    ['sets what was not there', undefined, { limits: { cpu: 1 } }, { limits: { cpu: 1 } }],
    [
      'keeps the rest',
      { limits: { cpu: 1, memory: '1Gi' }, cpu: { weight: 5 } },
      { limits: { cpu: 2 }, memory: { high: '1Mi' } },
      { limits: { cpu: 2, memory: '1Gi' }, cpu: { weight: 5 }, memory: { high: '1Mi' } },
    ],
    ['takes a value away', { limits: { cpu: 1, memory: 1 } }, { limits: { cpu: null } }, { limits: { memory: 1 } }],
    ['takes a group away with its last value', { cpu: { weight: 5 }, cpus: 1 }, { cpu: { weight: null } }, { cpus: 1 }],
    ['takes a whole group away', { io: { weight: 1 }, cpus: 1 }, { io: null }, { cpus: 1 }],
    ['leaves nothing', { io: { weight: 1 } }, { io: { weight: null } }, undefined],
    ['takes away what is not there', undefined, { limits: { cpu: null } }, undefined],
    ['replaces a list', { io: { devices: [1, 2] } }, { io: { devices: [3] } }, { io: { devices: [3] } }],
    [
      'replaces docker’s word',
      { cpus: 1, cpu_period: 5 },
      { limits: { cpu: 2 } },
      { cpu_period: 5, limits: { cpu: 2 } },
    ],
    ['takes docker’s word away by its other name', { mem_limit: '1g' }, { limits: { memory: null } }, undefined],
    [
      'replaces Kubernetes’ by docker’s word',
      { limits: { cpu: 1, memory: 1 } },
      { cpus: 2 },
      { limits: { memory: 1 }, cpus: 2 },
    ],
    ['takes docker’s words with their group', { cpus: 1, mem_limit: 1, pids_limit: 1 }, { limits: null }, undefined],
    [
      'leaves two words for one to the rules',
      { cpus: 1 },
      { cpus: 2, limits: { cpu: 2 } },
      { cpus: 2, limits: { cpu: 2 } },
    ],
    ['replaces what is no map', { cpu: 5 }, { cpu: { weight: 1 } }, { cpu: { weight: 1 } }],
  ];
  test.each(cases)('%s', (_, written, patch, expected) => {
    expect(mergeResources(written, patch)).toEqual(expected);
  });

  test('never touches a prototype', () => {
    const patch = JSON.parse('{"__proto__": {"x": 1}, "constructor": {"y": 2}}');
    expect(JSON.stringify(mergeResources({}, patch))).toBe('{"__proto__":{"x":1},"constructor":{"y":2}}');
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

const values: Readonly<Record<string, fc.Arbitrary<Fields>>> = {
  cpuLimitMillis: fc.integer({ min: 1, max: 9 }).map((n) => ({ limits: { cpu: `${n}m` } })),
  cpuWeight: fc.integer({ min: 1, max: 9 }).map((n) => ({ cpu: { weight: n } })),
  memoryHighBytes: fc.integer({ min: 1, max: 9 }).map((n) => ({ memory: { high: n } })),
  pidsLimit: fc.integer({ min: 1, max: 9 }).map((n) => ({ pids_limit: n })),
  cpus: fc.integer({ min: 0, max: 9 }).map((n) => ({ cpuset: n })),
};
const docker = fc.constantFrom<Fields>(
  { cpus: 1 },
  { cpu_quota: 5000 },
  { pids_limit: 7 },
  { cpuset: '0-3' },
  { limits: { pids: 3 } },
);

test('whatever was written, what is set is what is meant afterwards, and the rest as before', () => {
  const name = fc.constantFrom(...Object.keys(values));
  fc.assert(
    fc.property(fc.array(docker, { maxLength: 3 }), name, fc.gen(), (before, key, gen) => {
      const written = before.reduce((all: Fields, one) => mergeResources(all, one) ?? {}, {});
      const patch = gen(() => values[key] ?? fc.constant({}));
      const after = normaliseProgramResources(mergeResources(written, patch) as LooseResources);
      const alone = normaliseProgramResources(patch as LooseResources);
      const base = normaliseProgramResources(written as LooseResources);
      expect(after).toEqual({ ...base, ...alone });
    }),
  );
});
