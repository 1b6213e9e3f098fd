import { describe, expect, test } from 'vitest';
import { nextFigures, noFigures, readLimits } from '../../../src/ui/model-figures.ts';
import { aGroup, aProgram } from '../../support/programs.ts';
import { aPod } from '../cli/pod-builder.ts';

const read = (cpuMs: number, startedAt = 'a') => [aGroup([aProgram('db', { cpuMs, startedAt })])];
const first = nextFigures(noFigures, read(1000), 5000);
const share = (...args: Parameters<typeof nextFigures>) => nextFigures(...args).shares.get('default/web/app/db');

describe('CPU shares', () => {
  test('the first read gives none', () => {
    expect(first.shares.size).toBe(0);
  });

  test('the second is CPU time over elapsed time', () => {
    expect(share(first, read(1500), 7000)).toBe(25);
  });

  test('more than one CPU is more than 100', () => {
    expect(share(first, read(4000), 7000)).toBe(150);
  });

  test('a program that started meanwhile counts from nothing', () => {
    expect(share(first, read(200, 'b'), 7000)).toBe(10);
  });

  test('a counter that went back is no negative share', () => {
    expect(share(first, read(900), 7000)).toBe(0);
  });

  test('a read right after another leaves the shares and the sample as they are', () => {
    expect(nextFigures(first, read(1500), 5100)).toBe(first);
  });

  test('a program that was not there before has none yet', () => {
    const groups = [aGroup([aProgram('db'), aProgram('new')])];
    expect(nextFigures(first, groups, 7000).shares.has('default/web/app/new')).toBe(false);
  });
});

test('limits are read per container and per program, a program without its own has its container’s', () => {
  const processes = [{ name: 'db', resources: { limits: { memory: '64Mi' } } }, { name: 'web' }];
  const resources = { limits: { cpu: '500m', memory: '1Gi' } };
  const pod = aPod({ spec: { containers: [{ name: 'app', resources, processes }, { name: 'side' }] } });
  expect(Object.fromEntries(readLimits(pod))).toEqual({
    app: { cpu: 50, memoryBytes: 2 ** 30 },
    'app/db': { cpu: 50, memoryBytes: 64 << 20 },
    'app/web': { cpu: 50, memoryBytes: 2 ** 30 },
    side: {},
  });
});
