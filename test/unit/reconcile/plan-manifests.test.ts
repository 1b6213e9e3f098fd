import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../../src/manifest/deep-freeze.ts';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import { noFiles } from '../../../src/model/materials.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import { judgeManifests } from '../../../src/reconcile/judge-manifests.ts';
import type { ExistingPod } from '../../../src/reconcile/plan-apply.ts';
import { type ExistingObjects, planManifests } from '../../../src/reconcile/plan-manifests.ts';
import { importGraph } from '../../support/import-graph.ts';
import { inRepository } from '../../support/repository.ts';
import { aHost, aManifest } from './builders.ts';

const none: ExistingObjects = { pod: () => undefined, pods: () => [], data: () => undefined };

function existing(manifest: PodManifest, change: Partial<ExistingPod> = {}): ExistingObjects {
  const valid = validatePod(manifest);
  if (!valid.ok) throw new Error(JSON.stringify(valid.error));
  const pod = deepFreeze({ ...valid.value, state: 'live', stopped: [], presence: {}, running: {}, ...change } as const);
  return { ...none, pod: (namespace, name) => (namespace === 'default' && name === 'web' ? pod : undefined) };
}

describe('the code of a dry run', () => {
  test('loads nothing that could write: decisions only', () => {
    const { files, packages } = importGraph('src/reconcile/plan-manifests.ts');
    const isPure = (file: string) => /^src\/(model|util|protocol|manifest|launch|cgroup|reconcile)\//.test(file);
    expect(files.filter((file) => !isPure(file))).toEqual([]);
    const writers =
      /\/(engine|execute|worker|reconciler|create-reconciler|pod|pod-table|apply-manifests|driver|read)\.ts$/;
    expect(files.filter((file) => writers.test(file))).toEqual([]);
    expect(packages.filter((name) => name.startsWith('node:') && name !== 'node:path')).toEqual([]);
    expect(files).toContain('src/reconcile/diff.ts');
  });

  test('reads files, and loads nothing else of the world', () => {
    const { files, packages } = importGraph('src/reconcile/plan-request.ts');
    expect(files.filter((file) => /^src\/(store|daemon|runtime|linux)\//.test(file))).toEqual([]);
    expect(files).toContain('src/reconcile/read-files.ts');
    const readers = ['node:fs', 'node:fs/promises', 'node:path', 'node:util'];
    expect(packages.filter((name) => name.startsWith('node:') && !readers.includes(name))).toEqual([]);
    const openers = files.filter((file) => /from 'node:fs/.test(readFileSync(inRepository(file), 'utf8')));
    expect(openers).toEqual(['src/manifest/read-bytes.ts']);
    const source = readFileSync(inRepository('src/manifest/read-bytes.ts'), 'utf8');
    expect([...source.matchAll(/\bopen\((.*)\)/g)].map(([, what]) => what)).toEqual([
      'absolute, constants.O_RDONLY | constants.O_NONBLOCK',
    ]);
    expect(source).not.toMatch(/\b(write|unlink|rename|mkdir|truncate)\w*\(/);
  });

  test('is told from code that writes by the same look', () => {
    const { files, packages } = importGraph('src/reconcile/create-reconciler.ts');
    expect(files).toEqual(expect.arrayContaining(['src/store/pod-store.ts', 'src/reconcile/execute.ts']));
    expect(packages).toContain('node:fs');
  });
});

describe('planManifests', () => {
  const plan = (manifests: readonly PodManifest[], objects: ExistingObjects = none) =>
    planManifests({ ...judgeManifests(manifests), removed: [] }, objects, {
      host: aHost,
      files: noFiles,
      cascade: false,
    }).pods.map(({ step, result }) => [step, result.outcome, result.cost]);

  test('creates what is not there', () => {
    expect(plan([aManifest()])).toEqual([['create', 'created', 'nothing']]);
  });

  test('does nothing for the same again', () => {
    expect(plan([aManifest()], existing(aManifest()))).toEqual([['nothing', 'unchanged', 'nothing']]);
  });

  test.each([
    [{ terminationGracePeriodSeconds: 3 }, 'live', ['update', 'configured', 'in-place']],
    [{ hostNetwork: true }, 'live', ['recreate', 'configured', 'recreate-pod']],
    [{ hostNetwork: true }, 'held', ['update', 'configured', 'nothing']],
    [{ hostNetwork: true }, 'terminating', ['create', 'created', 'nothing']],
  ] as const)('of %j beside a pod that is %s: %j', (spec, state, expected) => {
    expect(plan([aManifest(spec)], existing(aManifest(), { state }))).toEqual([expected]);
  });

  test('refuses all when one is wrong, and one pod twice', () => {
    const wrong = { ...aManifest({ comand: 'x' }), metadata: { name: 'wrong' } };
    expect(() => plan([aManifest(), wrong])).toThrow(/Pod "wrong" is invalid: .*comand/);
    expect(() => plan([aManifest(), aManifest()])).toThrow('two of the manifests are the same pod default/web');
  });
});
