import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PodError } from '../../../src/util/pod-error.ts';
import { aContainer, anEvent, aPod, running, terminated, waiting } from './pod-builder.ts';
import { podctlAgainstServer } from './podctl-against.ts';

const { podctl, server, scratch } = podctlAgainstServer();

const starting = aPod({ containers: [aContainer('app', waiting('ContainerCreating'))], status: { phase: 'Pending' } });

function manifest(name = 'web', namespace?: string): string {
  const file = join(scratch(), `${name}.json`);
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const containers = [{ name: 'app', image: 'host', command: ['sleep', '1000'] }];
  writeFileSync(file, JSON.stringify({ apiVersion: 'podctl.dev/v1', kind: 'Pod', metadata, spec: { containers } }));
  return file;
}

describe('get', () => {
  test('prints the table of a namespace', async () => {
    server().reconciler.put(aPod());
    server().reconciler.put(aPod({ name: 'db', metadata: { namespace: 'prod', uid: 'other' } }));
    expect(await podctl('get', 'pods')).toEqual({
      code: 0,
      out: 'NAME   READY   STATUS    RESTARTS   AGE\nweb    1/1     Running   0          5m\n',
      err: '',
    });
    expect((await podctl('get', 'po', '-A', '--no-headers')).out).toBe(
      'default   web   1/1   Running   0     5m\nprod      db    1/1   Running   0     5m\n',
    );
  });

  test('says when there is nothing', async () => {
    expect(await podctl('get', 'pods')).toEqual({
      code: 0,
      out: '',
      err: 'No resources found in default namespace.\n',
    });
    expect(await podctl('get', 'pods', '-A')).toEqual({ code: 0, out: '', err: 'No resources found\n' });
    expect(JSON.parse((await podctl('get', 'pods', '-o', 'json')).out)).toMatchObject({ kind: 'List', items: [] });
  });

  test('prints the pods that exist and names those that do not', async () => {
    server().reconciler.put(aPod());
    const { code, out, err } = await podctl('get', 'pods', 'web', 'nope', '-o', 'name');
    expect({ code, out, err }).toEqual({
      code: 1,
      out: 'pod/web\n',
      err: 'Error from server (NotFound): pods "nope" not found\n',
    });
    expect((await podctl('get', 'pod/nope', '--ignore-not-found')).code).toBe(0);
  });

  test('prints one field, JSON and YAML', async () => {
    server().reconciler.put(aPod());
    expect((await podctl('get', 'pod', 'web', '-o', 'jsonpath={.status.phase}')).out).toBe('Running');
    expect(JSON.parse((await podctl('get', 'pod', 'web', '-o', 'json')).out)).toMatchObject({
      kind: 'Pod',
      metadata: { name: 'web' },
    });
    expect((await podctl('get', 'pod', 'web', '-oyaml')).out).toMatch(
      /^apiVersion: v1\nkind: Pod\nmetadata:\n {2}creationTimestamp: .*\nspec:\n {2}containers:\n {2}- image: host\n/s,
    );
  });

  test('lists events', async () => {
    const { apiVersion: _a, kind: _k, ...event } = anEvent();
    server().reconciler.addEvent(event);
    expect((await podctl('get', 'events')).out).toBe(
      'LAST SEEN   TYPE     REASON    OBJECT    MESSAGE\n10s         Normal   Started   pod/web   Started container app\n',
    );
    expect((await podctl('events', '--for', 'pod/web')).out).toContain('Pod/web');
    expect((await podctl('events', '--for', 'other')).err).toBe('No events found in default namespace.\n');
  });

  test("a wrong selector is the server's to explain", async () => {
    expect(await podctl('get', 'pods', '-l', 'a in b')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^Error from server \(BadRequest\): unable to parse/),
    });
  });
});

describe('apply', () => {
  test('prints what happened to each pod', async () => {
    expect(await podctl('apply', '-f', manifest(), '-f', manifest('db'))).toMatchObject({
      code: 0,
      out: 'pod/web created\npod/db created\n',
    });
    expect(await podctl('apply', '-f', manifest())).toMatchObject({ code: 0, out: 'pod/web configured\n' });
    expect(await podctl('apply', '-f', manifest(), '-o', 'name')).toMatchObject({ code: 0, out: 'pod/web\n' });
  });

  test('puts pods into the namespace of -n, and refuses a manifest that says another', async () => {
    await podctl('apply', '-f', manifest(), '-n', 'prod');
    expect(server().reconciler.get('prod', 'web')).toBeDefined();
    const refused = await podctl('apply', '-f', manifest('web', 'test'), '-n', 'prod');
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining('the manifest says "test", the command line -n prod'),
    });
  });

  test('a wrong manifest ends with 2 and podd is not asked', async () => {
    const file = join(scratch(), 'bad.yaml');
    writeFileSync(
      file,
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: app\n    imag: host\n',
    );
    const { code, err } = await podctl('apply', '-f', file);
    expect(code).toBe(2);
    expect(err).toContain(`${file}:8:5:`);
    expect(server().reconciler.list()).toEqual([]);
    expect(await podctl('validate', '-f', file)).toMatchObject({ code: 2, out: '' });
  });

  test('what podd refuses as invalid ends with 2', async () => {
    server().reconciler.failNextApply(new PodError('Invalid', 'pod web: nothing fits', { hint: 'do less' }));
    expect(await podctl('apply', '-f', manifest())).toEqual({
      code: 2,
      out: '',
      err: 'Error from server (Invalid): pod web: nothing fits\nhint: do less\n',
    });
  });

  test('--wait ends when the pod becomes ready, and reports progress', async () => {
    const waits = podctl('apply', '-f', manifest(), '--wait');
    await waitUntil(
      () => server().reconciler.get('default', 'web') !== undefined && server().reconciler.subscribers() > baseline(),
    );
    const { metadata } = server().reconciler.get('default', 'web') ?? starting;
    server().reconciler.put({ ...starting, metadata });
    server().reconciler.put({ ...aPod(), metadata });
    const { code, err } = await waits;
    expect(code).toBe(0);
    expect(err).toContain('pod/web: 1/1 ready\n');
  });

  test('--wait ends when the pod fails, and says why', async () => {
    const waits = podctl('apply', '-f', manifest(), '--wait');
    await waitUntil(
      () => server().reconciler.get('default', 'web') !== undefined && server().reconciler.subscribers() > baseline(),
    );
    const { metadata } = server().reconciler.get('default', 'web') ?? starting;
    server().reconciler.put({
      ...aPod({ containers: [aContainer('app', terminated('Error', 3))], status: { phase: 'Failed' } }),
      metadata,
    });
    const { code, err } = await waits;
    expect(code).toBe(1);
    expect(err).toContain(
      'error: pod/web: failed\n  container app: Error, exit code 3\nhint: podctl describe pod web\n',
    );
  });

  test('--wait gives up after its timeout with the reasons', async () => {
    const { code, err } = await podctl('apply', '-f', manifest(), '--wait', '--timeout', '50ms');
    expect(code).toBe(1);
    expect(err).toContain('error: pod/web: not ready after 0.05s');
  });
});

describe('delete', () => {
  test('waits until the pods are gone', async () => {
    server().reconciler.put(aPod());
    server().reconciler.keepDeleted(true);
    const deleted = podctl('delete', 'pod', 'web', '--grace-period', '3');
    await waitUntil(() => server().reconciler.deletions.length === 1);
    server().reconciler.remove('default', 'web');
    expect(await deleted).toEqual({ code: 0, out: 'pod "web" deleted\n', err: '' });
    expect(server().reconciler.deletions).toEqual([{ name: 'web', graceMs: 3000 }]);
  });

  test('a pod that goes at once is seen to go', async () => {
    server().reconciler.put(aPod());
    expect(await podctl('delete', 'pod/web', '--now')).toMatchObject({ code: 0 });
    expect(server().reconciler.deletions).toEqual([{ name: 'web', graceMs: 1000 }]);
  });

  test('by selector, by file and all', async () => {
    server().reconciler.put(aPod({ metadata: { labels: { app: 'x' } } }));
    server().reconciler.put(aPod({ name: 'db' }));
    expect((await podctl('delete', 'pods', '-l', 'app=x')).out).toBe('pod "web" deleted\n');
    expect((await podctl('delete', '-f', manifest('db'))).out).toBe('pod "db" deleted\n');
    expect(await podctl('delete', 'pods', '--all')).toEqual({ code: 0, out: '', err: 'No resources found\n' });
  });

  test('a pod that does not exist is a failure, unless that is allowed', async () => {
    expect(await podctl('delete', 'pod', 'web')).toEqual({
      code: 1,
      out: '',
      err: 'Error from server (NotFound): pods "web" not found\n',
    });
    expect((await podctl('delete', 'pod', 'web', '--ignore-not-found')).code).toBe(0);
  });

  test('gives up waiting after its timeout', async () => {
    server().reconciler.put(aPod());
    server().reconciler.keepDeleted(true);
    expect(await podctl('delete', 'pod', 'web', '--timeout', '50ms')).toMatchObject({
      code: 1,
      err: 'error: timed out waiting for pod "web" to be gone\n',
    });
  });
});

describe('wait', () => {
  test('ends at once when the condition is met already', async () => {
    server().reconciler.put(aPod());
    expect(await podctl('wait', '--for=condition=Ready', 'pod/web')).toEqual({
      code: 0,
      out: 'pod/web condition met\n',
      err: '',
    });
  });

  test('ends when the condition becomes true', async () => {
    server().reconciler.put(starting);
    const waits = podctl('wait', '--for=jsonpath={.status.phase}=Running', 'pods', '--all');
    await waitUntil(() => server().reconciler.subscribers() > baseline());
    server().reconciler.put(aPod());
    expect(await waits).toMatchObject({ code: 0, out: 'pod/web condition met\n' });
  });

  test('ends when the pod is gone; one that never was is gone already', async () => {
    expect(await podctl('wait', '--for=delete', 'pod/nope')).toMatchObject({ code: 0 });
    server().reconciler.put(aPod());
    const waits = podctl('wait', '--for=delete', 'pod/web');
    await waitUntil(() => server().reconciler.subscribers() > baseline());
    server().reconciler.remove('default', 'web');
    expect(await waits).toMatchObject({ code: 0, out: 'pod/web condition met\n' });
  });

  test('a timeout says what it still waits for, and why', async () => {
    server().reconciler.put(starting);
    expect(await podctl('wait', '--for=condition=Ready', 'pod/web', '--timeout', '0')).toEqual({
      code: 1,
      out: '',
      err: 'error: timed out waiting for the condition on pods/web\n  container app: ContainerCreating\n',
    });
  });

  test('a pod that does not exist cannot become ready', async () => {
    expect(await podctl('wait', '--for=condition=Ready', 'pod/nope')).toMatchObject({
      code: 1,
      err: expect.stringContaining('NotFound'),
    });
    expect(await podctl('wait', '--for=condition=Ready', 'pods', '-l', 'a=b', '--timeout=0')).toMatchObject({
      code: 1,
      err: 'error: no matching resources found\n',
    });
  });
});

describe('describe, exec, system', () => {
  test('describe prints the pod with its events', async () => {
    server().reconciler.put(aPod());
    const { apiVersion: _a, kind: _k, ...event } = anEvent();
    server().reconciler.addEvent(event);
    const { code, out } = await podctl('describe', 'pod', 'web');
    expect(code).toBe(0);
    expect(out).toContain('Started container app');
    expect(await podctl('describe', 'pod', 'nope')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('NotFound'),
    });
  });

  test('an exec that podd refuses ends with 125', async () => {
    expect(await podctl('exec', 'nope', '--', 'true')).toMatchObject({
      code: 125,
      err: 'Error from server (NotFound): pods "nope" not found\n',
    });
    server().reconciler.put(aPod({ containers: [aContainer('a', running), aContainer('b', running)] }), [
      { container: 'a', logDir: scratch(), network: 'pod', attempt: 0, isPlain: true, programs: [] },
    ]);
    const { code, err } = await podctl('exec', 'web', '--', 'true');
    expect(code).toBe(125);
    expect(err).toBe(
      'Defaulted container "a" out of: a, b\nError from server (BadRequest): container a is not running\n',
    );
  });

  test('system status shows what podd is', async () => {
    const { code, out } = await podctl('system', 'status');
    expect(code).toBe(0);
    expect(out).toMatch(/^podd: +running for .* \(pid \d+, zygote 1\)\nVersion: +1\.2\.3\n/);
  });
});

/** Watches that the test server itself keeps open. */
const baseline = (): number => 1;

async function waitUntil(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}
