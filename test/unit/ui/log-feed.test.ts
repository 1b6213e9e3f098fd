import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Client } from '../../../src/cli/client.ts';
import { createLogFeed, type LogFeed } from '../../../src/ui/log-feed.ts';
import type { LogStream } from '../../../src/ui/model-wants.ts';

const web = { place: 'default/web/app', namespace: 'default', pod: 'web', container: 'app', prefix: '' };
const first: LogStream = { ...web, run: '0' };

describe('the log feed', () => {
  let asked: { readonly path: string; readonly signal: AbortSignal | undefined; readonly log: PassThrough }[];
  let told: string[];
  let feed: LogFeed;
  let refusal: Error | undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    told = [];
    refusal = undefined;
    const stream = async (path: string, signal?: AbortSignal): Promise<IncomingMessage> => {
      const log = new PassThrough();
      asked.push({ path, signal, log });
      if (refusal !== undefined) throw refusal;
      return log as unknown as IncomingMessage;
    };
    const refuse = async (): Promise<never> => {
      throw new Error('not asked for');
    };
    const client: Client = { stream, json: refuse, watch: refuse, upgrade: refuse };
    feed = createLogFeed(
      client,
      (event) => {
        if (event.kind === 'log-began') told.push(`began ${event.source}`);
        else if (event.kind === 'logged') told.push(...event.lines);
      },
      false,
    );
  });
  afterEach(() => {
    feed.stop();
    vi.useRealTimers();
  });
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(200);

  test('reads the end of the log and what follows, line by line', async () => {
    feed.sync({ source: 'a', streams: [{ ...first, program: 'db:1', prefix: 'app | ' }] });
    await settle();
    expect(asked[0]?.path).toBe(
      '/api/v1/namespaces/default/pods/web/log?container=app&program=db%3A1&prefix=never&format=text&follow=1&tailLines=500',
    );
    asked[0]?.log.write('one\ntwo\nth');
    await settle();
    asked[0]?.log.write('ree\n\n');
    await settle();
    expect(told).toEqual(['began a', 'app | one', 'app | two', 'app | three', 'app | ']);
  });

  test('lines that come together are handed over together', async () => {
    const batches: number[] = [];
    feed.stop();
    feed = createLogFeed(
      { stream: async () => log as unknown as IncomingMessage } as unknown as Client,
      (event) => event.kind === 'logged' && batches.push(event.lines.length),
      false,
    );
    const log = new PassThrough();
    feed.sync({ source: 'a', streams: [first] });
    await settle();
    for (let line = 0; line < 1000; line++) log.write(`${line}\n`);
    await settle();
    expect(batches).toEqual([1000]);
  });

  test('a new run of the container is read beside what is shown already', async () => {
    feed.sync({ source: 'a', streams: [first] });
    await settle();
    asked[0]?.log.end('old\n');
    await settle();
    feed.sync({ source: 'a', streams: [{ ...first, run: undefined }] });
    feed.sync({ source: 'a', streams: [{ ...first, run: '1' }] });
    await settle();
    asked[1]?.log.write('new\n');
    await settle();
    expect(told).toEqual(['began a', 'old', '-- container app started anew --', 'new']);
    feed.sync({ source: 'a', streams: [{ ...first, run: '1' }] });
    await settle();
    expect(asked).toHaveLength(2);
  });

  test('a stream that has not ended goes on into the next run and is not asked for twice', async () => {
    feed.sync({ source: 'a', streams: [first] });
    await settle();
    feed.sync({ source: 'a', streams: [{ ...first, run: undefined }] });
    feed.sync({ source: 'a', streams: [{ ...first, run: '1' }] });
    asked[0]?.log.write('new\n');
    await settle();
    expect([asked.length, told]).toEqual([1, ['began a', 'new']]);
    asked[0]?.log.end();
    await settle();
    feed.sync({ source: 'a', streams: [{ ...first, run: '2' }] });
    await settle();
    expect(asked).toHaveLength(2);
  });

  test('another source ends the one before, and rows passed on the way are not asked for', async () => {
    feed.sync({ source: 'a', streams: [first] });
    await settle();
    feed.sync({ source: 'b', streams: [{ ...first, place: 'b', pod: 'b' }] });
    feed.sync({ source: 'c', streams: [{ ...first, place: 'c', pod: 'c' }] });
    await settle();
    expect(asked.map(({ path }) => path.split('/')[6])).toEqual(['web', 'c']);
    expect(asked.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
    asked[0]?.log.write('late\n');
    await settle();
    expect(told).toEqual(['began a', 'began c']);
  });

  test('what podd refuses is a line of the log, and is not asked for again until the container runs anew', async () => {
    refusal = new Error('container app is waiting to start');
    feed.sync({ source: 'a', streams: [{ ...first, run: undefined }] });
    await settle();
    feed.sync({ source: 'a', streams: [{ ...first, run: undefined }] });
    await settle();
    expect(told).toEqual(['began a', '-- container app is waiting to start --']);
    refusal = undefined;
    feed.sync({ source: 'a', streams: [first] });
    await settle();
    expect(asked).toHaveLength(2);
  });

  test('who writes faster than can be shown is read more slowly', async () => {
    feed.sync({ source: 'a', streams: [first] });
    await settle();
    const log = asked[0]?.log;
    const chunk = `${'x'.repeat(1023)}\n`.repeat(64);
    let written = 0;
    // All the feed takes before its next hand-over, with no time passing.
    for (; written < 1000 && log?.write(chunk); written++) await Promise.resolve();
    for (let turn = 0; turn < 50; turn++) {
      await vi.advanceTimersByTimeAsync(0);
      for (; written < 1000 && log?.write(chunk) === true; written++);
    }
    expect(written * chunk.length).toBeLessThan(3 << 20);
  });
});
