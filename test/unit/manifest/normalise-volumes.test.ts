import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { normaliseMounts } from '../../../src/manifest/normalise-volumes.ts';
import { type Hash, noMaterials } from '../../../src/model/materials.ts';

const volumes = [
  { name: 'src', hostPath: { path: '/srv/src' } },
  { name: 'tmp', emptyDir: {} },
  { name: 'bare' },
  { name: 'claim', persistentVolumeClaim: { claimName: 'x' } },
  { name: 'config', configMap: { name: 'app', defaultMode: 0o600 } },
  { name: 'one', configMap: { name: 'app', items: [{ key: 'b', path: 'x/./b.txt', mode: 0o400 }] } },
  { name: 'keys', secret: { secretName: 'db' } },
  { name: 'maybe', configMap: { name: 'absent', optional: true } },
  { name: 'maybe-key', configMap: { name: 'app', optional: true, items: [{ key: 'z', path: 'z' }] } },
  { name: 'no-key', configMap: { name: 'app', items: [{ key: 'z', path: 'z' }] } },
];
const hash: Hash = (content) => createHash('sha256').update(content).digest('hex');
const app = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' }, data: { a: '1', b: '2' } } as const;
const db = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'canary' } } as const;
const materials = {
  ...noMaterials,
  namespace: 'default',
  hash,
  configMaps: new Map([['app', app]]),
  secrets: new Map([['db', db]]),
  digests: new Map([['/srv/src/lib', { digest: 'd1', identity: '1:2:3' }]]),
};
const mountsOf = (...mounts: Parameters<typeof normaliseMounts>[0] & object) =>
  normaliseMounts(mounts, volumes, materials).mounts;

describe('normaliseMounts', () => {
  test('fills in what the manifest leaves open', () => {
    expect(mountsOf({ name: 'src', mountPath: '/app/' })).toEqual([
      { volume: 'src', source: { kind: 'hostPath', path: '/srv/src', type: '' }, mountPath: '/app', readOnly: false },
    ]);
  });

  test.each([
    ['x/./y//z/', 'x/y/z'],
    ['.', undefined],
    ['', undefined],
  ])('subPath %j is %j', (subPath, wanted) => {
    expect(mountsOf({ name: 'tmp', mountPath: '/t', subPath })[0]?.subPath).toBe(wanted);
  });

  test('takes a volume without a source for an emptyDir, as Kubernetes does', () => {
    expect(mountsOf({ name: 'bare', mountPath: 'rel', readOnly: true })).toEqual([
      { volume: 'bare', source: { kind: 'emptyDir' }, mountPath: '/rel', readOnly: true },
    ]);
  });

  test('leaves out what this version does not serve', () => {
    expect(
      mountsOf({ name: 'claim', mountPath: '/c' }, { name: 'tmp', mountPath: '/e', subPathExpr: '$(POD)' }),
    ).toEqual([]);
  });

  test('notes what a hostPath holds only where a change of it counts', () => {
    const [plain, watched] = mountsOf(
      { name: 'src', mountPath: '/a', subPath: 'lib' },
      { name: 'src', mountPath: '/b', subPath: 'lib', reloadOn: 'change' },
    );
    expect(plain).not.toHaveProperty('content');
    expect(watched).toMatchObject({ onChange: 'reload', content: { digest: 'd1', identity: '1:2:3' } });
  });

  test('notes a digest of what objects hold, and none of their values', () => {
    const [config, keys] = mountsOf({ name: 'config', mountPath: '/a' }, { name: 'keys', mountPath: '/b' });
    expect(config?.source).toEqual({ kind: 'configMap', name: 'app', defaultMode: 0o600, optional: false });
    expect(Object.keys(config?.content?.files ?? {})).toEqual(['a', 'b']);
    expect(keys?.content?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify([config, keys])).not.toContain('canary');
  });

  test('modes, items and subPaths are part of the digest', () => {
    const digests = mountsOf(
      { name: 'config', mountPath: '/a' },
      { name: 'one', mountPath: '/b' },
      { name: 'one', mountPath: '/c', subPath: 'x/b.txt' },
      { name: 'one', mountPath: '/d', subPath: 'x' },
    ).map(({ content }) => content?.digest);
    expect(new Set(digests).size).toBe(4);
  });

  test('an optional object, or key, that is not there is an empty volume', () => {
    const { mounts, missing } = normaliseMounts(
      [
        { name: 'maybe', mountPath: '/a' },
        { name: 'maybe-key', mountPath: '/b' },
      ],
      volumes,
      materials,
    );
    expect(missing).toEqual([]);
    expect(mounts.map(({ content }) => content?.files)).toEqual([{}, {}]);
  });

  test('a needed one keeps the container waiting', () => {
    const none = { ...materials, configMaps: new Map() };
    expect(normaliseMounts([{ name: 'config', mountPath: '/a' }], volumes, none).missing).toEqual([
      'configmap "app" not found',
    ]);
    expect(normaliseMounts([{ name: 'no-key', mountPath: '/a' }], volumes, materials).missing).toEqual([
      "couldn't find key z in ConfigMap default/app",
    ]);
  });
});
