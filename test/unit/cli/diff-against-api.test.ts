import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ApplyResult } from '../../../src/protocol/api.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import { podctlAgainstServer } from './podctl-against.ts';

const { podctl, server, scratch } = podctlAgainstServer();

function file(text: string): string {
  const path = join(scratch(), 'web.yaml');
  writeFileSync(path, text);
  return path;
}

const good = `
apiVersion: podctl.dev/v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: app, image: host, command: [sleep, "1"]}]}
`;

const aResult = (change: Partial<ApplyResult> = {}): ApplyResult => ({
  ...{ kind: 'Pod', namespace: 'default', name: 'web', outcome: 'unchanged', cost: 'nothing' },
  ...{ changes: [], programs: [], warnings: [] },
  ...change,
});

const field = 'spec.containers[app].command';
const changed = aResult({
  ...{ outcome: 'configured', cost: 'restart-container' },
  changes: [{ field, from: ['a'], to: ['b'], cost: 'restart-container', why: 'its program is the container' }],
});

const answer = (...results: ApplyResult[]): void => {
  server().reconciler.answers.apply = () => ({ results });
};

describe('diff', () => {
  test('prints nothing and ends with 0 when nothing differs', async () => {
    answer(aResult());
    expect(await podctl('diff', '-f', file(good))).toEqual({ code: 0, out: '', err: '' });
    expect(server().reconciler.applied).toMatchObject([{ dryRun: true }]);
  });

  test('prints what differs, with its cost, and ends with 1', async () => {
    answer(aResult({ name: 'same' }), changed, aResult({ name: 'new', outcome: 'created' }));
    expect(await podctl('diff', '-f', file(good))).toEqual({
      code: 1,
      out: [
        'pod/web would change (restart container app)',
        '  ~ spec.containers[app].command: ["a"] → ["b"]   restart container app: its program is the container',
        'pod/new would be created',
        '',
      ].join('\n'),
      err: '',
    });
  });

  test('prints JSON and names', async () => {
    answer(aResult({ name: 'same' }), changed);
    const json = await podctl('diff', '-f', file(good), '-o', 'json');
    expect([json.code, JSON.parse(json.out)]).toEqual([1, { results: [changed] }]);
    expect(await podctl('diff', '-f', file(good), '-o', 'name')).toMatchObject({ code: 1, out: 'pod/web\n' });
    answer(aResult());
    expect(await podctl('diff', '-f', file(good), '-o', 'json')).toMatchObject({
      code: 0,
      out: '{\n  "results": []\n}\n',
    });
  });

  test('asks podd for what apply --cascade would do', async () => {
    answer(aResult());
    await podctl('diff', '-f', file(good), '--cascade', '-n', 'prod');
    expect(server().reconciler.applied).toMatchObject([
      { dryRun: true, cascade: true, manifests: [{ metadata: { namespace: 'prod' } }] },
    ]);
  });

  test.each([
    [
      'a broken manifest',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: 1}\n',
      /web\.yaml:4:20: spec\.containers: must be a list/,
    ],
    ['half of a manifest', 'apiVersion: v1\nkind: Pod\nmetadata: {name: [', /web\.yaml:3:/],
    ['an empty file', '', /web\.yaml.*holds no manifest/],
  ])('ends with 2 and says where for %s', async (_, text, expected) => {
    const { code, out, err } = await podctl('diff', '-f', file(text));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(expected);
    expect(server().reconciler.applied).toEqual([]);
  });

  test('ends with 2 when podd refuses, for 1 would mean that something differs', async () => {
    server().reconciler.failNextApply(new PodError('Conflict', 'pod web changed while it was applied'));
    expect(await podctl('diff', '-f', file(good))).toMatchObject({
      code: 2,
      err: expect.stringContaining('Error from server (Conflict): pod web changed'),
    });
  });

  test('ends with 2 when there is no such file, and for wrong usage', async () => {
    expect((await podctl('diff', '-f', join(scratch(), 'none.yaml'))).code).toBe(2);
    expect(await podctl('diff')).toMatchObject({ code: 2, err: expect.stringContaining('which manifests?') });
    expect(await podctl('diff', '-f', file(good), 'web')).toMatchObject({ code: 2 });
    expect(await podctl('diff', '-f', file(good), '--dry-run')).toMatchObject({ code: 2 });
  });

  test('prints podd’s warnings beside', async () => {
    answer({ ...changed, warnings: ['the pod is stopped and stays so'] });
    expect(await podctl('diff', '-f', file(good))).toMatchObject({
      code: 1,
      err: 'Warning: pod/web: the pod is stopped and stays so\n',
    });
  });
});
