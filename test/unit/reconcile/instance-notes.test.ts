import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RecordedExit } from '../../../src/model/pod-record.ts';
import type { ExitRecord, InitNote } from '../../../src/protocol/init.ts';
import { Instance } from '../../../src/reconcile/instance.ts';
import type { InitConnection, InitListener } from '../../../src/runtime/init-client.ts';
import { aManifest, aSpec, finishedAt, startedAt } from './builders.ts';

const id = '00000000000000bb';
const aNote = (seq: number): InitNote => ({ seq, type: 'Warning', reason: 'Unhealthy', message: `note ${seq}` });
const connection: InitConnection = {
  stop: () => {},
  control: () => Promise.reject(new Error('not asked')),
  update: () => Promise.reject(new Error('not asked')),
  why: () => Promise.reject(new Error('not asked')),
  forgetKills: () => {},
  close: () => {},
};

let runDir: string;
let listener: InitListener;
let told: string[];
let exits: RecordedExit[];
let instance: Instance;

beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), 'pc-'));
  told = [];
  exits = [];
  const hooks = { onDying: () => {}, onChange: () => {}, onPrograms: () => {}, onStarted: () => {} };
  instance = new Instance(
    {
      ...{ version: 1, id, podUid: 'u-1', podName: 'web', podNamespace: 'default', container: 'app' },
      ...{ role: 'container', attempt: 0, bootId: 'b', joined: {}, generation: 1, creationTimestamp: startedAt },
      ...{ manifest: aManifest(), spec: aSpec() },
    },
    runDir,
    {
      clock: { now: () => new Date(finishedAt), monotonicMs: () => 0 },
      connectInit: (_runDir, given) => {
        listener = given;
        return connection;
      },
      watchProcess: () => ({ close: () => {} }),
    },
    {
      ...hooks,
      onNote: (type, reason, message) => told.push(`${type} ${reason}: ${message}`),
      onExit: (exit) => exits.push(exit),
    },
  );
  instance.attach(7, 1, { isZygoteChild: true });
});
afterEach(() => {
  instance.detach();
  rmSync(runDir, { recursive: true });
});

const leave = (notes?: readonly InitNote[]): void => {
  const record: ExitRecord = { id, exitCode: 1, reason: 'Error', finishedAt, ...(notes && { notes }) };
  writeFileSync(join(runDir, 'exit.json'), JSON.stringify(record));
  instance.reaped(256);
};

test('what an init notes is told once, however often it comes', () => {
  for (const seq of [1, 2, 1, 2, 3]) listener.onNote(aNote(seq));
  expect(told).toEqual([1, 2, 3].map((seq) => `Warning Unhealthy: note ${seq}`));
});

test('what it had no time to say is told from its last record, and before its end', () => {
  listener.onNote(aNote(1));
  leave([aNote(1), aNote(2)]);
  listener.onNote(aNote(2));
  expect(told).toEqual([1, 2].map((seq) => `Warning Unhealthy: note ${seq}`));
  expect(exits).toEqual([{ id, attempt: 0, exitCode: 1, reason: 'Error', finishedAt }]);
});

test('an init of an earlier version numbers nothing', () => {
  const { seq: _none, ...note } = aNote(1);
  listener.onNote(note);
  listener.onNote(note);
  leave();
  expect([told.length, exits.length]).toEqual([2, 1]);
});
