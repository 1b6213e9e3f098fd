/** sync over the API; the container is this very process, its root this machine's. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readStartTicks } from '../../../src/linux/procfs.ts';
import { type ApiReply, callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';

let server: TestServer;
let dir: string;
beforeEach(async () => {
  server = await startTestServer();
  dir = mkdtempSync('/tmp/pd-sync-');
  mkdirSync(join(dir, 'run'));
  writeFileSync(join(dir, 'source'), 'hello');
});
afterEach(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

const runs = (startTicks = readStartTicks('self')): void => {
  writeFileSync(join(dir, 'run', 'init.json'), JSON.stringify({ id: 'i', pid: process.pid, startTicks }));
  put({ runDir: join(dir, 'run') });
};
const put = (location: { readonly runDir?: string }): void => {
  const rest = { container: 'app', logDir: dir, network: 'pod' as const, attempt: 0, isPlain: true, programs: [] };
  server.reconciler.put(aPod(), [{ ...rest, ...location }]);
};
const sync = (body: unknown, pod = 'web'): Promise<ApiReply> =>
  callApi(server.socket, 'POST', `/apis/podctl.dev/v1/namespaces/default/pods/${pod}/sync`, body);

describe('sync', () => {
  test('copies, removes, and names what it could not', async () => {
    runs();
    writeFileSync(join(dir, 'old'), '');
    const { status, body } = await sync({
      container: 'app',
      files: [
        { from: join(dir, 'source'), to: join(dir, 'new/copy') },
        { from: join(dir, 'nothing'), to: join(dir, 'new/nothing') },
      ],
      remove: [join(dir, 'old'), join(dir, 'never/there')],
    });
    const why = `cannot read ${dir}/nothing: ENOENT`;
    expect([status, body]).toEqual([
      200,
      { copied: 1, removed: 1, bytes: 5, skipped: [{ path: join(dir, 'new/nothing'), why }] },
    ]);
    expect(readFileSync(join(dir, 'new/copy'), 'utf8')).toBe('hello');
    expect(existsSync(join(dir, 'old'))).toBe(false);
  });

  test.each([
    [undefined, 'body: must be an object, found nothing'],
    [{ file: [] }, 'body.file: unknown field'],
    [{ container: '' }, 'body.container: must be the name of a container, found ""'],
    [{ files: {} }, 'body.files: must be a list of {from, to}, found {}'],
    [{ files: ['/a'] }, 'body.files[0]: must be an object, found "/a"'],
    [{ files: [{ from: '/a', to: 'b' }] }, 'body.files[0].to: must be an absolute path'],
    [{ files: [{ from: '/a' }] }, 'body.files[0].to: must be an absolute path'],
    [{ files: [{ from: '/a', to: '/b/../../etc' }] }, 'body.files[0].to: must be an absolute path'],
    [{ files: [{ from: '/a', to: '/b\0' }] }, 'body.files[0].to: must be an absolute path'],
    [{ remove: ['/'] }, 'body.remove[0]: must be an absolute path'],
    [{ remove: ['/a/'] }, 'body.remove[0]: must be an absolute path'],
    [{ remove: '/a' }, 'body.remove: must be a list of paths, found "/a"'],
    [{ container: 'nope' }, 'container nope is not valid for pod web'],
  ])('refuses %j', async (body, message) => {
    runs();
    const { status, body: answer } = await sync(body);
    expect([status, answer.message]).toEqual([400, expect.stringContaining(message)]);
  });

  test('of a pod that is not there is a 404', async () => {
    expect((await sync({}, 'nope')).status).toBe(404);
  });

  test.each([
    ['does not run', () => put({})],
    ['ran before, and its pid is another’s now', () => runs(1)],
  ])('into a container that %s is a 409 with what to do', async (_what, prepare) => {
    prepare();
    const { status, body } = await sync({ files: [{ from: join(dir, 'source'), to: join(dir, 'copy') }] });
    expect([status, body.message]).toEqual([409, 'container web/app is not running']);
    expect(body.details.hint).toBe('podctl start web/app, or see podctl describe pod web');
    expect(existsSync(join(dir, 'copy'))).toBe(false);
  });
});
