import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DataManifest } from '../../../src/model/object-manifest.ts';
import type { OwnerReference } from '../../../src/model/workload.ts';
import { DataTable } from '../../../src/reconcile/data-table.ts';
import { deleteObject, finishObject, orphan } from '../../../src/reconcile/delete-object.ts';
import type { ObjectParties } from '../../../src/reconcile/object-parties.ts';
import type { Pod } from '../../../src/reconcile/pod.ts';
import { createDataStore } from '../../../src/store/data-store.ts';

const owner = { kind: 'ConfigMap', namespace: 'default', name: 'owner' } as const;
const owned = { kind: 'ConfigMap', namespace: 'default', name: 'owned' } as const;
const aConfigMap = (name: string, owners: readonly OwnerReference[] = []): DataManifest => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  metadata: { name, namespace: 'default', ...(owners.length === 0 ? {} : { ownerReferences: owners }) },
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'delete-object-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** An owner, and an object and a pod that it owns. */
async function aFamily(): Promise<{ parties: ObjectParties; data: DataTable; pod: Pod; relabelled: Pod[] }> {
  let version = 0;
  const clock = { now: () => new Date('2026-05-05T05:05:05Z'), monotonicMs: () => 0 };
  const store = createDataStore(join(dir, 'objects'), join(dir, 'quarantine'));
  const data = new DataTable(store, clock, () => String(++version));
  data.load();
  await data.put(aConfigMap('owner'));
  const { apiVersion, kind, metadata } = data.get(owner) ?? expect.fail('no owner');
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
  await data.put(aConfigMap('owned', [reference]));
  const manifest = { metadata: { name: 'pod', ownerReferences: [reference] }, spec: {} };
  const pod = { manifest, spec: { namespace: 'default', name: 'pod' } } as unknown as Pod;
  const relabelled: Pod[] = [];
  const parties = {
    ...{ data, table: { all: () => [pod] } },
    change: async ({ removed = [] }: { removed?: readonly (typeof owner)[] }) => {
      for (const key of removed) await data.remove(key);
    },
    podRelabelled: async (changed: Pod) => void relabelled.push(changed),
  } as unknown as ObjectParties;
  return { parties, data, pod, relabelled };
}

const ownersOf = ({ manifest }: Pick<Pod, 'manifest'>) => manifest.metadata.ownerReferences;

describe('an object that leaves what it owns', () => {
  test('is known to be going while it still owns it, so that its controller takes nothing back', async () => {
    const { parties, data, pod } = await aFamily();
    await deleteObject(parties, owner, { propagation: 'Orphan' });
    expect(data.record(owner)?.deletion?.finalizer).toBe('orphan');
    expect([ownersOf(pod)?.length, data.record(owned)?.manifest.metadata.ownerReferences?.length]).toEqual([1, 1]);
  });

  test('lets go of it before it goes', async () => {
    const { parties, data, pod, relabelled } = await aFamily();
    await deleteObject(parties, owner, { propagation: 'Orphan' });
    await finishObject(parties, owner);
    expect(data.record(owner)).toBeUndefined();
    expect([ownersOf(pod), data.record(owned)?.manifest.metadata.ownerReferences]).toEqual([undefined, undefined]);
    expect(relabelled).toEqual([pod]);
  });

  test('goes at once when it owns nothing', async () => {
    const { parties, data } = await aFamily();
    await deleteObject(parties, owned, { propagation: 'Orphan' });
    expect(data.record(owned)).toBeUndefined();
  });
});

test('what an object owned that is not known any more is let go of by its uid', async () => {
  const { parties, data, pod } = await aFamily();
  const uid = data.record(owner)?.uid ?? '';
  await data.remove(owner);
  await orphan(parties, uid);
  expect([ownersOf(pod), data.record(owned)?.manifest.metadata.ownerReferences]).toEqual([undefined, undefined]);
});

test('a deletion that has begun is on disk before anything follows from it', async () => {
  const { parties, data } = await aFamily();
  const deleting = deleteObject(parties, owner, { propagation: 'Foreground' });
  await data.deletionsTried();
  const texts = readdirSync(join(dir, 'objects')).map((name) => readFileSync(join(dir, 'objects', name), 'utf8'));
  expect(texts.filter((text) => text.includes('foregroundDeletion'))).toHaveLength(1);
  await deleting;
});
