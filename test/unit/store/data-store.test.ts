import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DataRecord } from '../../../src/model/data-record.ts';
import type { DataManifest } from '../../../src/model/object-manifest.ts';
import { DataTable } from '../../../src/reconcile/data-table.ts';
import { createDataStore } from '../../../src/store/data-store.ts';

const uid = '11111111-2222-3333-4444-555555555555';
const otherUid = '21111111-2222-3333-4444-555555555555';
const metadata = { name: 'db', namespace: 'default' };
const aSecret = (value = 'czNjcjN0'): DataManifest => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { PASSWORD: value } },
});
const aRecord = (change: Partial<DataRecord> = {}): DataRecord => ({
  ...{ version: 1, uid, resourceVersion: '7', creationTimestamp: '2026-01-02T03:04:05.000Z' },
  manifest: aSecret(),
  ...change,
});
const key = { kind: 'Secret', namespace: 'default', name: 'db' } as const;

let dir: string;
const objectsDir = () => join(dir, 'objects');
const file = (name = `${uid}.json`) => join(objectsDir(), name);
const freshStore = () => createDataStore(objectsDir(), join(dir, 'quarantine'));
const freshTable = () => {
  let version = 100;
  const clock = { now: () => new Date('2026-05-05T05:05:05Z'), monotonicMs: () => 0 };
  const store = freshStore();
  const table = new DataTable(store, clock, () => String(++version));
  return { table, store, highest: table.load() };
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'data-store-'));
  freshStore().load();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('an object on disk', () => {
  test('is read back as it was put, by root only, with its uid and its age', async () => {
    const { table } = freshTable();
    expect(await table.put(aSecret())).toBeUndefined();
    const made = table.get(key);
    expect(await table.put(aSecret('b3RoZXI='))).toBeUndefined();
    expect(table.get(key)?.metadata).toMatchObject({ uid: made?.metadata.uid, resourceVersion: '102' });
    const [name = ''] = readdirSync(objectsDir());
    expect(statSync(file(name)).mode & 0o777).toBe(0o600);
    expect(statSync(objectsDir()).mode & 0o777).toBe(0o700);
    const next = freshTable();
    expect(next.highest).toBe(102);
    expect(next.table.get(key)).toEqual(table.get(key));
    expect(next.table.find(key)).toEqual(aSecret('b3RoZXI='));
  });

  test('keeps what was applied last beside what others made of it, over a podd that was killed', async () => {
    const deployment = (spec: object): DataManifest =>
      ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }) as DataManifest;
    const which = { kind: 'Deployment', namespace: 'default', name: 'db' } as const;
    const appliedOf = (table: DataTable) => table.record(which)?.applied;
    const { table } = freshTable();
    await table.put(deployment({ replicas: 1 }), deployment({ replicas: 1 }));
    expect(appliedOf(table)).toBeUndefined();
    await table.put(deployment({ replicas: 5 }));
    await table.put(deployment({ replicas: 5, paused: true }));
    const { table: next } = freshTable();
    expect(appliedOf(next)).toEqual(deployment({ replicas: 1 }));
    const { resourceVersion } = next.record(which) ?? {};
    await next.noteApplied(which, deployment({ replicas: 5 }));
    expect(freshTable().table.record(which)).toMatchObject({ resourceVersion, applied: deployment({ replicas: 5 }) });
    await next.put(deployment({ replicas: 5 }));
    expect(appliedOf(next)).toBeUndefined();
  });

  test('is gone from the disk when it is removed, and its watchers were told', async () => {
    const { table } = freshTable();
    await table.put(aSecret());
    const told: string[] = [];
    table.subscribe('Secret', ({ type, object }) => told.push(`${type} ${object.metadata.resourceVersion}`));
    table.subscribe('ConfigMap', () => told.push('not of this kind'));
    await table.put(aSecret('bmV3'));
    await table.remove(key);
    await table.remove(key);
    expect(told).toEqual(['MODIFIED 102', 'DELETED 103']);
    expect(table.get(key)).toBeUndefined();
    expect(readdirSync(objectsDir())).toEqual([]);
  });

  test('whose deletion was under way, or of which there is a newer one, is removed', async () => {
    writeFileSync(file(`${uid}.deleting-0.json`), JSON.stringify(aRecord()));
    writeFileSync(file(`${otherUid}.json`), JSON.stringify(aRecord({ uid: otherUid, resourceVersion: '8' })));
    const third = '31111111-2222-3333-4444-555555555555';
    writeFileSync(file(`${third}.json`), JSON.stringify(aRecord({ uid: third, resourceVersion: '9' })));
    const { table, store, highest } = freshTable();
    await store.flush();
    expect(highest).toBe(9);
    expect(table.list('Secret').map(({ metadata: found }) => found.uid)).toEqual([third]);
    await expect.poll(() => readdirSync(objectsDir())).toEqual([`${third}.json`]);
  });
});

describe('a bad record', () => {
  const canary = 'Y2FuYXJ5LWNhbmFyeQ==';
  const text = JSON.stringify(aRecord({ manifest: aSecret(canary) }));
  test.each([
    ['is empty', ''],
    ['is cut off', text.slice(0, -3)],
    ['is of another version', text.replace('"version":1', '"version":99')],
    ['is of another object', text.replace(uid, otherUid)],
    ['has a number as a value', text.replace(`"${canary}"`, '12345678')],
    ['is a pod', text.replace('"Secret"', '"Pod"')],
    ['is no JSON', canary],
  ])('that %s is moved to the quarantine and reported without its contents', (_, bad) => {
    writeFileSync(file(), bad);
    const { table } = freshTable();
    expect(table.list('Secret')).toEqual([]);
    const [problem = ''] = table.problems();
    expect(problem).toContain(`${uid}.json cannot be used`);
    expect(problem).not.toContain(canary.slice(0, 6));
    expect(problem).not.toContain('12345678');
    expect([...table.lostUids()]).toEqual([uid]);
    const [moved = ''] = readdirSync(join(dir, 'quarantine'));
    expect(readFileSync(join(dir, 'quarantine', moved), 'utf8')).toBe(bad);
  });
});

describe('a Service on disk', () => {
  const service: DataManifest = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata },
    spec: {
      ...{ type: 'NodePort', clusterIP: '10.99.128.7', clusterIPs: ['10.99.128.7'], selector: { app: 'db' } },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 'http', nodePort: 30080 }],
    },
  };

  test('is read back with what was chosen for it', () => {
    writeFileSync(file(), JSON.stringify(aRecord({ manifest: service })));
    expect(freshTable().table.manifests('Service')).toEqual([service]);
  });

  test.each([
    ['without a spec', { ...service, spec: undefined }],
    ['of another group', { ...service, apiVersion: 'networking.k8s.io/v1' }],
    ['with a port that is no number', { ...service, spec: { ...service.spec, ports: [{ port: '80' }] } }],
    ['with addresses that are no texts', { ...service, spec: { ...service.spec, clusterIPs: [1] } }],
  ])('%s is moved to the quarantine', (_, manifest) => {
    writeFileSync(file(), JSON.stringify({ ...aRecord(), manifest }));
    const { table } = freshTable();
    expect(table.list('Service')).toEqual([]);
    expect(table.problems()).toEqual([expect.stringContaining(`${uid}.json cannot be used`)]);
  });
});

test('a superseded record that cannot be removed keeps nobody from starting', async () => {
  writeFileSync(file(), JSON.stringify(aRecord()));
  writeFileSync(file(`${otherUid}.json`), JSON.stringify(aRecord({ uid: otherUid, resourceVersion: '8' })));
  const store = freshStore();
  store.remove = () => Promise.reject(new Error('read-only file system'));
  const clock = { now: () => new Date(), monotonicMs: () => 0 };
  const table = new DataTable(store, clock, () => '100');
  expect(table.load()).toBe(8);
  await new Promise(setImmediate);
  expect(table.get(key)?.metadata.uid).toBe(otherUid);
});
