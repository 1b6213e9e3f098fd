import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { normaliseMounts } from '../../../src/manifest/normalise-volumes.ts';
import { lateResource, lateValue } from '../../../src/model/late-value.ts';
import { type Hash, noMaterials } from '../../../src/model/materials.ts';

const volumes = [
  { name: 'src', hostPath: { path: '/srv/src' } },
  { name: 'tmp', emptyDir: {} },
  { name: 'bare' },
  { name: 'claim', persistentVolumeClaim: { claimName: 'x' } },
  { name: 'net', nfs: { server: 's', path: '/x' } },
  { name: 'huge', emptyDir: { medium: 'HugePages-2Mi' } },
  { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi', mode: 0o700 } },
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
const pod = {
  isOurs: true,
  name: 'web',
  namespace: 'default',
  labels: { app: 'web', tier: 'a "b"' },
  annotations: { note: 'two\nlines' },
  resources: { main: { cpuLimitMillis: 1500, memoryRequestBytes: 1_048_577 } },
};
const surroundings = { volumes, pod, materials, env: new Map([['POD_NAME', 'web-0']]) };
const mountsOf = (...mounts: Parameters<typeof normaliseMounts>[0] & object) =>
  normaliseMounts(mounts, surroundings).mounts;

describe('normaliseMounts', () => {
  test('fills in what the manifest leaves open', () => {
    expect(mountsOf({ name: 'src', mountPath: '/app/' })).toEqual([
      { volume: 'src', source: { kind: 'hostPath', path: '/srv/src', type: '' }, mountPath: '/app', readOnly: false },
    ]);
  });

  test.each([
    ['', { type: '', isMade: true }],
    ['Directory', { type: 'Directory' }],
  ] as const)('makes a hostPath of type %j as Kubernetes’ runtimes do, but in a manifest of ours', (type, wanted) => {
    const typed = [{ name: 'src', hostPath: { path: '/srv/src', type } }];
    const mount = { name: 'src', mountPath: '/app' };
    const sourceOf = (isOurs: boolean) =>
      normaliseMounts([mount], { ...surroundings, volumes: typed, pod: { ...pod, isOurs } }).mounts[0]?.source;
    expect(sourceOf(false)).toEqual({ kind: 'hostPath', path: '/srv/src', ...wanted });
    expect(sourceOf(true)).toEqual({ kind: 'hostPath', path: '/srv/src', type });
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
    expect(mountsOf({ name: 'net', mountPath: '/c' }, { name: 'huge', mountPath: '/e' })).toEqual([]);
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
      surroundings,
    );
    expect(missing).toEqual([]);
    expect(mounts.map(({ content }) => content?.files)).toEqual([{}, {}]);
  });

  test('a needed one keeps the container waiting', () => {
    const none = { ...surroundings, materials: { ...materials, configMaps: new Map() } };
    expect(normaliseMounts([{ name: 'config', mountPath: '/a' }], none).missing).toEqual([
      'MountVolume.SetUp failed for volume "config" : configmap "app" not found',
    ]);
    expect(normaliseMounts([{ name: 'no-key', mountPath: '/a' }], surroundings).missing).toEqual([
      'MountVolume.SetUp failed for volume "no-key" : configmap references non-existent config key: z',
    ]);
  });

  test.each([
    ['claim', { kind: 'claim', name: 'x' }],
    ['memory', { kind: 'emptyDir', medium: 'Memory', sizeLimit: 1_048_576, mode: 0o700 }],
    ['scratch', { kind: 'emptyDir' }],
  ])('volume %s is %j', (name, source) => {
    const all = [...volumes, { name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } }];
    const { mounts } = normaliseMounts([{ name, mountPath: '/m' }], { ...surroundings, volumes: all });
    expect(mounts[0]?.source).toEqual(source);
  });

  test.each([
    ['$(POD_NAME)/logs', 'web-0/logs', []],
    ['$(NONE)', '$(NONE)', ['missing value for "NONE"']],
    ['$$(POD_NAME)', '$(POD_NAME)', []],
  ])('subPathExpr %s is %s', (subPathExpr, wanted, missing) => {
    const made = normaliseMounts([{ name: 'tmp', mountPath: '/t', subPathExpr }], surroundings);
    expect(made.mounts[0]?.subPath).toBe(wanted);
    expect(made.missing).toEqual(missing);
  });

  test.each(['../x', '/x'])('a variable does not lead a subPathExpr out of its volume: %s', (value) => {
    const env = new Map([['A', value]]);
    const made = normaliseMounts([{ name: 'tmp', mountPath: '/t', subPathExpr: '$(A)' }], { ...surroundings, env });
    expect(made.missing).toEqual([`subPath "${value}" of $(A) leads out of the volume`]);
    expect(made.mounts[0]).not.toHaveProperty('subPath');
  });

  test('keeps what a mount says of mounts below it', () => {
    const [shallow, slave] = mountsOf(
      { name: 'src', mountPath: '/a', readOnly: true, recursiveReadOnly: 'Disabled' },
      { name: 'src', mountPath: '/b', mountPropagation: 'HostToContainer' },
    );
    expect(shallow).toMatchObject({ readOnly: true, readOnlyBelow: false });
    expect(slave).toMatchObject({ propagation: 'HostToContainer' });
  });
});

describe('a projected volume', () => {
  const projected = (...sources: readonly object[]) =>
    normaliseMounts([{ name: 'all', mountPath: '/a' }], {
      ...surroundings,
      volumes: [{ name: 'all', projected: { defaultMode: 0o400, sources: [...sources] } }],
    });
  const fields = (...items: readonly object[]) => projected({ downwardAPI: { items } });
  const field = (fieldPath: string) => ({ path: 'f', fieldRef: { fieldPath } });
  const textOf = (made: ReturnType<typeof projected>): string | undefined => {
    const source = made.mounts[0]?.source;
    const part = source?.kind === 'projected' ? source.sources[0] : undefined;
    return part?.kind === 'fields' ? part.files[0]?.text : undefined;
  };

  test('holds objects and fields, and leaves out what only a cluster has', () => {
    const { mounts, missing } = projected(
      { serviceAccountToken: { path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { secret: { name: 'db', items: [{ key: 'password', path: 'p' }] } },
      { configMap: { name: 'app' } },
    );
    expect(missing).toEqual([]);
    expect(Object.keys(mounts[0]?.content?.files ?? {}).sort()).toEqual(['a', 'b', 'p']);
    expect(JSON.stringify(mounts)).not.toContain('canary');
  });

  test('waits for an object that is needed', () => {
    const missing = (secret: object) =>
      projected({ secret } as Parameters<typeof projected>[0]).missing.map((words) => words.split(' : ')[1]);
    expect(missing({ name: 'none' })).toEqual(['secret "none" not found']);
    expect(missing({ name: 'db', items: [{ key: 'none', path: 'p' }] })).toEqual([
      'references non-existent secret key: none',
    ]);
  });

  test.each([
    ['metadata.name', 'web'],
    ['metadata.labels', 'app="web"\ntier="a \\"b\\""'],
    ["metadata.labels['app']", 'web'],
    ["metadata.annotations['note']", 'two\nlines'],
    ["metadata.labels['none']", ''],
  ])('%s stands in its text', (path, text) => {
    expect(textOf(fields(field(path)))).toBe(text);
  });

  test('a changed label is another content', () => {
    const before = fields(field('metadata.labels')).mounts[0]?.content?.digest;
    const other = { ...surroundings, pod: { ...pod, labels: { app: 'other' } } };
    const volume = { name: 'all', downwardAPI: { items: [field('metadata.labels')] } };
    const after = normaliseMounts([{ name: 'all', mountPath: '/a' }], { ...other, volumes: [volume] });
    expect(after.mounts[0]?.content?.digest).not.toBe(before);
  });

  test.each([
    ['main', 'limits.cpu', '1', '2'],
    ['main', 'limits.cpu', '1m', '1500'],
    ['main', 'requests.memory', '1Mi', '2'],
    ['main', 'limits.memory', '1', lateResource('main', 'limits.memory', '1')],
  ])('%s %s in units of %s is %j', (containerName, resource, divisor, text) => {
    expect(textOf(fields({ path: 'f', resourceFieldRef: { containerName, resource, divisor } }))).toBe(text);
  });

  test('the pod’s uid is known only when it is written', () => {
    expect(textOf(fields(field('metadata.uid')))).toBe(lateValue('metadata.uid'));
  });
});
