/** Differences that no written field shows: the contents that a manifest refers to, and what a newer podctl makes of it. */
import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { type Materials, noMaterials } from '../../../src/model/materials.ts';
import type { PodManifest, PodSpec } from '../../../src/model/pod-spec.ts';
import { planChange } from '../../../src/reconcile/diff.ts';
import { aShop, type Parts } from './a-shop.ts';
import { aHost } from './builders.ts';

/** Every program has TOKEN from outside of the manifest. */
const withToken =
  (token: string) =>
  (manifest: PodManifest): PodSpec => {
    const spec = normalisePod(manifest);
    const containers = spec.containers.map((container) => ({
      ...container,
      programs: container.programs.map((program) => ({ ...program, env: { ...program.env, TOKEN: token } })),
    }));
    return { ...spec, containers };
  };

function told(to: Parts, token = 'new') {
  const before = aShop();
  const after = aShop(to);
  const from = { ...before, spec: withToken('old')(before.manifest) };
  const normalise = withToken(token);
  return planChange(from, { ...after, spec: normalise(after.manifest) }, { host: aHost, normalise }).map(
    ({ field, from: old, to: next, cost }) => `${field.replace('spec.containers', '')} ${old} → ${next} ${cost}`,
  );
}

describe('contents from outside of the manifest', () => {
  test('that changed are told in the words of the manifest, program by program', () => {
    expect(told({})).toEqual([
      '[app].processes[web].env[TOKEN] old → new restart-program',
      '[app].processes[db].env[TOKEN] old → new restart-program',
      '[plain].env[TOKEN] old → new restart-container',
    ]);
  });

  test('that stayed as they are are not told', () => {
    expect(told({}, 'old')).toEqual([]);
  });

  test('do not make a written change dearer, and are told beside it', () => {
    expect(told({ web: { logs: { maxFiles: 3 } } })).toEqual([
      '[app].processes[web].logs undefined → [object Object] in-place',
      '[app].processes[web].env[TOKEN] old → new restart-program',
      '[app].processes[db].env[TOKEN] old → new restart-program',
      '[plain].env[TOKEN] old → new restart-container',
    ]);
  });

  test('that cannot be known for a manifest of another version leave the specs to be compared', () => {
    const before = aShop();
    const containers = [{ name: 'app', image: 'host', processes: 'lost' }];
    const damaged = { ...before.manifest, spec: { containers } };
    const after = aShop({ web: { command: ['x'] } });
    const changes = planChange({ manifest: damaged, spec: before.spec }, after, { host: aHost });
    expect(changes.map(({ field, cost }) => `${field} ${cost}`)).toEqual([
      'spec.containers[app].processes restart-program',
      'spec.containers[app].env restart-program',
      'spec.containers[plain] restart-program',
    ]);
  });
});

test('another order of variables, which no field shows, is told when it makes a difference', () => {
  const order = (...names: string[]): Parts => ({
    plain: { env: names.map((name) => (name === 'B' ? { name, value: '$(A)' } : { name, value: '1' })) },
  });
  const changes = planChange(aShop(order('A', 'B')), aShop(order('B', 'A')), { host: aHost });
  expect(changes).toMatchObject([
    { field: 'spec.containers[plain].env[B]', from: '1', to: '$(A)', cost: 'restart-container' },
  ]);
});

describe('values of a ConfigMap and of a Secret', () => {
  const manifest: PodManifest = {
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: {
      containers: [
        {
          name: 'app',
          image: 'host',
          processes: [
            { name: 'web', command: ['web'], envFrom: [{ configMapRef: { name: 'app' } }] },
            {
              name: 'db',
              command: ['db', '--password=$(PASSWORD)'],
              env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
            },
          ],
        },
      ],
    },
  };
  const materials = (port: string, password: string): Materials => ({
    ...noMaterials,
    configMaps: new Map([
      ['app', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' }, data: { PORT: port } }],
    ]),
    secrets: new Map([
      ['db', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password } }],
    ]),
  });
  const spec = (port: string, password: string) => normalisePod(manifest, materials(port, password));
  const changes = (port: string, password: string) =>
    planChange(
      { manifest, spec: spec('80', 'hunter2') },
      { manifest, spec: spec(port, password) },
      { host: aHost, normalise: (one) => normalisePod(one, materials(port, password)) },
    );

  test('are told with where they come from', () => {
    expect(changes('81', 'hunter2')).toEqual([
      {
        field: 'spec.containers[app].processes[web].env[PORT]',
        ...{ from: '80', to: '81', cost: 'restart-program' },
        why: 'the environment is fixed when app/web starts; the value comes from configmap/app key PORT',
      },
    ]);
  });

  test('out of a Secret are never shown, in a command neither', () => {
    const told = changes('80', 'correct horse');
    expect(told.map(({ field, from, to }) => [field.replace('spec.containers[app].processes', ''), from, to])).toEqual([
      ['[db].command', '(secret)', '(secret, changed)'],
      ['[db].env[PASSWORD]', '(secret)', '(secret, changed)'],
    ]);
    expect(JSON.stringify(told)).not.toMatch(/hunter2|correct horse/);
  });

  test('that are missing leave what runs alone', () => {
    const without = { ...materials('80', 'hunter2'), secrets: new Map() };
    const normalise = (one: PodManifest) => normalisePod(one, without);
    const told = planChange(
      { manifest, spec: spec('80', 'hunter2') },
      { manifest, spec: normalise(manifest) },
      { host: aHost, normalise },
    );
    expect(told.map(({ cost }) => cost)).toEqual(['nothing', 'nothing']);
    expect(told[0]?.why).toMatch(/^container app cannot start as it is wanted \(secret "db" not found\)/);
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });
});
