import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InitEvent } from '../../../src/protocol/init.ts';
import { createLineSplitter, encodeLine } from '../../../src/protocol/json-lines.ts';
import { connectInit, type InitConnection } from '../../../src/runtime/init-client.ts';

let directory: string;
let server: Server;
let connection: InitConnection;
/** what the client said, and its socket */
let lines: unknown[];
let peer: Promise<Socket>;
/** what the client was told */
let noted: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pc-'));
  lines = [];
  noted = [];
  server = createServer();
  peer = new Promise((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(join(directory, 'ctl.sock'), resolve));
  connection = connectInit(directory, {
    onState: () => {},
    onNote: ({ message }) => void noted.push(message),
    onClose: () => {},
  });
  (await peer).on(
    'data',
    createLineSplitter((line) => lines.push(JSON.parse(line))),
  );
});
afterEach(async () => {
  connection.close();
  (await peer).destroy();
  server.close();
  rmSync(directory, { recursive: true });
});

const answer = async (...events: readonly InitEvent[]): Promise<void> => {
  const socket = await peer;
  for (const event of events) socket.write(encodeLine(event));
};

test('answers find their requests, in whatever order they come', async () => {
  const first = connection.control({ verb: 'restart', targets: [{ program: 'web' }] });
  const second = connection.why({ targets: [] });
  await answer(
    { event: 'reply', seq: 2, reply: { ok: true, affected: [], decisions: {} } },
    { event: 'reply', seq: 1, reply: { ok: false, code: 'NotFound', message: 'no program web' } },
  );
  expect(await second).toEqual({ ok: true, affected: [], decisions: {} });
  expect(await first).toEqual({ ok: false, code: 'NotFound', message: 'no program web' });
  await expect
    .poll(() => lines)
    .toEqual([
      { op: 'control' },
      { op: 'control', seq: 1, verb: 'restart', targets: [{ program: 'web' }] },
      { op: 'why', seq: 2, targets: [] },
    ]);
});

test('a request is Unavailable when the connection ends before its answer, and after', async () => {
  const asked = connection.update({ programs: [], leaves: {} });
  (await peer).destroy();
  await expect(asked).rejects.toMatchObject({ code: 'Unavailable' });
  await expect(connection.why({ targets: [] })).rejects.toMatchObject({ code: 'Unavailable' });
});

test('an answer that nobody waits for changes nothing', async () => {
  await answer({ event: 'reply', seq: 99, reply: { ok: true, affected: [] } });
  const asked = connection.why({ targets: [] });
  await answer({ event: 'reply', seq: 1, reply: { ok: true, affected: [] } });
  expect(await asked).toEqual({ ok: true, affected: [] });
});

test('a note with a number is said to be taken, once it was told', async () => {
  const note = { event: 'note', type: 'Normal', reason: 'Killing' } as const;
  await answer({ ...note, message: 'old' }, { ...note, seq: 4, message: 'new' });
  await expect.poll(() => lines).toEqual([{ op: 'control' }, { op: 'noted', seq: 4 }]);
  expect(noted).toEqual(['old', 'new']);
});
