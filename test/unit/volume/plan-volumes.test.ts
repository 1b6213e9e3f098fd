import { expect, test } from 'vitest';
import { instancePaths } from '../../../src/model/instance-paths.ts';
import type { MountSpec } from '../../../src/model/volume-spec.ts';
import { planVolumes, type VolumePod } from '../../../src/volume/plan-volumes.ts';

const aPod = { uid: 'uid', namespace: 'default' };

test('prepares each volume once and each part of it that is mounted', () => {
  const host: MountSpec = {
    volume: 'src',
    source: { kind: 'hostPath', path: '/srv/src', type: 'DirectoryOrCreate' },
    mountPath: '/a',
    readOnly: false,
  };
  const source = { kind: 'secret', name: 'db', defaultMode: 0o400, optional: false } as const;
  const secret: MountSpec = { volume: 'keys', source, mountPath: '/d', readOnly: false, subPath: 'password' };
  const own: MountSpec = {
    volume: 'tmp',
    source: { kind: 'emptyDir' },
    mountPath: '/c',
    readOnly: false,
    subPath: 'x',
  };
  const mounts = [host, { ...host, mountPath: '/b', subPath: 'lib' }, own, secret];
  expect(planVolumes({ mounts }, aPod, instancePaths({}))).toEqual([
    { op: 'hostPath', volume: 'src', path: '/srv/src', type: 'DirectoryOrCreate' },
    { op: 'directory', volume: 'tmp', path: '/var/lib/podctl/volumes/uid/tmp', mode: 0o777 },
    { op: 'files', volume: 'keys', path: '/run/podctl/volumes/uid/keys', source },
    { op: 'subPath', volume: 'src', root: '/srv/src', path: 'lib', isMade: true },
    { op: 'subPath', volume: 'tmp', root: '/var/lib/podctl/volumes/uid/tmp', path: 'x', isMade: true },
    { op: 'subPath', volume: 'keys', root: '/run/podctl/volumes/uid/keys', path: 'password', isMade: false },
  ]);
});

const claim = (over: Partial<MountSpec> = {}): MountSpec => ({
  volume: 'data',
  source: { kind: 'claim', name: 'db' },
  mountPath: '/data',
  readOnly: false,
  ...over,
});
const emptyDir = (source: Partial<MountSpec['source'] & { readonly kind: 'emptyDir' }>): MountSpec =>
  claim({ source: { kind: 'emptyDir', ...source } });
const planned = (mount: MountSpec, pod: Partial<VolumePod> = {}) =>
  planVolumes({ mounts: [mount] }, { ...aPod, ...pod }, instancePaths({}));
const claimDirectory = { op: 'directory', volume: 'data', path: '/var/lib/podctl/claims/default/db', mode: 0o777 };

test.each<[string, MountSpec, Partial<VolumePod>, readonly object[]]>([
  ['a claim is a directory of its namespace that keeps its mode', claim(), {}, [{ ...claimDirectory, isKept: true }]],
  [
    'a claim is the group’s, all of it',
    claim(),
    { fsGroup: 5 },
    [
      { ...claimDirectory, isKept: true },
      { op: 'own', fsGroup: 5, isRootEnough: false },
    ],
  ],
  [
    'a claim whose root is the group’s is so below it',
    claim(),
    { fsGroup: 5, fsGroupChangePolicy: 'OnRootMismatch' },
    [
      { ...claimDirectory, isKept: true },
      { op: 'own', fsGroup: 5, isRootEnough: true },
    ],
  ],
  ['an emptyDir has the mode that is asked for', emptyDir({ mode: 0o700 }), {}, [{ op: 'directory', mode: 0o700 }]],
  [
    'an emptyDir of a group hands the group down',
    emptyDir({ mode: 0o700 }),
    { fsGroup: 5 },
    [
      { op: 'directory', mode: 0o2770 },
      { op: 'own', isRootEnough: true },
    ],
  ],
  [
    'whose mounts are to be told is on a file system that shares them',
    claim({ source: { kind: 'emptyDir' }, propagation: 'HostToContainer' }),
    {},
    [{ op: 'directory', isShared: true }],
  ],
  ['memory is podinit’s', emptyDir({ medium: 'Memory' }), { fsGroup: 5 }, []],
  [
    'a path of the machine is made where Kubernetes’ runtimes make it',
    claim({ source: { kind: 'hostPath', path: '/srv', type: '', isMade: true } }),
    {},
    [{ op: 'hostPath', type: '', isMade: true }],
  ],
  [
    'a path of the machine is never the group’s',
    claim({ source: { kind: 'hostPath', path: '/srv', type: '' }, propagation: 'HostToContainer' }),
    { fsGroup: 5 },
    [{ op: 'hostPath', isShared: true }],
  ],
])('%s', (_, mount, pod, ops) => {
  expect(planned(mount, pod)).toMatchObject(ops);
  expect(planned(mount, pod)).toHaveLength(ops.length);
});

test('what cannot name a claim names no directory', () => {
  expect(() => planned(claim({ source: { kind: 'claim', name: '../x' } }))).toThrow(/bug: a claim/);
});
