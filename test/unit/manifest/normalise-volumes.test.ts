import { describe, expect, test } from 'vitest';
import { normaliseMounts } from '../../../src/manifest/normalise-volumes.ts';

const volumes = [
  { name: 'src', hostPath: { path: '/srv/src' } },
  { name: 'tmp', emptyDir: {} },
  { name: 'bare' },
  { name: 'claim', persistentVolumeClaim: { claimName: 'x' } },
];

describe('normaliseMounts', () => {
  test('fills in what the manifest leaves open', () => {
    expect(normaliseMounts([{ name: 'src', mountPath: '/app/' }], volumes)).toEqual([
      { volume: 'src', source: { kind: 'hostPath', path: '/srv/src', type: '' }, mountPath: '/app', readOnly: false },
    ]);
  });

  test.each([
    ['x/./y//z/', 'x/y/z'],
    ['.', undefined],
    ['', undefined],
  ])('subPath %j is %j', (subPath, wanted) => {
    const [mount] = normaliseMounts([{ name: 'tmp', mountPath: '/t', subPath }], volumes);
    expect(mount?.subPath).toBe(wanted);
  });

  test('takes a volume without a source for an emptyDir, as Kubernetes does', () => {
    expect(normaliseMounts([{ name: 'bare', mountPath: 'rel', readOnly: true }], volumes)).toEqual([
      { volume: 'bare', source: { kind: 'emptyDir' }, mountPath: '/rel', readOnly: true },
    ]);
  });

  test('leaves out what this version does not serve', () => {
    const mounts = [
      { name: 'claim', mountPath: '/c' },
      { name: 'tmp', mountPath: '/e', subPathExpr: '$(POD)' },
    ];
    expect(normaliseMounts(mounts, volumes)).toEqual([]);
  });
});
