import { describe, expect, test } from 'vitest';
import type { ConfigMapManifest, DataManifest, SecretManifest } from '../../../src/model/object-manifest.ts';
import { checkDataUpdate, planData, storedForm } from '../../../src/reconcile/plan-data.ts';

const configMap = (fields: Partial<ConfigMapManifest> = {}): ConfigMapManifest => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' } },
  ...fields,
});
const secret = (fields: Partial<SecretManifest> = {}): SecretManifest => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'app' } },
  ...fields,
});
const plan = (existing: DataManifest | undefined, manifest: DataManifest) =>
  planData(existing === undefined ? undefined : storedForm(existing), { manifest, warnings: [] }).result;
const told = (existing: DataManifest, manifest: DataManifest) =>
  plan(existing, manifest).changes.map(({ field, from, to }) => [field, from, to]);

describe('what an apply tells of an object', () => {
  test('one that is not there is created, the same again is unchanged', () => {
    expect(plan(undefined, configMap({ data: { A: 'a' } }))).toMatchObject({
      ...{ kind: 'ConfigMap', namespace: 'default', name: 'app', outcome: 'created', changes: [] },
    });
    expect(plan(configMap({ data: {} }), configMap())).toMatchObject({ outcome: 'unchanged' });
    expect(plan(secret({ stringData: { A: 'a' } }), secret({ data: { A: 'YQ==' } }))).toMatchObject({
      outcome: 'unchanged',
    });
  });

  test('each key that is other, new or gone is a change', () => {
    const changes = told(
      configMap({ data: { A: 'a', B: 'b', 'c.d': 'c' }, binaryData: { X: 'AA==' } }),
      configMap({ data: { A: 'x', 'c.d': 'y', E: 'e' }, metadata: { name: 'app', labels: { l: '1' } } }),
    );
    expect(changes).toEqual([
      ['metadata.labels.l', undefined, '1'],
      ['data.A', 'a', 'x'],
      ['data.B', 'b', undefined],
      ["data['c.d']", 'c', 'y'],
      ['data.E', undefined, 'e'],
      ['binaryData.X', 'AA==', undefined],
    ]);
  });

  test('of a Secret only that it is other', () => {
    const changes = told(
      secret({ stringData: { A: 'canary', B: 'canary' } }),
      secret({ stringData: { A: 'canary-2', C: 'canary' } }),
    );
    expect(changes).toEqual([
      ['data.A', '(secret)', '(secret, changed)'],
      ['data.B', '(secret)', undefined],
      ['data.C', undefined, '(secret)'],
    ]);
  });
});

describe('what must not change', () => {
  const locked = configMap({ data: { A: 'a' }, immutable: true });
  const rule = 'Forbidden: field is immutable when `immutable` is set';
  test.each<readonly [string, DataManifest, DataManifest, readonly string[]]>([
    ['contents', locked, { ...locked, data: { A: 'b' } }, [`data: ${rule}`]],
    ['bytes', locked, { ...locked, binaryData: { B: 'AA==' } }, [`binaryData: ${rule}`]],
    ['the lock itself', locked, configMap({ data: { A: 'a' } }), [`immutable: ${rule}`]],
    ['a type', secret(), secret({ type: 'x' }), ['type: Invalid value: "x": field is immutable']],
    ['labels may', locked, { ...locked, metadata: { name: 'app', labels: { a: 'b' } } }, []],
    ['what is not locked may', configMap({ data: { A: 'a' } }), configMap({ data: { A: 'b' } }), []],
    ['locking may', configMap({ data: { A: 'a' } }), locked, []],
    ['the default type written out may', secret(), secret({ type: 'Opaque' }), []],
  ])('%s', (_, existing, wanted, problems) => {
    const found = checkDataUpdate(storedForm(existing), wanted);
    expect(found.map(({ field, message }) => `${field}: ${message}`)).toEqual(problems);
  });
});
