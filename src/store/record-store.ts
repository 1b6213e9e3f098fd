/**
 * Objects on disk: `<directory>/<uid>.json`, while being deleted `<uid>.deleting-<seconds>.json`.
 *
 * Invariants: per object at most one write is under way, the newest wins; nothing is written for one whose deletion has begun;
 * deletion is a rename and an unlink, so a full disk cannot refuse it. A record that cannot be written is kept in memory, reported and tried again.
 */
import { mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatError } from '../util/pod-error.ts';
import { type LoadedRecords, loadRecords, type RecordKind } from './load-records.ts';
import { createSharedSync } from './shared-sync.ts';
import { applyWriteStep, planAtomicWrite } from './write-atomically.ts';

const firstRetryMs = 2_000;
const lastRetryMs = 60_000;

export interface Saving {
  /** resolves after the first try: undefined when it is on disk, else why it is not yet */
  readonly tried: Promise<Error | undefined>;
  /** resolves when it is on disk, or not needed any more because the object is deleted */
  readonly saved: Promise<void>;
}

export interface RecordStore<R> {
  /** Reads everything; bad records are moved to the quarantine. Throws only when the directory itself cannot be used. */
  load(): LoadedRecords<R>;
  /** The snapshot is taken when the write begins, so changes made until then are in it. */
  save(uid: string, snapshot: () => R): Saving;
  /** Resolves when the deletion is on record; again with fewer seconds shortens it. */
  markDeleting(uid: string, graceSeconds: number): Promise<void>;
  /** Forgets the object for good. */
  remove(uid: string): Promise<void>;
  problems(): readonly string[];
  /** Tries once more what is not on disk yet; resolves when no write and no fsync is under way. */
  flush(): Promise<void>;
}

interface Waiter {
  readonly tried: (error: Error | undefined) => void;
  readonly saved: () => void;
}

interface Slot<R> {
  snapshot: () => R;
  /** a change is not yet on disk */
  dirty: boolean;
  writing: Promise<void> | undefined;
  waiters: Waiter[];
  deletingName: string | undefined;
  problem: string | undefined;
  retryMs: number;
  retryTimer: NodeJS.Timeout | undefined;
}

/** A store over two directories, which `load` creates when missing. */
export function createRecordStore<R>(directory: string, quarantineDir: string, kind: RecordKind<R>): RecordStore<R> {
  return new FileRecordStore(directory, quarantineDir, kind);
}

class FileRecordStore<R> implements RecordStore<R> {
  readonly #directory: string;
  readonly #quarantineDir: string;
  readonly #kind: RecordKind<R>;
  readonly #sync: () => Promise<void>;
  readonly #slots = new Map<string, Slot<R>>();
  readonly #loadProblems: string[] = [];

  constructor(directory: string, quarantineDir: string, kind: RecordKind<R>) {
    this.#directory = directory;
    this.#quarantineDir = quarantineDir;
    this.#kind = kind;
    this.#sync = createSharedSync(directory);
  }

  load(): LoadedRecords<R> {
    for (const directory of [this.#directory, this.#quarantineDir])
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    const loaded = loadRecords(this.#directory, this.#quarantineDir, this.#kind);
    this.#loadProblems.push(...loaded.problems);
    for (const { uid, deletion } of loaded.records) {
      if (deletion !== undefined) this.#slot(uid).deletingName = deletion.file;
    }
    return loaded;
  }

  save(uid: string, snapshot: () => R): Saving {
    const slot = this.#slot(uid);
    if (slot.deletingName !== undefined) return { tried: Promise.resolve(undefined), saved: Promise.resolve() };
    slot.snapshot = snapshot;
    slot.dirty = true;
    const { waiter, saving } = newWaiter();
    slot.waiters.push(waiter);
    if (slot.writing === undefined) this.#begin(uid, slot);
    return saving;
  }

  async markDeleting(uid: string, graceSeconds: number): Promise<void> {
    const slot = this.#slot(uid);
    const before = slot.deletingName;
    const name = `${uid}.deleting-${Math.ceil(graceSeconds)}.json`;
    slot.deletingName = name;
    clearTimeout(slot.retryTimer);
    // A write under way may still rename its file into place; the deletion has to come after it.
    await slot.writing;
    release(slot);
    try {
      renameIfThere(this.#path(before ?? `${uid}.json`), this.#path(name));
    } catch (error) {
      slot.deletingName = before;
      throw error;
    }
    this.#syncLater();
  }

  async remove(uid: string): Promise<void> {
    const slot = this.#slot(uid);
    if (slot.deletingName === undefined) await this.markDeleting(uid, 0);
    await slot.writing;
    for (const name of [`${uid}.json`, slot.deletingName]) {
      if (name !== undefined) unlinkIfThere(this.#path(name));
    }
    this.#slots.delete(uid);
    this.#syncLater();
  }

  problems(): readonly string[] {
    return [...this.#loadProblems, ...[...this.#slots.values()].flatMap(({ problem }) => problem ?? [])];
  }

  async flush(): Promise<void> {
    for (const [uid, slot] of this.#slots) {
      await slot.writing;
      if (slot.dirty && slot.writing === undefined && slot.deletingName === undefined) this.#begin(uid, slot);
      await slot.writing;
    }
    await this.#sync().catch(() => undefined);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #slot(uid: string): Slot<R> {
    const slot = this.#slots.get(uid) ?? newSlot<R>();
    this.#slots.set(uid, slot);
    return slot;
  }

  #begin(uid: string, slot: Slot<R>): void {
    clearTimeout(slot.retryTimer);
    slot.retryTimer = undefined;
    slot.writing = this.#write(uid, slot).finally(() => {
      slot.writing = undefined;
      if (slot.deletingName !== undefined) release(slot);
      else if (slot.dirty && slot.retryTimer === undefined) this.#begin(uid, slot);
    });
  }

  async #write(uid: string, slot: Slot<R>): Promise<void> {
    // Let the caller finish its turn first: the launch goes out before the disk is asked, and more changes fit into one write.
    await new Promise(setImmediate);
    while (slot.dirty && slot.deletingName === undefined) {
      slot.dirty = false;
      const waiters = slot.waiters.splice(0);
      const error = await writeOnce(this.#path(`${uid}.json`), slot.snapshot, this.#sync);
      for (const waiter of waiters) waiter.tried(error);
      if (error !== undefined) return this.#postpone(uid, slot, waiters, error);
      slot.problem = undefined;
      slot.retryMs = firstRetryMs;
      for (const waiter of waiters) waiter.saved();
    }
  }

  #postpone(uid: string, slot: Slot<R>, waiters: readonly Waiter[], error: Error): void {
    slot.waiters.unshift(...waiters);
    slot.dirty = true;
    slot.problem = `record of ${this.#kind.noun} ${uid} is not on disk yet, kept in memory and tried again: ${error.message}`;
    slot.retryTimer = setTimeout(() => this.#begin(uid, slot), slot.retryMs).unref();
    slot.retryMs = Math.min(slot.retryMs * 2, lastRetryMs);
  }

  #syncLater(): void {
    void this.#sync().catch(() => undefined);
  }
}

function newWaiter(): { waiter: Waiter; saving: Saving } {
  let tried: Waiter['tried'] = () => undefined;
  let saved: Waiter['saved'] = () => undefined;
  const saving = {
    tried: new Promise<Error | undefined>((resolve) => {
      tried = resolve;
    }),
    saved: new Promise<void>((resolve) => {
      saved = resolve;
    }),
  };
  return { waiter: { tried, saved }, saving };
}

function newSlot<R>(): Slot<R> {
  return {
    snapshot: noSnapshot,
    dirty: false,
    writing: undefined,
    waiters: [],
    deletingName: undefined,
    problem: undefined,
    retryMs: firstRetryMs,
    retryTimer: undefined,
  };
}

const noSnapshot = (): never => {
  throw new Error('bug: nothing to write');
};

async function writeOnce(path: string, snapshot: () => unknown, sync: () => Promise<void>): Promise<Error | undefined> {
  try {
    const [write, rename] = planAtomicWrite(path, JSON.stringify(snapshot()));
    await applyWriteStep(write);
    await applyWriteStep(rename);
    await sync();
    return undefined;
  } catch (error) {
    return new Error(`${path}: ${formatError(error)}`, { cause: error });
  }
}

/** Whoever still waits for a write of an object that is being deleted waits for nothing. */
function release(slot: Pick<Slot<never>, 'problem' | 'waiters'>): void {
  slot.problem = undefined;
  for (const waiter of slot.waiters.splice(0)) {
    waiter.tried(undefined);
    waiter.saved();
  }
}

function renameIfThere(from: string, to: string): void {
  if (from !== to) ifThere(() => renameSync(from, to));
}

function unlinkIfThere(path: string): void {
  ifThere(() => unlinkSync(path));
}

/** A record that was never written (full disk) needs no deletion on disk either. */
function ifThere(operation: () => void): void {
  try {
    operation();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
