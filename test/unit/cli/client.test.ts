import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createClient } from '../../../src/cli/client.ts';
import { type Followed, followList } from '../../../src/cli/follow-list.ts';
import { podsPath } from '../../../src/cli/pod-paths.ts';
import { formatUnit } from '../../../src/cli/systemd-unit.ts';
import { instancePaths } from '../../../src/model/instance-paths.ts';
import type { PodList, PodObject } from '../../../src/protocol/objects.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from './pod-builder.ts';

const servers: TestServer[] = [];
async function serve(subdir?: string): Promise<TestServer> {
  const server = await startTestServer(subdir);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('the client', () => {
  test('says that podd is not running when there is no socket, or no directory for one', async () => {
    const scratch = mkdtempSync('/tmp/pc-cli-');
    for (const socket of [
      join(scratch, 'podctl.sock'),
      join(scratch, 'nothing', 'podctl.sock'),
      `/nonexistent/${'x'.repeat(120)}/podctl.sock`,
    ]) {
      await expect(createClient(socket).json('GET', '/healthz')).rejects.toMatchObject({ code: 'DaemonDown' });
    }
    rmSync(scratch, { recursive: true });
  });

  test('has podd started once, and asks again', async () => {
    const target = await serve();
    let started = 0;
    const { socket } = target;
    await target.close();
    const client = createClient(socket, async () => {
      started += 1;
    });
    await expect(client.json('GET', '/version')).rejects.toMatchObject({ code: 'DaemonDown' });
    expect(started).toBe(1);
  });

  test('reaches a socket whose path is too long for its name', async () => {
    const { socket } = await serve('d'.repeat(120));
    expect(await createClient(socket).json('GET', '/version')).toMatchObject({
      gitVersion: expect.stringContaining('1.2.3'),
    });
  });

  test("turns a refusal into an error with podd's words", async () => {
    const { socket } = await serve();
    await expect(createClient(socket).json('GET', '/api/v1/namespaces/default/pods/x')).rejects.toMatchObject({
      status: { reason: 'NotFound', code: 404, message: 'pods "x" not found' },
    });
  });

  test('a watch is ended by its signal', async () => {
    const { socket, reconciler } = await serve();
    reconciler.put(aPod());
    const controller = new AbortController();
    const events = await createClient(socket).watch<PodObject>(podsPath('default', { watch: true }), controller.signal);
    expect((await events.next()).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'web' } } });
    controller.abort();
    expect(await events.next()).toMatchObject({ done: true });
  });
});

describe('following a list', () => {
  test('gives the list, then changes, until it is aborted', async () => {
    const server = await serve();
    server.reconciler.put(aPod());
    const controller = new AbortController();
    const client = createClient(server.socket, async () => undefined);
    const steps = followList<PodObject>(client, (query) => podsPath('default', query), controller.signal);
    const next = async (): Promise<Followed<PodObject>> => (await steps.next()).value as Followed<PodObject>;
    expect(await next()).toMatchObject({ list: [{ metadata: { name: 'web' } }] });
    const change = next();
    await watched(server);
    server.reconciler.put(aPod({ name: 'db' }));
    expect(await change).toMatchObject({ event: { type: 'ADDED', object: { metadata: { name: 'db' } } } });
    controller.abort();
    expect(await steps.next()).toMatchObject({ done: true });
  });

  test('what the first list throws is thrown', async () => {
    const { socket } = await serve();
    const steps = followList(
      createClient(socket),
      () => podsPath('default', { labelSelector: 'a in' }),
      new AbortController().signal,
    );
    await expect(steps.next()).rejects.toMatchObject({ status: { reason: 'BadRequest' } });
  });
});

describe('the systemd unit', () => {
  test('quotes what systemd would read otherwise', () => {
    const unit = formatUnit('/opt/my node/bin/node', '/srv/100%/bin/podd', instancePaths({}));
    expect(unit).toContain('ExecStart="/opt/my node/bin/node" /srv/100%%/bin/podd\n');
    expect(unit).toContain('Environment=PODCTL_ROOT=/var/lib/podctl PODCTL_RUN=/run/podctl\n');
  });
});

async function watched(server: TestServer): Promise<void> {
  const list = (): Promise<PodList> => createClient(server.socket).json<PodList>('GET', podsPath('default'));
  while (server.reconciler.subscribers() < 2) await list();
}
