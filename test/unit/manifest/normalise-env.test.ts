import { describe, expect, test } from 'vitest';
import { checkFiles, warnMaterials } from '../../../src/manifest/check-materials.ts';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { mergeStringData } from '../../../src/manifest/object-content.ts';
import { referencesOf } from '../../../src/manifest/references.ts';
import { type Materials, noMaterials } from '../../../src/model/materials.ts';
import type { ConfigMapManifest, SecretManifest } from '../../../src/model/object-manifest.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';

const configMap = (name: string, fields: Partial<ConfigMapManifest>): ConfigMapManifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...fields,
});
const secret = (name: string, fields: Partial<SecretManifest>): SecretManifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  ...fields,
});

const materials: Materials = {
  ...noMaterials,
  configMaps: new Map([
    ['app', configMap('app', { data: { PORT: '8080', MODE: 'fast' }, binaryData: { LOGO: 'AAEC' } })],
    ['more', configMap('more', { data: { PORT: '9090', 'with.dot': 'dot' } })],
  ]),
  secrets: new Map([
    [
      'db',
      secret('db', {
        data: { PASSWORD: Buffer.from('old').toString('base64') },
        stringData: { PASSWORD: 'pa$(PORT)ss' },
      }),
    ],
    ['keys', secret('keys', { data: { KEY: Buffer.from([0xff, 0xfe]).toString('base64'), NUL: 'AAA=' } })],
  ]),
  envFiles: new Map<string, ReadonlyMap<string, string> | string>([
    [
      '/srv/a.env',
      new Map([
        ['PORT', '1'],
        ['FROM_FILE', 'a'],
        ['bäd', 'x'],
      ]),
    ],
    ['/srv/b.env', new Map([['FROM_FILE', 'b']])],
    ['/srv/dir', 'is a directory, not a file'],
  ]),
};

const aPod = (container: object): PodManifest => ({
  apiVersion: 'podctl.dev/v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'app', image: 'host', command: ['run', '--port=$(PORT)'], ...container }] },
});

function programOf(container: object, index = 0) {
  const [made] = normalisePod(aPod(container), materials).containers;
  const program = made?.programs[index];
  const { PATH: _p, HOME: _h, HOSTNAME: _n, ...env } = program?.env ?? {};
  return { env, argv: program?.argv, sources: made?.envSources?.[program?.name ?? ''], missing: made?.missing };
}

describe('where a variable comes from', () => {
  test('a key of a ConfigMap or Secret is its value, unexpanded', () => {
    const env = [
      { name: 'PORT', valueFrom: { configMapKeyRef: { name: 'app', key: 'PORT' } } },
      { name: 'PASS', valueFrom: { secretKeyRef: { name: 'db', key: 'PASSWORD' } } },
    ];
    expect(programOf({ env })).toEqual({
      env: { PORT: '8080', PASS: 'pa$(PORT)ss' },
      argv: ['run', '--port=8080'],
      sources: { PORT: 'configmap/app key PORT', PASS: 'secret/db key PASSWORD' },
      missing: undefined,
    });
  });

  test('later ones of envFrom win, with their prefix, and binaryData is no variable', () => {
    const envFrom = [
      { configMapRef: { name: 'app' } },
      { configMapRef: { name: 'more' } },
      { prefix: 'X_', configMapRef: { name: 'app' } },
    ];
    expect(programOf({ envFrom }).env).toEqual({
      ...{ PORT: '9090', MODE: 'fast', 'with.dot': 'dot' },
      ...{ X_PORT: '8080', X_MODE: 'fast' },
    });
  });

  test('env wins over envFrom, envFrom over files, a later file over an earlier', () => {
    const made = programOf({
      envFile: ['/srv/a.env', { path: '/srv/b.env' }, { path: '/srv/none', optional: true }],
      envFrom: [{ configMapRef: { name: 'app' } }],
      env: [{ name: 'MODE', value: 'mine on $(PORT) with $(FROM_FILE)' }],
    });
    expect(made.env).toEqual({ PORT: '8080', FROM_FILE: 'b', MODE: 'mine on 8080 with b' });
    expect(made.sources).toEqual({
      PORT: 'configmap/app key PORT',
      FROM_FILE: '/srv/b.env',
      MODE: 'configmap/app key PORT',
    });
  });

  test('what uses a secret value is secret', () => {
    const env = [
      { name: 'PORT', valueFrom: { configMapKeyRef: { name: 'app', key: 'PORT' } } },
      { name: 'PASS', valueFrom: { secretKeyRef: { name: 'db', key: 'PASSWORD' } } },
      { name: 'URL', value: 'db:$(PORT)/$(PASS)' },
      { name: 'AGAIN', value: 'x$(URL)' },
      { name: 'PLAIN', value: '$$(PASS)' },
    ];
    expect(programOf({ env }).sources).toEqual({
      PORT: 'configmap/app key PORT',
      PASS: 'secret/db key PASSWORD',
      URL: 'secret/db key PASSWORD',
      AGAIN: 'secret/db key PASSWORD',
    });
  });

  test('a program has its container’s over which its own files, envFrom and env lie', () => {
    const process = (fields: object) => ({ name: 'p', command: ['p', '$(PORT)'], ...fields });
    const container = { command: undefined, envFrom: [{ configMapRef: { name: 'app' } }] };
    const of = (fields: object) => programOf({ ...container, processes: [process(fields)] });
    expect(of({}).env).toEqual({ PORT: '8080', MODE: 'fast' });
    expect(of({ envFile: ['/srv/a.env'] })).toMatchObject({ env: { PORT: '1' }, argv: ['p', '1'] });
    expect(of({ envFile: ['/srv/a.env'], envFrom: [{ configMapRef: { name: 'more' } }] }).env).toMatchObject({
      PORT: '9090',
    });
    expect(of({ env: { PORT: '7' } })).toMatchObject({
      env: { PORT: '7' },
      sources: { MODE: 'configmap/app key MODE' },
    });
    expect(of({ env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'db', key: 'PASSWORD' } } }] }).env.P).toBe(
      'pa$(PORT)ss',
    );
  });

  test('names that no environment can hold are left out', () => {
    expect(Object.keys(programOf({ envFile: ['/srv/a.env'] }).env)).toEqual(['PORT', 'FROM_FILE']);
  });
});

describe('what is missing', () => {
  const from = (ref: object) => ({ env: [{ name: 'A', valueFrom: ref }] });
  test.each([
    [from({ configMapKeyRef: { name: 'none', key: 'k' } }), ['configmap "none" not found']],
    [from({ secretKeyRef: { name: 'none', key: 'k' } }), ['secret "none" not found']],
    [from({ configMapKeyRef: { name: 'app', key: 'k' } }), ["couldn't find key k in ConfigMap default/app"]],
    [from({ configMapKeyRef: { name: 'app', key: 'LOGO' } }), ["couldn't find key LOGO in ConfigMap default/app"]],
    [from({ secretKeyRef: { name: 'db', key: 'k' } }), ["couldn't find key k in Secret default/db"]],
    [
      from({ secretKeyRef: { name: 'keys', key: 'KEY', optional: true } }),
      ['key KEY in Secret default/keys is no UTF-8 text without NUL, as a variable has to be'],
    ],
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, ['secret "none" not found']],
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, ['configmap "none" not found']],
    [from({ configMapKeyRef: { name: 'none', key: 'k', optional: true } }), undefined],
    [from({ secretKeyRef: { name: 'db', key: 'k', optional: true } }), undefined],
    [{ envFrom: [{ secretRef: { name: 'none', optional: true } }] }, undefined],
  ])('%j: %j', (container, missing) => {
    const made = programOf(container);
    expect(made.missing).toEqual(missing);
    expect(made.env).toEqual({});
  });

  test('is told once for all programs of a container, and warned of at its place', () => {
    const pod = aPod({
      ...{ command: undefined, envFrom: [{ configMapRef: { name: 'none' } }] },
      processes: ['a', 'b'].map((name) => ({
        name,
        command: ['x'],
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'k' } } }],
      })),
    });
    const why = "couldn't find key k in Secret default/db";
    expect(normalisePod(pod, materials).containers[0]?.missing).toEqual(['configmap "none" not found', why]);
    const warnings = warnMaterials(referencesOf(pod), materials, 'default').map(
      ({ field, message }) => `${field}: ${message}`,
    );
    expect(warnings).toEqual([
      'spec.containers[0].envFrom[0]: configmap "none" not found: the container waits for it',
      `spec.containers[0].processes[0].env[0].valueFrom: ${why}: the container waits for it`,
      `spec.containers[0].processes[1].env[0].valueFrom: ${why}: the container waits for it`,
    ]);
  });

  test('a file that is needed and cannot be read is an error at its place', () => {
    const pod = aPod({
      envFile: ['/srv/a.env', '/srv/none', { path: '/srv/gone', optional: true }, { path: '/srv/dir', optional: true }],
    });
    expect(checkFiles(referencesOf(pod), materials).map(({ field, message, hint }) => [field, message, hint])).toEqual([
      [
        'spec.containers[0].envFile[1]',
        '/srv/none: no such file',
        'write {path, optional: true} when it need not exist',
      ],
      ['spec.containers[0].envFile[3].path', '/srv/dir: is a directory, not a file', undefined],
    ]);
    const names = warnMaterials(referencesOf(pod), materials, 'default').map(({ message }) => message);
    expect(names).toEqual(['keys that are no names of variables are skipped: "bäd"']);
  });
});

test('a Secret is kept as Kubernetes keeps it: stringData over data, and a type', () => {
  const { stringData, ...kept } = mergeStringData(
    secret('s', { data: { a: 'YQ==', b: 'Yg==' }, stringData: { b: 'B', c: '' } }),
  );
  expect(stringData).toBeUndefined();
  expect(kept).toMatchObject({ type: 'Opaque', data: { a: 'YQ==', b: 'Qg==', c: '' } });
  expect(mergeStringData(secret('s', {})).data).toBeUndefined();
});
