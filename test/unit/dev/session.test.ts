import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../../../src/cli/client.ts';
import type { SessionManifests } from '../../../src/dev/load-session.ts';
import type { DevNotice } from '../../../src/dev/notice.ts';
import { type DevSession, type SessionOptions, startSession } from '../../../src/dev/session.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { waitFor } from '../../support/wait-for.ts';

let server: TestServer;
let dir: string;
let session: DevSession | undefined;
beforeEach(async () => {
  server = await startTestServer();
  dir = mkdtempSync('/tmp/pc-session-');
});
afterEach(async () => {
  await session?.close();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

/** As if the file named these pods. */
function manifestsOf(names: readonly string[], more: Partial<SessionManifests> = {}): SessionManifests {
  const text = names.map(
    (name) =>
      `apiVersion: podctl.dev/v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: app, image: host, command: [x]}]}\n`,
  );
  const { pods } = parseManifest(text.join('---\n'), join(dir, 'pod.yaml'));
  return {
    manifests: pods.map(({ manifest }) => manifest),
    ...{
      specs: [],
      templates: new Map(),
      rules: [],
      files: [join(dir, 'pod.yaml')],
      directories: [],
      materials: [],
      diagnostics: [],
      warned: [],
    },
    ...more,
  };
}

const error: Diagnostic = {
  ...{ severity: 'error', file: 'pod.yaml', position: { line: 1, column: 1 }, field: 'kind', message: 'wrong' },
};

/** A session over manifests that a test puts there: `save` is a save of the file that makes them so. */
async function begin(first: SessionManifests, more: Partial<SessionOptions> = {}) {
  const notices: DevNotice[] = [];
  let manifests = first;
  let loads = 0;
  session = await startSession({
    client: createClient(server.socket),
    load: async () => {
      loads++;
      return manifests;
    },
    onNotice: (notice) => notices.push(notice),
    ...{ polling: false, cascade: false, deletesRemoved: true },
    ...more,
  });
  let saves = 0;
  const save = async (next: SessionManifests): Promise<void> => {
    manifests = next;
    const before = loads;
    writeFileSync(join(dir, 'pod.yaml'), String(saves++));
    await waitFor('the manifests are read again', () => loads > before);
  };
  const kinds = (): string[] => notices.map(({ kind }) => kind).filter((kind) => kind !== 'status');
  return { notices, kinds, save, applied: () => server.reconciler.applied.length };
}

describe('a session', () => {
  test('applies what was read after it began to watch', async () => {
    const { kinds, applied } = await begin(manifestsOf(['web']));
    expect([kinds(), applied()]).toEqual([['applied'], 1]);
    expect(session?.objects()).toEqual([{ kind: 'Pod', namespace: 'default', name: 'web' }]);
  });

  test('does not begin with manifests that cannot be used', async () => {
    const { notices, applied } = await begin(manifestsOf([], { diagnostics: [error] }));
    expect(session).toBeUndefined();
    expect([notices, applied()]).toEqual([[{ kind: 'diagnostics', diagnostics: [error], isUsable: false }], 0]);
  });

  test('throws what the first apply throws', async () => {
    server.reconciler.failNextApply(new PodError('Invalid', 'not so'));
    await expect(begin(manifestsOf(['web']))).rejects.toThrow('not so');
  });

  test('applies nothing while nothing has changed, and again what a material changed', async () => {
    const first = manifestsOf(['web']);
    const { applied, save, kinds } = await begin(first);
    await save(manifestsOf(['web']));
    await save({ ...first, materials: first.files });
    await waitFor('it is applied', () => kinds().length === 2);
    expect([kinds(), applied()]).toEqual([['applied', 'applied'], 2]);
  });

  test('tells mistakes once, goes on with the last good version, and tells when they are gone', async () => {
    const { applied, save, kinds } = await begin(manifestsOf(['web']));
    const broken = manifestsOf([], { diagnostics: [error] });
    await save(broken);
    await save(broken);
    await save(manifestsOf(['web', 'db']));
    await waitFor('it is applied', () => kinds().length === 4);
    expect([kinds(), applied()]).toEqual([['applied', 'diagnostics', 'recovered', 'applied'], 2]);
  });

  test('deletes what is no longer in the manifests, where that is its business', async () => {
    const { save, kinds } = await begin(manifestsOf(['web', 'db']));
    await save(manifestsOf(['web']));
    await waitFor('db is gone', () => kinds().includes('deleted'));
    expect(server.reconciler.deletions.map(({ name }) => name)).toEqual(['db']);
    expect(session?.objects().map(({ name }) => name)).toEqual(['web']);
  });

  test('takes nothing away for a file that is whole again a moment later', async () => {
    const { save, applied, kinds } = await begin(manifestsOf(['web', 'db']));
    await save(manifestsOf(['web']));
    await save(manifestsOf(['web', 'db']));
    await save(manifestsOf(['web', 'db', 'more']));
    await waitFor('it is applied', () => kinds().length === 2);
    expect([kinds(), applied(), server.reconciler.deletions]).toEqual([['applied', 'applied'], 2, []]);
  });

  test('else leaves it', async () => {
    const { save, applied } = await begin(manifestsOf(['web', 'db']), { deletesRemoved: false });
    await save(manifestsOf(['web']));
    await waitFor('it is applied', () => applied() === 2);
    await waitFor('db is left', () => session?.objects().length === 1);
    expect(server.reconciler.deletions).toEqual([]);
  });

  test('what podd refuses is told, and the next save is tried again', async () => {
    const { save, notices, applied, kinds } = await begin(manifestsOf(['web']));
    server.reconciler.failNextApply(new PodError('Invalid', 'not so'));
    await save(manifestsOf(['db']));
    await waitFor('it is told', () => kinds().includes('problem'));
    expect(notices.find(({ kind }) => kind === 'problem')).toMatchObject({
      message: expect.stringContaining('not so'),
    });
    const before = applied();
    await save(manifestsOf(['db']));
    await waitFor('it is applied', () => applied() > before);
  });

  test('a pod that somebody else deleted is told, and created again by the next save, whatever is in it', async () => {
    const { save, notices, applied, kinds } = await begin(manifestsOf(['web']));
    await waitFor('it is seen', () => session?.pods().length === 1);
    server.reconciler.remove('default', 'web');
    await waitFor('it is told', () => kinds().includes('problem'));
    expect(notices.find(({ kind }) => kind === 'problem')).toMatchObject({
      message: 'pod/web was deleted by somebody else',
      hint: expect.stringContaining('save its manifest'),
    });
    await save(manifestsOf(['web']));
    await waitFor('it is applied', () => applied() === 2);
    await waitFor('it is seen again', () => session?.pods().length === 1);
    expect(kinds()).toEqual(['applied', 'problem', 'applied']);
  });

  test('tears down what it applied, pods with their grace', async () => {
    const { kinds } = await begin(manifestsOf(['web', 'db']));
    server.reconciler.keepDeleted(true);
    let isDown = false;
    const down = session?.tearDown(new AbortController().signal).then((left) => {
      isDown = true;
      return left;
    });
    await waitFor('deletion was asked for', () => server.reconciler.deletions.length === 2);
    server.reconciler.remove('default', 'web');
    await waitFor('web is gone', () => kinds().includes('deleted'));
    expect(isDown).toBe(false);
    server.reconciler.remove('default', 'db');
    expect(await down).toEqual([]);
  });

  test('names what is left when somebody is in a hurry', async () => {
    await begin(manifestsOf(['web']));
    server.reconciler.keepDeleted(true);
    const hurry = new AbortController();
    const down = session?.tearDown(hurry.signal);
    await waitFor('deletion was asked for', () => server.reconciler.deletions.length === 1);
    hurry.abort();
    expect((await down)?.map(({ name }) => name)).toEqual(['web']);
  });
});
