import { expect, test } from 'vitest';
import { instancePaths } from '../../../src/model/instance-paths.ts';
import type { MountSpec } from '../../../src/model/volume-spec.ts';
import { planVolumes } from '../../../src/volume/plan-volumes.ts';
import { aContainer } from '../launch/a-pod.ts';

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
  expect(planVolumes(aContainer('web', { mounts }), 'uid', instancePaths({}))).toEqual([
    { op: 'hostPath', volume: 'src', path: '/srv/src', type: 'DirectoryOrCreate' },
    { op: 'directory', volume: 'tmp', path: '/var/lib/podctl/volumes/uid/tmp' },
    { op: 'object', volume: 'keys', path: '/run/podctl/volumes/uid/keys', source },
    { op: 'subPath', volume: 'src', root: '/srv/src', path: 'lib', isMade: true },
    { op: 'subPath', volume: 'tmp', root: '/var/lib/podctl/volumes/uid/tmp', path: 'x', isMade: true },
    { op: 'subPath', volume: 'keys', root: '/run/podctl/volumes/uid/keys', path: 'password', isMade: false },
  ]);
});
