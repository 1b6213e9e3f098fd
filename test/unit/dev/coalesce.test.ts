import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Burst, dueAtMs, netChanges, noteEvent, type Pending, recordChange } from '../../../src/dev/coalesce.ts';
import { editionAfter, freshMs, type Stamp, sameStamp } from '../../../src/dev/stamp.ts';

const burstAt = (...timesMs: number[]): Burst =>
  timesMs.reduce<Burst | undefined>((burst, atMs) => noteEvent(burst, '/a', { atMs }), undefined) as Burst;

describe('dueAtMs', () => {
  test.each([
    { name: 'is the quiet time after one event', times: [100], debounceMs: 50, due: 150 },
    { name: 'moves with each event', times: [100, 140, 180], debounceMs: 50, due: 230 },
    { name: 'waits a second at most', times: [0, 400, 800, 990], debounceMs: 50, due: 1_000 },
    { name: 'waits ten quiet times at most when they are long', times: [0, 2_900], debounceMs: 300, due: 3_000 },
    { name: 'is at once without a quiet time', times: [7], debounceMs: 0, due: 7 },
  ])('$name', ({ times, debounceMs, due }) => {
    expect(dueAtMs(burstAt(...times), debounceMs)).toBe(due);
  });
});

describe('noteEvent', () => {
  const merged = (...notes: Parameters<typeof noteEvent>[2][]) =>
    notes.reduce<Burst | undefined>((burst, note) => noteEvent(burst, '/a', note), undefined)?.notes.get('/a');

  test('keeps the first time and the last write', () => {
    expect(merged({ atMs: 1, writeEvent: 7 }, { atMs: 2, writeEvent: 9 }, { atMs: 3 })).toEqual({
      atMs: 1,
      writeEvent: 9,
    });
  });

  test('belongs to the action only when all of it does', () => {
    expect(merged({ atMs: 1, actionMs: 5 }, { atMs: 2, actionMs: 6 })).toEqual({ atMs: 1, actionMs: 5 });
    expect(merged({ atMs: 1, actionMs: 5 }, { atMs: 2 })).toEqual({ atMs: 1 });
    expect(merged({ atMs: 1 }, { atMs: 2, actionMs: 5 })).toEqual({ atMs: 1 });
  });
});

interface Op {
  readonly path: string;
  readonly kind: 'write' | 'delete' | 'chmod';
  readonly afterMs: number;
}

const ops = fc.array(
  fc.record<Op>({
    path: fc.constantFrom('/a', '/b', '/c'),
    kind: fc.constantFrom('write', 'write', 'write', 'delete', 'chmod'),
    afterMs: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 150 })),
  }),
  { maxLength: 60 },
);

/** A file system whose clock ticks as slowly as the kernel's, whose files all have one size and whose inode numbers are used again. */
class Simulation {
  readonly debounceMs: number;
  readonly known = new Map<string, Stamp>();
  readonly told = new Map<string, number | undefined>();
  readonly batches: { readonly atMs: number; readonly lines: readonly string[] }[] = [];
  readonly bursts: { readonly sinceMs: number; readonly lastMs: number; readonly lookMs: number }[] = [];
  readonly #files = new Map<string, { readonly version: number; readonly mode: number; readonly mtimeMs: number }>();
  readonly #pending: Pending = new Map();
  #burst: Burst | undefined;
  #nowMs = 1_000;
  #events = 0;

  constructor(debounceMs: number) {
    this.debounceMs = debounceMs;
  }

  run(script: readonly Op[]): void {
    for (const op of script) {
      this.#waitUntil(this.#nowMs + op.afterMs);
      this.#perform(op);
    }
    this.#waitUntil(this.#nowMs + 100_000);
  }

  version(path: string): number | undefined {
    return this.#files.get(path)?.version;
  }

  exists(path: string): boolean {
    return this.#files.has(path);
  }

  #perform({ path, kind }: Op): void {
    const file = this.#files.get(path);
    if (kind !== 'write' && file === undefined) return;
    const event = ++this.#events;
    const mtimeMs = Math.floor(this.#nowMs / 10) * 10;
    if (kind === 'write') this.#files.set(path, { mode: 0o644, ...file, version: event, mtimeMs });
    else if (kind === 'delete') this.#files.delete(path);
    else if (file !== undefined) this.#files.set(path, { ...file, mode: file.mode ^ 0o111 });
    const write = kind === 'write' ? { writeEvent: event } : {};
    this.#burst = noteEvent(this.#burst, path, { atMs: this.#nowMs, ...write });
  }

  #waitUntil(atMs: number): void {
    while (this.#burst !== undefined && dueAtMs(this.#burst, this.debounceMs) <= atMs) {
      this.#nowMs = Math.max(this.#nowMs, dueAtMs(this.#burst, this.debounceMs));
      this.#look(this.#burst);
    }
    this.#nowMs = atMs;
  }

  #look(burst: Burst): void {
    this.#burst = undefined;
    this.bursts.push({ ...burst, lookMs: this.#nowMs });
    for (const [path, { writeEvent }] of burst.notes) {
      const before = this.known.get(path);
      const seen = this.#stamp(path);
      const now = before === undefined || seen === undefined ? seen : editionAfter(before, seen, writeEvent);
      if (!sameStamp(before, now)) recordChange(this.#pending, path, before);
      if (now === undefined) this.known.delete(path);
      else this.known.set(path, now);
    }
    const changes = netChanges(this.#pending, (path) => this.known.get(path));
    this.#pending.clear();
    if (changes.length === 0) return;
    this.batches.push({ atMs: this.#nowMs, lines: changes.map(({ kind, path }) => `${kind} ${path}`) });
    for (const { path } of changes) this.told.set(path, this.version(path));
  }

  #stamp(path: string): Stamp | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    const { mode, mtimeMs } = file;
    return {
      ino: 1,
      size: 1,
      mode,
      mtimeMs,
      isFresh: mtimeMs > this.#nowMs - freshMs,
      edition: 0,
      eventsSeen: this.#events,
    };
  }
}

describe('simulated bursts', () => {
  const simulated = (debounceMs: number, script: readonly Op[]): Simulation => {
    const simulation = new Simulation(debounceMs);
    simulation.run(script);
    return simulation;
  };

  test('the last change of each file is told, however slow the clock of the file system', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 5, 20, 50), ops, (debounceMs, script) => {
        const simulation = simulated(debounceMs, script);
        for (const path of ['/a', '/b', '/c']) {
          expect(simulation.told.get(path), path).toBe(simulation.version(path));
        }
      }),
      // writes that a slow clock hides are rare
      { numRuns: 2_000 },
    );
  });

  test('the batches lead from the first state to the last', () => {
    fc.assert(
      fc.property(fc.constantFrom(5, 50), ops, (debounceMs, script) => {
        const simulation = simulated(debounceMs, script);
        const present = new Set<string>();
        for (const line of simulation.batches.flatMap(({ lines }) => lines)) {
          const [kind, path = ''] = line.split(' ');
          expect(present.has(path), line).toBe(kind !== 'added');
          if (kind === 'removed') present.delete(path);
          else present.add(path);
        }
        for (const path of ['/a', '/b', '/c']) expect(present.has(path)).toBe(simulation.exists(path));
      }),
    );
  });

  test('nothing is looked at before it is quiet, unless the wait is too long', () => {
    fc.assert(
      fc.property(fc.constantFrom(5, 50), ops, (debounceMs, script) => {
        for (const { sinceMs, lastMs, lookMs } of simulated(debounceMs, script).bursts) {
          expect(lookMs - sinceMs).toBeLessThanOrEqual(Math.max(10 * debounceMs, 1_000));
          if (lookMs - sinceMs < 1_000) expect(lookMs - lastMs).toBeGreaterThanOrEqual(debounceMs);
        }
      }),
    );
  });

  test('what comes and goes in one burst is told to nobody', () => {
    const gone = simulated(50, [
      { path: '/a', kind: 'write', afterMs: 0 },
      { path: '/a', kind: 'delete', afterMs: 30 },
    ]);
    expect(gone.batches).toEqual([]);
  });
});
