import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PodRecord, podRecordVersion } from '../../../src/model/pod-record.ts';
import { createPodStore, type PodStore } from '../../../src/store/pod-store.ts';
import { applyWriteStep, planAtomicWrite } from '../../../src/store/write-atomically.ts';
import { aManifest, anExit, aRun, aSpec } from '../reconcile/builders.ts';

const uid = '11111111-2222-3333-4444-555555555555';
const aRecord = (change: Partial<PodRecord> = {}): PodRecord => ({
  version: podRecordVersion,
  bootId: 'boot',
  uid,
  generation: 1,
  resourceVersion: '7',
  creationTimestamp: '2026-01-02T03:04:05.000Z',
  manifest: aManifest(),
  spec: aSpec(),
  runs: { app: aRun({ attempt: 1, lastExit: anExit(), previousExit: anExit() }) },
  ...change,
});

let dir: string;
let store: PodStore;
const podsDir = () => join(dir, 'pods');
const file = (name = `${uid}.json`) => join(podsDir(), name);
const freshStore = () => createPodStore(podsDir(), join(dir, 'quarantine'));
/** What the next podd reads. */
const reload = () => freshStore().load();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pod-store-'));
  store = freshStore();
  store.load();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a record', () => {
  test('is read back as it was saved, by root only', async () => {
    const { tried, saved } = store.save(uid, () => aRecord());
    expect(await tried).toBeUndefined();
    await saved;
    expect(reload().records).toEqual([{ uid, record: aRecord() }]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test('is written with the newest state when changes come fast', async () => {
    const all = [1, 2, 3, 4].map((generation) => store.save(uid, () => aRecord({ generation })).saved);
    await Promise.all(all);
    expect(reload().records[0]?.record.generation).toBe(4);
    expect(readdirSync(podsDir())).toEqual([`${uid}.json`]);
  });

  test('that comes while another is written is written too', async () => {
    await store.save(uid, () => {
      void store.save(uid, () => aRecord({ generation: 9 }));
      return aRecord();
    }).saved;
    await store.flush();
    expect(reload().records[0]?.record.generation).toBe(9);
  });
});

describe('a podd killed while it writes', () => {
  const texts = { old: JSON.stringify(aRecord()), new: JSON.stringify(aRecord({ generation: 2 })) };

  const writeUpTo = async (steps: number, torn: number, hadOld: boolean): Promise<void> => {
    rmSync(podsDir(), { recursive: true, force: true });
    mkdirSync(podsDir());
    if (hadOld) writeFileSync(file(), texts.old);
    for (const step of planAtomicWrite(file(), texts.new).slice(0, steps)) await applyWriteStep(step);
    if (steps === 0) writeFileSync(`${file()}.tmp`, texts.new.slice(0, torn));
  };

  test('leaves the old or the new record, whatever step it had come to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(texts.new.length), fc.boolean(), async (steps, torn, hadOld) => {
        await writeUpTo(steps, torn, hadOld);
        const { records, lost } = reload();
        const before = hadOld ? [1] : [];
        expect(records.map(({ record }) => record.generation)).toEqual(steps >= 2 ? [2] : before);
        expect(lost.size).toBe(0);
        expect(readdirSync(podsDir()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('deletion', () => {
  test('is marked by a rename and survives a restart', async () => {
    await store.save(uid, () => aRecord()).saved;
    await store.markDeleting(uid, 29.2);
    expect(readdirSync(podsDir())).toEqual([`${uid}.deleting-30.json`]);
    expect(reload().records[0]).toMatchObject({ deletion: { graceMs: 30_000 } });
  });

  test('can be shortened, also by the next podd', async () => {
    await store.save(uid, () => aRecord()).saved;
    await store.markDeleting(uid, 30);
    const next = freshStore();
    next.load();
    await next.markDeleting(uid, 5);
    expect(readdirSync(podsDir())).toEqual([`${uid}.deleting-5.json`]);
  });

  test('comes after a write under way, and nothing is written after it', async () => {
    const first = store.save(uid, () => aRecord());
    await Promise.all([first.tried, store.markDeleting(uid, 1)]);
    await store.save(uid, () => aRecord({ generation: 5 })).saved;
    await store.flush();
    expect(readdirSync(podsDir()).filter((name) => !name.includes('deleting-1'))).toEqual([]);
  });

  test('of a pod that was never written leaves nothing', async () => {
    await store.markDeleting(uid, 1);
    await store.remove(uid);
    expect(readdirSync(podsDir())).toEqual([]);
  });

  test('removes the record for good, also one that is being written', async () => {
    await store.save(uid, () => aRecord()).saved;
    void store.save(uid, () => aRecord({ generation: 2 }));
    await store.remove(uid);
    await store.flush();
    expect(reload().records).toEqual([]);
  });

  test('wins over a record of the same pod', () => {
    writeFileSync(file(), JSON.stringify(aRecord()));
    writeFileSync(file(`${uid}.deleting-3.json`), JSON.stringify(aRecord()));
    expect(reload().records).toMatchObject([{ deletion: { graceMs: 3_000 } }]);
  });
});

describe('a bad record', () => {
  const { version: _, ...unversioned } = aRecord();
  test.each([
    ['is empty', ''],
    ['is no JSON', '{"version":1,'],
    ['is of another version', JSON.stringify({ ...unversioned, version: 99 })],
    ['is of another pod', JSON.stringify(aRecord({ uid: '99999999-2222-3333-4444-555555555555' }))],
    ['has a spec without containers', JSON.stringify(aRecord({ spec: aSpec({ containers: [] }) }))],
    ['is binary', '\0\x01\xff'],
  ])('that %s is moved to the quarantine and reported', (_name, text) => {
    writeFileSync(file(), text);
    writeFileSync(
      file('22222222-2222-3333-4444-555555555555.json'),
      JSON.stringify(aRecord({ uid: '22222222-2222-3333-4444-555555555555' })),
    );
    const { records, lost, problems } = reload();
    expect(records).toHaveLength(1);
    expect([...lost]).toEqual([uid]);
    expect(problems[0]).toContain(`${uid}.json cannot be used`);
    expect(readdirSync(join(dir, 'quarantine'))).toHaveLength(1);
    expect(existsSync(file())).toBe(false);
  });

  test('never makes loading fail, whatever is in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        writeFileSync(file(), text);
        expect(reload().problems).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  test('of a pod that is being deleted keeps nobody alive', () => {
    writeFileSync(file(`${uid}.deleting-3.json`), 'x');
    expect(reload()).toMatchObject({ records: [], lost: new Set() });
  });
});

const full = mountTinyDisk();

describe.skipIf(full === undefined)(
  `a full disk${full === undefined ? ' (skipped: mounting a tmpfs needs root)' : ''}`,
  () => {
    test('keeps records in memory, reports them, deletes all the same and writes when there is room again', async () => {
      const mount = full?.() ?? '';
      try {
        const disk = createPodStore(join(mount, 'pods'), join(mount, 'quarantine'));
        disk.load();
        await disk.save(uid, () => aRecord()).saved;
        writeFileSync(join(mount, 'ballast'), '');
        fill(join(mount, 'ballast'));
        const big = aSpec({ annotations: { big: 'x'.repeat(200_000) } });
        const { tried, saved } = disk.save(uid, () => aRecord({ spec: big }));
        expect((await tried)?.message).toContain('ENOSPC');
        expect(disk.problems()[0]).toContain(`record of pod ${uid} is not on disk yet`);
        expect(createPodStore(join(mount, 'pods'), join(mount, 'quarantine')).load().records[0]?.record).toEqual(
          aRecord(),
        );
        rmSync(join(mount, 'ballast'));
        await disk.flush();
        await saved;
        expect(disk.problems()).toEqual([]);
        fill(join(mount, 'ballast'));
        await disk.markDeleting(uid, 3);
        await disk.remove(uid);
        expect(readdirSync(join(mount, 'pods'))).toEqual([]);
        await disk.flush();
      } finally {
        execFileSync('umount', [mount]);
      }
    });
  },
);

/** Mounts a tmpfs of 400 KiB; undefined where that is not allowed. */
function mountTinyDisk(): (() => string) | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return () => {
    const mount = join(dir, 'full');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', mount]);
    return mount;
  };
}

function fill(path: string): void {
  for (let size = 1_000; ; size += 1_000) {
    try {
      writeFileSync(path, 'x'.repeat(4_096), { flag: 'a' });
    } catch {
      return;
    }
    if (size > 1_000_000) throw new Error('the tiny disk is not tiny');
  }
}
