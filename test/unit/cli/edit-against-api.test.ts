import { beforeEach, describe, expect, test } from 'vitest';
import { podctlAgainstServer } from './podctl-against.ts';

const { podctl, server } = podctlAgainstServer();

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    initContainers: [{ name: 'first', image: 'init:1' }],
    containers: [
      {
        name: 'app',
        image: 'app:1',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      { name: 'side', image: 'side:1', resources: { limits: { cpu: '1', memory: '1Gi' } } },
    ],
  },
};
const deployment = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels: { tier: 'front' } } },
  spec: { selector: { matchLabels: { app: 'web' } }, template },
};
const cronJob = {
  ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'clean' } },
  spec: {
    schedule: '0 3 * * *',
    jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
  },
};
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf' },
  data: { 'log.level': 'debug', mode: 'x' },
};

const kept = (kind: 'Deployment' | 'CronJob' | 'ConfigMap', name: string) =>
  server().reconciler.data.get({ kind, namespace: 'default', name }) as unknown as {
    metadata: { labels?: object; annotations?: object };
    spec: typeof deployment.spec & typeof cronJob.spec;
  };
const containers = () => kept('Deployment', 'web').spec.template.spec.containers;

beforeEach(async () => {
  const manifests = [deployment, cronJob, configMap];
  await server().reconciler.apply({ manifests: manifests as never, dryRun: false });
});

describe('set image', () => {
  test('changes those containers, of every kind that has a pod template', async () => {
    expect(await podctl('set', 'image', 'deploy/web', 'cronjob/clean', 'app=app:2')).toEqual({
      code: 0,
      out: 'deployment/web image updated\ncronjob/clean image updated\n',
      err: '',
    });
    expect(containers().map(({ image }) => image)).toEqual(['app:2', 'side:1']);
    expect(kept('CronJob', 'clean').spec.jobTemplate.spec.template.spec.containers[0]?.image).toBe('app:2');
    await podctl('set', 'image', 'deployment', 'web', '*=one:1');
    const { initContainers } = kept('Deployment', 'web').spec.template.spec;
    expect([...initContainers, ...containers()].map(({ image }) => image)).toEqual(['one:1', 'one:1', 'one:1']);
  });

  test('leaves what is so already, and what is only tried', async () => {
    expect((await podctl('set', 'image', 'deploy/web', 'app=app:1')).out).toBe('deployment/web unchanged\n');
    expect((await podctl('set', 'image', 'deploy/web', 'app=app:2', '--dry-run')).out).toBe(
      'deployment/web image updated (dry run)\n',
    );
    const { out } = await podctl('set', 'image', 'deploy/web', 'app=app:3', '--dry-run', '-o', 'json');
    expect(JSON.parse(out).spec.template.spec.containers[0].image).toBe('app:3');
    expect(containers()[0]?.image).toBe('app:1');
  });

  test.each([
    [['deploy/web', 'none=app:2'], 1, 'unable to find container named "none"\nhint: there is first, app, side\n'],
    [['deploy/none', 'app=app:2'], 1, 'deployments "none" not found'],
    [['cm/conf', 'app=app:2'], 2, 'a ConfigMap has no containers'],
    [['deploy/web'], 2, 'which image?'],
    [['deploy/web', '=x'], 2, '"=x" is not CONTAINER=IMAGE'],
    [['deploy', 'app=x'], 2, 'which deployments?'],
  ] as const)('refuses %j', async (words, code, message) => {
    const answer = await podctl('set', 'image', ...words);
    expect(answer).toMatchObject({ code, out: '' });
    expect(answer.err).toContain(message);
  });
});

describe('set env', () => {
  test('gives, replaces in its place and takes away', async () => {
    const { out } = await podctl('set', 'env', 'deploy/web', '-c', 'app', 'A=one=1', 'C=', 'B-');
    expect(out).toBe('deployment/web env updated\n');
    expect(containers()[0]?.env).toEqual([
      { name: 'A', value: 'one=1' },
      { name: 'C', value: '' },
    ]);
    expect(containers()[1]).not.toHaveProperty('env');
  });

  test('takes keys of objects, and prints what there is', async () => {
    await podctl(
      'set',
      'env',
      'deploy/web',
      '--from',
      'configmap/conf',
      '--keys',
      'log.level',
      '--prefix',
      'P_',
      '-c',
      'side',
    );
    const valueFrom = { configMapKeyRef: { name: 'conf', key: 'log.level' } };
    expect(containers()[1]).toMatchObject({ env: [{ name: 'P_LOG_LEVEL', valueFrom }] });
    expect((await podctl('set', 'env', 'deploy/web', '--list')).out).toBe(
      '# deployment/web, container first\n# deployment/web, container app\nA=1\nB=2\n' +
        '# deployment/web, container side\n# P_LOG_LEVEL from configmap conf, key log.level\n',
    );
  });
});

test('set resources changes the template of a workload, in one container or all', async () => {
  const { out } = await podctl(
    'set',
    'resources',
    'deployment',
    'web',
    '-c',
    'side',
    '--limits=cpu=500m',
    '--remove',
    'limits.memory',
  );
  expect(out).toBe('deployment/web resource requirements updated\n');
  expect(containers().map((one) => Reflect.get(one, 'resources'))).toEqual([undefined, { limits: { cpu: '500m' } }]);
  await podctl('set', 'resources', 'deploy/web', '--requests=memory=1Mi');
  expect(containers()).toMatchObject([
    { resources: { requests: { memory: '1Mi' } } },
    { resources: { limits: { cpu: '500m' }, requests: { memory: '1Mi' } } },
  ]);
});

describe('label and annotate', () => {
  test('give, take away, and replace when told to', async () => {
    expect((await podctl('label', 'deploy', 'web', 'a=1', 'b=')).out).toBe('deployment/web labeled\n');
    expect(kept('Deployment', 'web').metadata.labels).toEqual({ tier: 'front', a: '1', b: '' });
    expect((await podctl('label', 'deploy/web', 'a-', 'b-')).out).toBe('deployment/web unlabeled\n');
    expect(await podctl('label', 'deploy/web', 'tier=back')).toEqual({
      code: 1,
      out: '',
      err: "error: 'tier' already has a value (front), and --overwrite is false\n",
    });
    expect((await podctl('label', 'deploy/web', 'cm/conf', 'tier=back', '--overwrite')).out).toBe(
      'deployment/web labeled\nconfigmap/conf labeled\n',
    );
    expect((await podctl('label', 'deploy/web', 'tier=back')).out).toBe('deployment/web not labeled\n');
    expect((await podctl('annotate', 'cm', 'conf', 'example.com/note=a b=c')).out).toBe('configmap/conf annotated\n');
    expect(kept('ConfigMap', 'conf').metadata).toMatchObject({
      labels: { tier: 'back' },
      annotations: { 'example.com/note': 'a b=c' },
    });
  });

  test.each([
    [['deploy/web'], 'which keys?'],
    [['a=1'], 'of what?'],
    [['deploy/web', 'a=1', 'cm/conf'], '"cm/conf" is neither KEY=VALUE nor KEY-'],
    [['deploy/web', 'a=1', 'a-'], '"a" cannot be both given and taken away'],
    [['events', 'x', 'a=1'], 'events cannot be changed'],
  ] as const)('refuse %j', async (words, message) => {
    const answer = await podctl('label', ...words);
    expect(answer).toMatchObject({ code: 2, out: '' });
    expect(answer.err).toContain(message);
  });
});
