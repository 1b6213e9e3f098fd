import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isOver } from '../../../src/daemon/log.ts';
import type { ContainerState, ContainerStatus } from '../../../src/model/pod-status.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod, type PodSeed } from '../../support/fake-reconciler.ts';

let server: TestServer;
let dir: string;
beforeEach(async () => {
  server = await startTestServer();
  dir = join(server.dir, 'logs');
  mkdirSync(dir);
});
afterEach(() => server.close());

const time = '2026-05-01T10:00:00.000000000Z';
const path = '/api/v1/namespaces/default/pods/web/log';
const entry = (text: string): string => `${time} stdout F ${text}\n`;
const running: ContainerState = { running: { startedAt: time } };
const waiting: ContainerState = { waiting: { reason: 'CrashLoopBackOff' } };
const ended = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAt: time },
});

function aStatus(state: ContainerState, name = 'app'): ContainerStatus {
  return { name, image: 'host', imageID: '', ready: false, started: false, restartCount: 0, state };
}

/** A pod whose container `app` is in this state, at this attempt. */
function runPod(state: ContainerState, attempt = 0, seed: PodSeed = {}): void {
  const status = { containerStatuses: [aStatus(state)], ...seed.status };
  const isUp = 'running' in state ? { runDir: server.dir } : {};
  server.reconciler.put(aPod({ ...seed, status }), [
    { container: 'app', logDir: dir, network: 'pod' as const, attempt, isPlain: true, programs: [], ...isUp },
  ]);
}

const get = async (query = '') => (await callApi(server.socket, 'GET', `${path}${query}`)).body;

function open(query: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath: server.socket, path: `${path}${query}`, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

describe('the log of a container', () => {
  test('is given as text, cut and decorated as asked', async () => {
    writeFileSync(join(dir, '0.log'), entry('one') + entry('two'));
    runPod(running);
    expect(await get()).toBe('one\ntwo\n');
    expect(await get('?tailLines=1')).toBe('two\n');
    expect(await get('?limitBytes=4')).toBe('one\n');
    expect(await get('?timestamps=1&tailLines=1')).toBe(`${time} two\n`);
    expect(await get('?sinceTime=2026-05-01T10:00:00Z')).toBe('one\ntwo\n');
    expect(await get('?sinceTime=2026-05-01T10:00:01Z')).toBe('');
    expect(await get('?sinceSeconds=5')).toBe('');
  });

  test('is empty while a running container has not written anything', async () => {
    runPod(running);
    expect(await get()).toBe('');
  });

  test.each([
    [
      'that has not started',
      { waiting: { reason: 'ContainerCreating' } },
      '',
      'container "app" in pod "web" is waiting to start: ContainerCreating',
    ],
    ['that never ran', ended(128), '', 'container "app" in pod "web" is terminated'],
    ['without an earlier run', running, '?previous=1', 'previous terminated container "app" in pod "web" not found'],
  ])('%s is refused with the kubelet’s words', async (_what, state, query, message) => {
    runPod(state);
    expect(await get(query)).toMatchObject({ code: 400, reason: 'BadRequest', message });
  });

  test('of the previous run is the run before, or the newest while that waits for its restart', async () => {
    writeFileSync(join(dir, '1.log'), entry('run 1'));
    writeFileSync(join(dir, '2.log'), entry('run 2'));
    runPod(running, 2);
    expect(await get('?previous=true')).toBe('run 1\n');
    runPod(waiting, 2);
    expect(await get('?previous=true')).toBe('run 2\n');
    expect(await get()).toBe('run 2\n');
  });

  test.each([
    ['?tailLines=-1', 400, 'tailLines: must be a whole number of at least 0'],
    ['?tailLines=many', 400, 'tailLines: must be'],
    ['?limitBytes=0', 400, 'limitBytes: must be'],
    ['?sinceTime=yesterday', 400, 'sinceTime: must be RFC 3339'],
    ['?sinceSeconds=1&sinceTime=2026-05-01T10:00:00Z', 422, 'at most one of'],
    ['?container=db', 400, 'container db is not valid for pod web, choose one of: app'],
  ])('with %s is refused', async (query, code, message) => {
    runPod(running);
    const status = await get(query);
    expect(status).toMatchObject({ kind: 'Status', code });
    expect(status.message).toContain(message);
  });

  test('is of the very pod that is meant, where its uid is given', async () => {
    writeFileSync(join(dir, '0.log'), entry('one'));
    runPod(running);
    expect(await get('?uid=uid-default-web')).toBe('one\n');
    expect(await get('?uid=another')).toMatchObject({ kind: 'Status', code: 404 });
  });

  test('is of the container that is named, annotated, or first', async () => {
    const locations = ['a', 'b'].map((container) => {
      const logDir = join(dir, container);
      mkdirSync(logDir);
      writeFileSync(join(logDir, '0.log'), entry(container));
      return {
        container,
        logDir,
        network: 'pod' as const,
        attempt: 0,
        runDir: server.dir,
        isPlain: true,
        programs: [],
      };
    });
    server.reconciler.put(aPod(), locations);
    expect(await get('?container=b')).toBe('b\n');
    const first = await open('');
    expect(first.headers.warning).toBe('299 - "Defaulted container \\"a\\" out of: a, b"');
    expect(await textOf(first)).toBe('a\n');
    server.reconciler.put(aPod({ annotations: { 'kubectl.kubernetes.io/default-container': 'b' } }), locations);
    const annotated = await open('');
    expect(annotated.headers.warning).toBeUndefined();
    expect(await textOf(annotated)).toBe('b\n');
  });
});

describe('a followed log', () => {
  test('goes on over a restart and ends with the pod', async () => {
    writeFileSync(join(dir, '0.log'), entry('run 0'));
    runPod(running);
    const text = open('?follow=1').then(textOf);
    runPod(waiting);
    writeFileSync(join(dir, '1.log'), entry('run 1'));
    runPod(running, 1);
    appendFileSync(join(dir, '1.log'), entry('last words'));
    server.reconciler.remove('default', 'web');
    const given = await text;
    // Should podd have looked only after the removal, it never heard of run 1.
    expect(given.startsWith('run 0\n') || given.includes('"reason":"NotFound"')).toBe(true);
  });

  test('of a container that restarts ends when it has ended for good', async () => {
    writeFileSync(join(dir, '0.log'), entry('run 0'));
    runPod(running);
    const response = await open('?follow=1');
    const lines = response[Symbol.asyncIterator]();
    expect(String((await lines.next()).value)).toBe('run 0\n');
    runPod(waiting);
    writeFileSync(join(dir, '1.log'), entry('run 1'));
    runPod(running, 1);
    expect(String((await lines.next()).value)).toBe('run 1\n');
    appendFileSync(join(dir, '1.log'), entry('last words'));
    runPod(ended(0), 1, { spec: { restartPolicy: 'OnFailure' } });
    expect(String((await lines.next()).value)).toBe('last words\n');
    expect((await lines.next()).done).toBe(true);
  });

  test('of all runs begins with the one before, or with nothing while there is none', async () => {
    runPod({ waiting: { reason: 'ContainerCreating' } });
    const response = await open('?follow=1&allRuns=1');
    const lines = response[Symbol.asyncIterator]();
    writeFileSync(join(dir, '0.log'), entry('run 0'));
    runPod(running);
    expect(String((await lines.next()).value)).toBe('run 0\n');
    response.destroy();
    writeFileSync(join(dir, '3.log'), entry('run 3'));
    writeFileSync(join(dir, '4.log'), entry('run 4'));
    runPod(ended(0), 4, { spec: { restartPolicy: 'Never' } });
    expect(await textOf(await open('?follow=1&allRuns=1'))).toBe('run 3\nrun 4\n');
  });

  test('lets go of everything when the client leaves, and ends cleanly when podd stops', async () => {
    writeFileSync(join(dir, '0.log'), entry('one'));
    runPod(running);
    const first = await open('?follow=1');
    await first[Symbol.asyncIterator]().next();
    expect(server.reconciler.subscribers()).toBe(2);
    first.destroy();
    while (server.reconciler.subscribers() > 1) await callApi(server.socket, 'GET', '/healthz');
    const second = await open('?follow=1');
    const text = textOf(second);
    while (server.reconciler.subscribers() < 2) await callApi(server.socket, 'GET', '/healthz');
    await server.close();
    expect('one\n'.startsWith(await text)).toBe(true);
    expect(server.logged).toEqual([]);
  });
});

describe('a container is over', () => {
  const spec = (restartPolicy: string, own?: string) => ({
    spec: { restartPolicy, containers: [{ name: 'app', ...(own === undefined ? {} : { restartPolicy: own }) }] },
  });
  test.each<[string, PodSeed, ContainerState, boolean]>([
    ['while it runs', spec('Never'), running, false],
    ['while it waits for its restart', spec('Always'), waiting, false],
    ['when it ended and always restarts', spec('Always'), ended(0), false],
    ['when no policy is said', { spec: {} }, ended(1), false],
    ['when it ended and never restarts', spec('Never'), ended(1), true],
    ['when it failed and restarts on failure', spec('OnFailure'), ended(1), false],
    ['when it completed and restarts on failure', spec('OnFailure'), ended(0), true],
    ['by its own policy', spec('Always', 'Never'), ended(0), true],
    ['by its own policy, too', spec('Never', 'Always'), ended(0), false],
    ['when the pod is being deleted', { ...spec('Always'), deletionTimestamp: time }, ended(0), true],
    ['when the pod has failed', { ...spec('Always'), status: { phase: 'Failed' } }, waiting, true],
  ])('%s', (_when, seed, state, expected) => {
    expect(isOver(aPod(seed), aStatus(state))).toBe(expected);
  });
});
