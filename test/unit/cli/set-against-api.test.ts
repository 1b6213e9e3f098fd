import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/main.ts';
import type { ResourcesResponse } from '../../../src/protocol/api.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aGroup, aProgram } from '../../support/programs.ts';
import { memoryIo } from './memory-io.ts';
import { aPod } from './pod-builder.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  server.reconciler.put(aPod({ spec: { containers: [{ name: 'app', processes: [{ name: 'db' }] }] } }));
  server.reconciler.setPrograms('default', 'web', [aGroup([aProgram('db'), aProgram('worker:1')])]);
});
afterEach(() => server.close());

function podctl(...words: readonly string[]) {
  const io = memoryIo({ PODCTL_RUN: server.dir, PODCTL_ROOT: server.dir });
  return runCli(words, io).then((code) => ({ code, ...io.written }));
}

const result: ResourcesResponse = {
  ...{ kind: 'Pod', namespace: 'default', name: 'web', outcome: 'configured', cost: 'in-place', warnings: ['careful'] },
  changes: [
    { field: 'spec.resources.limits.cpu', from: '1', to: '2', cost: 'in-place', why: 'cgroup files are written' },
  ],
  programs: [],
};

describe('set condition', () => {
  test('sets what a readiness gate waits for', async () => {
    const written = await podctl('set', 'condition', 'web', 'example.com/warm=true', 'b=False', '--reason', 'Warm');
    expect(written).toMatchObject({
      code: 0,
      out: 'pod/web: condition example.com/warm is True\npod/web: condition b is False\n',
    });
    expect(server.reconciler.get('default', 'web')?.status.conditions).toEqual([
      expect.objectContaining({ type: 'Ready' }),
      expect.objectContaining({ type: 'example.com/warm', status: 'True', reason: 'Warm' }),
      expect.objectContaining({ type: 'b', status: 'False', reason: 'Warm' }),
    ]);
  });

  test.each([
    [['web'], 'which condition?'],
    [['a=True'], 'a condition of what?'],
    [['web', 'a=yes'], '"a=yes" is not TYPE=STATUS'],
  ])('refuses %j', async (words, message) => {
    expect(await podctl('set', 'condition', ...words)).toMatchObject({
      code: 2,
      err: expect.stringContaining(message),
    });
  });

  test('the API takes a whole status too, and judges its shape', async () => {
    const path = '/api/v1/namespaces/default/pods/web/status';
    const put = (conditions: unknown) => callApi(server.socket, 'PUT', path, { status: { conditions } });
    expect((await put([{ type: 'a', status: 'Unknown' }])).status).toBe(200);
    expect(await put([{ type: 'a', status: 'yes' }])).toMatchObject({ status: 400 });
    expect(await put({})).toMatchObject({ status: 400 });
  });
});

describe('set', () => {
  test('prints its help without a word, and refuses other kinds', async () => {
    expect(await podctl('set')).toMatchObject({ code: 0, out: expect.stringContaining('podctl set resources POD') });
    expect(await podctl('set', 'resorces', 'web')).toMatchObject({
      code: 2,
      err: expect.stringContaining('unknown "resorces" (did you mean resources?)'),
    });
  });

  test.each([
    [['web'], {}],
    [['pod/web/app'], { container: 'app' }],
    [['web', '-c', 'app'], { container: 'app' }],
    [['web/db'], { container: 'app', program: 'db' }],
    [['web/app/db', '--dry-run'], { container: 'app', program: 'db', dryRun: true }],
  ])('resources %j asks podd for %j', async (words, target) => {
    expect(await podctl('set', 'resources', ...words, '--cpu', '2')).toMatchObject({ code: 0 });
    const resources = { limits: { cpu: '2' } };
    expect(server.reconciler.asked).toEqual([{ setResources: { ...target, resources } }]);
  });

  test('says what it did, and what the kernel refused', async () => {
    server.reconciler.answers.setResources = () => result;
    const change =
      'pod/web configured (in place)\n  ~ spec.resources.limits.cpu: "1" → "2"   in place: cgroup files are written\n';
    const warning = 'Warning: pod/web: careful\n';
    expect(await podctl('set', 'resources', 'web', '--cpu', '2')).toEqual({ code: 0, out: change, err: warning });
    server.reconciler.answers.setResources = () => ({ ...result, refused: ['write 1 to x: EBUSY (choose more)'] });
    expect(await podctl('set', 'resources', 'web', '--cpu', '2')).toEqual({
      code: 1,
      out: change,
      err: `${warning}error: pod/web: the kernel refused it, the old value holds and podd tries again: write 1 to x: EBUSY (choose more)\n`,
    });
  });

  test('prints results as JSON, YAML and names', async () => {
    server.reconciler.answers.setResources = () => result;
    const set = (format: string) => podctl('set', 'resources', 'web', '--cpu', '2', '-o', format);
    expect(JSON.parse((await set('json')).out)).toEqual({ results: [result] });
    expect((await set('yaml')).out).toContain('results:\n- changes:\n');
    expect((await set('name')).out).toBe('pod/web\n');
  });

  test('reads lists in YAML’s flow style', async () => {
    await podctl('set', 'resources', 'web', '--set', 'io.devices=[{device: /dev/vda, readBps: 1Mi}]');
    const resources = { io: { devices: [{ device: '/dev/vda', readBps: '1Mi' }] } };
    expect(server.reconciler.asked).toEqual([{ setResources: { resources } }]);
    expect(await podctl('set', 'resources', 'web', '--set', 'io.devices=[{')).toMatchObject({ code: 2 });
  });

  test.each([
    [[], 'resources of what?'],
    [['web'], 'set what?'],
    [['web/app', '-c', 'app', '--cpu', '1'], '"web/app" names a container, and so does --container'],
    [['web/app/worker:1', '--cpu', '1'], 'pod/web/app/worker:1 is one instance'],
    [['web/nope', '--cpu', '1'], 'has neither a container nor a program "nope"'],
  ])('%j is refused', async (words, message) => {
    const { code, err } = await podctl('set', 'resources', ...words);
    expect(code).toBeGreaterThan(0);
    expect(err).toContain(message);
    expect(server.reconciler.asked).toEqual([]);
  });
});
