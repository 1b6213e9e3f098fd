import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../../src/manifest/deep-freeze.ts';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { referencesOf } from '../../../src/manifest/references.ts';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import { noFiles } from '../../../src/model/materials.ts';
import type {
  ContentKind,
  ContentManifest,
  DataKey,
  DataKind,
  DataManifest,
  DataManifestOf,
  ObjectManifest,
} from '../../../src/model/object-manifest.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import type { ServicePool } from '../../../src/network/plan-service-addresses.ts';
import { judgeManifests } from '../../../src/reconcile/judge-manifests.ts';
import { marksOf } from '../../../src/reconcile/last-applied.ts';
import { type FindData, materialsOf } from '../../../src/reconcile/materials-of.ts';
import type { ExistingPod } from '../../../src/reconcile/plan-apply.ts';
import { storedForm } from '../../../src/reconcile/plan-data.ts';
import { type ExistingObjects, planManifests } from '../../../src/reconcile/plan-manifests.ts';
import { importGraph } from '../../support/import-graph.ts';
import { inRepository } from '../../support/repository.ts';
import { aTemplate, aWorkload } from '../manifest/a-workload.ts';
import { aHost, aManifest } from './builders.ts';

const none: ExistingObjects = {
  pod: () => undefined,
  pods: () => [],
  data: () => undefined,
  live: () => undefined,
  everyPod: () => [],
  isEnding: () => false,
  isThere: () => true,
  services: () => [],
};
const aPool: ServicePool = {
  ranges: { pods4: '10.99.0.0/17', services4: '10.99.128.0/17' },
  dnsAddress: '10.99.128.10',
};

function existing(manifest: PodManifest, change: Partial<ExistingPod> = {}): ExistingObjects {
  const valid = validatePod(manifest);
  if (!valid.ok) throw new Error(JSON.stringify(valid.error));
  const pod = deepFreeze({
    ...valid.value,
    applied: marksOf(manifest),
    state: 'live',
    stopped: [],
    presence: {},
    running: {},
    ...change,
  } as const);
  return { ...none, pod: (namespace, name) => (namespace === 'default' && name === 'web' ? pod : undefined) };
}

describe('the code of a dry run', () => {
  test('loads nothing that could write: decisions only', () => {
    const { files, packages } = importGraph('src/reconcile/plan-manifests.ts');
    const isPure = (file: string) =>
      /^src\/((model|util|protocol|manifest|launch|cgroup|reconcile)\/|network\/plan-)/.test(file);
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
    const readers = ['node:crypto', 'node:fs', 'node:fs/promises', 'node:path', 'node:util'];
    expect(packages.filter((name) => name.startsWith('node:') && !readers.includes(name))).toEqual([]);
    const openers = files.filter((file) => /from 'node:fs/.test(readFileSync(inRepository(file), 'utf8')));
    expect(openers.sort()).toEqual([
      'src/cgroup/look-up-devices.ts',
      'src/manifest/read-bytes.ts',
      'src/network/host-listeners.ts',
      'src/volume/read-content.ts',
    ]);
    const source = openers.map((file) => readFileSync(inRepository(file), 'utf8')).join('\n');
    expect([...source.matchAll(/\bopen\((.*)\)/g)].map(([, what]) => what)).toEqual([
      'absolute, constants.O_RDONLY | constants.O_NONBLOCK',
      'path, constants.O_RDONLY | constants.O_NONBLOCK | flags',
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
      services: aPool,
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

describe('ConfigMaps and Secrets of a request', () => {
  const data = (kind: ContentKind, values: Record<string, string>, name = 'app'): ContentManifest =>
    storedForm({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, data: values }) as ContentManifest;
  const usesKey = (key = 'configMapKeyRef') =>
    aManifest({
      containers: [
        {
          ...{ name: 'app', image: 'host', command: ['run', '--port=$(A)'] },
          env: [{ name: 'A', valueFrom: { [key]: { name: 'app', key: 'A' } } }],
        },
      ],
    });

  /** A pod that was planned with `known`, and runs as it was planned with `ran`. */
  function withPod(manifest: PodManifest, known: readonly DataManifest[], ran = known): ExistingObjects {
    const find =
      (some: readonly DataManifest[]): FindData =>
      <K extends DataKind>(key: DataKey<K>) =>
        some.find(({ kind, metadata }) => kind === key.kind && metadata.name === key.name) as
          | DataManifestOf<K>
          | undefined;
    const specOf = (some: readonly DataManifest[]) =>
      normalisePod(manifest, materialsOf(referencesOf(manifest), 'default', find(some), noFiles));
    const running = Object.fromEntries(specOf(ran).containers.map((container) => [container.name, container]));
    const pod: ExistingPod = {
      ...{ manifest, applied: {}, spec: specOf(known), state: 'live', stopped: [], running },
      presence: { app: { state: 'running', programs: [] } },
    };
    return {
      pod: () => pod,
      pods: (namespace) => (namespace === 'default' ? [pod] : []),
      data: find(known),
      live: () => undefined,
      everyPod: () => [],
      isEnding: () => false,
      isThere: () => true,
      services: () => [],
    };
  }

  const plan = (manifests: readonly ObjectManifest[], existing: ExistingObjects, removed: readonly DataKey[] = []) =>
    planManifests({ ...judgeManifests(manifests), removed }, existing, {
      host: aHost,
      files: noFiles,
      cascade: false,
      services: aPool,
    });
  const key: DataKey = { kind: 'ConfigMap', namespace: 'default', name: 'app' };

  test('a pod that uses a changed one is planned too, told of with where the value lands and comes from', () => {
    const { pods } = plan([data('ConfigMap', { A: '2' })], withPod(usesKey(), [data('ConfigMap', { A: '1' })]));
    expect(pods.map(({ step, result }) => [step, result.cost])).toEqual([['update', 'restart-container']]);
    const change = pods[0]?.result.changes.find(({ field }) => field === 'spec.containers[app].env[A]');
    expect(change).toMatchObject({ from: '1', to: '2' });
    expect(change?.why).toContain('configmap/app key A');
    expect(pods[0]?.version.spec.containers[0]?.programs[0]?.argv).toEqual(['run', '--port=2']);
  });

  test('a value out of a Secret is told nowhere, not where it is used in a command either', () => {
    const old = data('Secret', { A: Buffer.from('canary-old').toString('base64') });
    const { data: own, pods } = plan(
      [data('Secret', { A: Buffer.from('canary-new').toString('base64') })],
      withPod(usesKey('secretKeyRef'), [old]),
    );
    const told = JSON.stringify([...own, ...pods].map(({ result }) => result));
    expect(told).toContain('(secret, changed)');
    expect(told).not.toContain('canary');
    expect(told).not.toContain(Buffer.from('canary-new').toString('base64'));
  });

  test('pods that use others, of other namespaces or only the same contents, are left out', () => {
    const same = withPod(usesKey(), [data('ConfigMap', { A: '1' })]);
    expect(plan([data('ConfigMap', { A: '1', B: 'new' })], same).pods).toEqual([]);
    expect(plan([data('ConfigMap', { A: '2' }, 'other')], same).pods).toEqual([]);
    const elsewhere = { ...data('ConfigMap', { A: '2' }), metadata: { name: 'app', namespace: 'prod' } };
    expect(plan([elsewhere], same).pods).toEqual([]);
    expect(plan([aManifest()], { ...none, pods: () => [] }).pods).toHaveLength(1);
  });

  test('a pod of the request sees the data of the request', () => {
    const { pods } = plan([usesKey(), data('ConfigMap', { A: '2' })], none);
    expect(pods[0]?.result.warnings).toEqual([]);
    expect(pods[0]?.version.spec.containers[0]?.missing).toBeUndefined();
    const [alone] = plan([usesKey()], none).pods;
    expect(alone?.result.warnings).toEqual([
      'spec.containers[0].env[0].valueFrom: configmap "app" not found: the container waits for it',
    ]);
    expect(alone?.version.spec.containers[0]?.missing).toEqual(['configmap "app" not found']);
  });

  test('what is removed costs nothing now, and coming back as it was nothing either', () => {
    const there = [data('ConfigMap', { A: '1' })];
    const removal = plan([], withPod(usesKey(), there), [key]).pods[0];
    expect(removal).toMatchObject({ step: 'update', restarted: [], result: { cost: 'nothing' } });
    expect(removal?.version.spec.containers[0]?.missing).toEqual(['configmap "app" not found']);
    const back = plan(there, withPod(usesKey(), [], there)).pods[0];
    expect(back).toMatchObject({ step: 'update', restarted: [], result: { cost: 'nothing' } });
    expect(back?.result.changes).toEqual([
      expect.objectContaining({ field: 'spec.containers[app]', to: undefined, why: 'it has all that it needs' }),
    ]);
    const changed = plan([data('ConfigMap', { A: '2' })], withPod(usesKey(), [], there)).pods[0];
    expect(changed).toMatchObject({ restarted: ['app'], result: { cost: 'restart-container' } });
  });

  test('another thing that is missing is told, though nothing else is other', () => {
    const { pods } = plan([data('ConfigMap', { B: '1' })], withPod(usesKey(), []));
    expect(pods[0]?.version.spec.containers[0]?.missing).toEqual(["couldn't find key A in ConfigMap default/app"]);
  });

  test('an immutable one refuses the whole request', () => {
    const locked: ContentManifest = { ...data('ConfigMap', { A: '1' }), immutable: true };
    const request = [aManifest(), { ...locked, data: { A: '2' } }];
    const found: FindData = <K extends DataKind>() => locked as DataManifestOf<K>;
    expect(() => plan(request, { ...none, data: found })).toThrow(
      'ConfigMap "app" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    );
  });
});

describe('an apply of an object that others changed', () => {
  const aDeployment = (spec: object = {}, template: object = {}): DataManifest =>
    storedForm(
      aWorkload('Deployment', { ...spec, template: { ...aTemplate(), ...template } }) as unknown as DataManifest,
    );
  const live = (applied: DataManifest, manifest: DataManifest): ExistingObjects => ({
    ...none,
    data: (() => manifest) as FindData,
    live: () => ({ manifest, applied }),
  });
  const planOf = (written: DataManifest, existing: ExistingObjects, replaces = false) => {
    const change = { ...judgeManifests([written]), removed: [], replaces };
    const plans = planManifests(change, existing, { host: aHost, files: noFiles, cascade: false, services: aPool });
    const [plan] = plans.data;
    return { outcome: plan?.result.outcome, changes: plan?.result.changes.map(({ field }) => field), plan };
  };
  const labels = { app: 'web' };
  const restarted = { metadata: { labels, annotations: { 'kubectl.kubernetes.io/restartedAt': 'noon' } } };

  test('leaves alone what the file never named: restarts, pauses, numbers of pods', () => {
    const others = aDeployment({ replicas: 5, paused: true }, restarted);
    expect(planOf(aDeployment(), live(aDeployment(), others))).toMatchObject({ outcome: 'unchanged', changes: [] });
    const { outcome, changes, plan } = planOf(aDeployment({ minReadySeconds: 1 }), live(aDeployment(), others));
    expect([outcome, changes]).toEqual(['configured', ['spec.minReadySeconds']]);
    expect(plan).toMatchObject({
      manifest: aDeployment({ replicas: 5, paused: true, minReadySeconds: 1 }, restarted),
      applied: aDeployment({ minReadySeconds: 1 }),
    });
  });

  test('sets back what the file names, and takes away what it does not name any more', () => {
    const before = aDeployment({ replicas: 3, minReadySeconds: 1 });
    const now = aDeployment({ replicas: 5, minReadySeconds: 1, paused: true });
    expect(planOf(before, live(before, now)).changes).toEqual(['spec.replicas']);
    expect(planOf(aDeployment(), live(before, now)).plan?.manifest).toEqual(aDeployment({ paused: true }));
  });

  test('of the object as it is shown changes nothing', () => {
    const now = aDeployment({ replicas: 5, paused: true }, restarted);
    const { outcome, plan } = planOf(now, live(aDeployment(), now));
    expect([outcome, plan?.applied]).toEqual(['unchanged', now]);
  });

  test('is refused when what others set does not go with it', () => {
    const now = aDeployment({ strategy: { type: 'Recreate' } });
    const written = aDeployment({ strategy: { rollingUpdate: { maxSurge: 1 } } });
    expect(() => planOf(written, live(aDeployment(), now))).toThrow(
      /^Deployment "web" is invalid: spec\.strategy\.rollingUpdate: Forbidden/,
    );
  });

  const marks = (labels: Readonly<Record<string, string>>) => ({ name: 'web', namespace: 'default', labels });

  test('of a Service or pod, what others labelled stays; all else is as the file says', () => {
    const service = (labels: Readonly<Record<string, string>>, spec: object = {}): DataManifest =>
      storedForm({
        ...{ apiVersion: 'v1', kind: 'Service', metadata: marks(labels) },
        spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
      } as DataManifest);
    const now = service({ mine: '1', theirs: '1' }, { sessionAffinity: 'ClientIP' });
    const { plan } = planOf(service({}), live(service({ mine: '1' }), now));
    expect(plan?.manifest).toMatchObject({ metadata: marks({ theirs: '1' }), spec: { sessionAffinity: 'None' } });

    const pod = (
      labels: Readonly<Record<string, string>>,
      spec: Readonly<Record<string, unknown>> = {},
    ): PodManifest => ({
      ...aManifest(spec),
      metadata: marks(labels),
    });
    const planPodOf = (state: ExistingPod['state']) => {
      const there = existing(pod({ mine: '1', theirs: '1' }, { hostname: 'x' }), {
        ...{ state, applied: { labels: { mine: '1' } } },
      });
      const change = { ...judgeManifests([pod({ new: '1' })]), removed: [] };
      const context = { host: aHost, files: noFiles, cascade: false, services: aPool };
      return planManifests(change, there, context).pods[0]?.version;
    };
    expect(planPodOf('live')).toMatchObject({
      manifest: pod({ new: '1', theirs: '1' }),
      applied: { labels: { new: '1' } },
    });
    expect(planPodOf('terminating')?.manifest).toEqual(pod({ new: '1' }));
  });

  test('a replacement says all, and is no apply', () => {
    const now = aDeployment({ replicas: 5, paused: true });
    const { plan } = planOf(aDeployment(), live(aDeployment(), now), true);
    expect(plan?.manifest).toEqual(aDeployment());
    expect(plan).not.toHaveProperty('applied');
  });
});
