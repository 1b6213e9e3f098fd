import { expect, test } from 'vitest';
import { planMemory } from '../../../src/launch/plan-memory.ts';
import type { PodSpec } from '../../../src/model/pod-spec.ts';
import type { MountSpec } from '../../../src/model/volume-spec.ts';
import { overfullMessage } from '../../../src/reconcile/watch-disks.ts';
import { aContainer, aPod } from './a-pod.ts';

const memory = (over: object = {}): MountSpec => ({
  volume: 'cache',
  source: { kind: 'emptyDir', medium: 'Memory', ...over },
  mountPath: '/cache',
  readOnly: false,
});
const planned = (mount: MountSpec, over: Partial<PodSpec> = {}, ...limits: readonly number[]) => {
  const containers = limits.map((memoryLimitBytes, n) => aContainer(`c${n}`, { resources: { memoryLimitBytes } }));
  const container = aContainer('web', { mounts: [mount, { ...mount, mountPath: '/again' }] });
  const pod = { ...aPod([container, ...containers]), ...over };
  return planMemory(pod, container, { podUid: 'uid', memoryBytes: 1000, holder: 7 });
};

test.each<[string, MountSpec, Partial<PodSpec>, readonly number[], object]>([
  ['the machine’s memory', memory(), {}, [], { sizeBytes: 1000, mode: 0o777 }],
  ['its own limit', memory({ sizeLimit: 10 }), {}, [300], { sizeBytes: 10 }],
  ['those of the containers together', memory({ sizeLimit: 800 }), {}, [300, 400], { sizeBytes: 700 }],
  ['the pod’s', memory(), { resources: { memoryLimitBytes: 200 } }, [300], { sizeBytes: 200 }],
  ['a group’s', memory({ mode: 0o700 }), { fsGroup: 5 }, [], { mode: 0o2770, gid: 5 }],
])('a volume in memory has %s', (_, mount, over, limits, wanted) => {
  expect(planned(mount, over, ...limits)).toMatchObject({
    memory: { key: 'uid', adoptFromPid: 7, volumes: [{ name: 'cache', ...wanted }] },
  });
});

test('a container without one plans none', () => {
  expect(planned({ ...memory(), source: { kind: 'emptyDir' } })).toEqual({});
});

test.each([
  [1_048_576, '1Mi'],
  [1000, '1000'],
  [3 * 1024 ** 3, '3Gi'],
])('a limit of %i is told as %s', (bytes, text) => {
  expect(overfullMessage('x', bytes)).toBe(`Usage of EmptyDir volume "x" exceeds the limit "${text}". `);
});
