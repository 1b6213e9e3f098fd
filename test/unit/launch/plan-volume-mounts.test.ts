import { describe, expect, test } from 'vitest';
import { planLaunch } from '../../../src/launch/plan-launch.ts';
import { planVolumeMounts } from '../../../src/launch/plan-volume-mounts.ts';
import type { MountSpec } from '../../../src/model/volume-spec.ts';
import { aContainer, aContext, aPod, security } from './a-pod.ts';

const hostPath = (mountPath: string, over: Partial<MountSpec> = {}): MountSpec => ({
  volume: 'src',
  source: { kind: 'hostPath', path: '/srv/src', type: '' },
  mountPath,
  readOnly: false,
  ...over,
});
const emptyDir = (mountPath: string): MountSpec => hostPath(mountPath, { volume: 'tmp', source: { kind: 'emptyDir' } });

describe('planVolumeMounts', () => {
  test('clones a path of the machine as it is', () => {
    const { sources, rootOps } = planVolumeMounts(
      aPod([]),
      aContainer('web', { mounts: [hostPath('/app')] }),
      aContext(),
    );
    expect(sources).toEqual([{ id: 'volume:/app', path: '/srv/src', recursive: true, attributes: [] }]);
    expect(rootOps).toEqual([{ op: 'volume', source: 'volume:/app', path: '/app', volume: 'src' }]);
  });

  test('clones a part of it, read-only', () => {
    const mounts = [hostPath('/app', { subPath: 'lib', readOnly: true })];
    expect(planVolumeMounts(aPod([]), aContainer('web', { mounts }), aContext()).sources).toMatchObject([
      { path: '/srv/src', subPath: 'lib', attributes: ['ro'] },
    ]);
  });

  test('an emptyDir lies under the pod’s uid and carries no devices and no setuid', () => {
    const { sources } = planVolumeMounts(aPod([]), aContainer('web', { mounts: [emptyDir('/tmp')] }), aContext());
    expect(sources).toMatchObject([{ path: '/var/lib/podctl/volumes/uid/tmp', attributes: ['nosuid', 'nodev'] }]);
  });

  test.each<[string, Partial<MountSpec>, object]>([
    ['mounts come from the machine', { propagation: 'HostToContainer' }, { from: 'machine', propagation: 'slave' }],
    ['mounts go there too', { propagation: 'Bidirectional' }, { from: 'machine', propagation: 'shared' }],
    [
      'only the mount itself is read-only',
      { readOnly: true, readOnlyBelow: false },
      { attributes: ['ro'], isShallow: true },
    ],
    ['memory is elsewhere', { source: { kind: 'emptyDir', medium: 'Memory' } }, { from: 'memory', path: '/src' }],
    [
      'what podd writes is read-only',
      { source: { kind: 'projected', sources: [], defaultMode: 0o644 } },
      { path: '/run/podctl/volumes/uid/src', attributes: ['ro', 'nosuid', 'nodev'] },
    ],
    [
      'a claim is its namespace’s',
      { source: { kind: 'claim', name: 'db' } },
      { path: '/var/lib/podctl/claims/default/db' },
    ],
  ])('%s', (_, over, wanted) => {
    const { sources } = planVolumeMounts(aPod([]), aContainer('web', { mounts: [hostPath('/a', over)] }), aContext());
    expect(sources).toMatchObject([wanted]);
  });

  test('attaches parents before what lies below them', () => {
    const mounts = [hostPath('/app/a/b'), hostPath('/app'), emptyDir('/x'), emptyDir('/app/a')];
    const { rootOps } = planVolumeMounts(aPod([]), aContainer('web', { mounts }), aContext());
    expect(rootOps.map((op) => 'path' in op && op.path)).toEqual(['/app', '/x', '/app/a', '/app/a/b']);
  });
});

test('volumes come after masks and before the root becomes read-only', () => {
  const container = aContainer('web', {
    mounts: [emptyDir('/data')],
    security: { ...security, readOnlyRootFilesystem: true },
  });
  const { rootOps } = planLaunch(aPod([container]), container, aContext());
  expect(rootOps.slice(-2).map(({ op }) => op)).toEqual(['volume', 'readonlyRoot']);
});
