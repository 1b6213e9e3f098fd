import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatYaml } from '../../../src/convert/format-yaml.ts';
import { type Fields, listOf, mapOf } from '../../../src/convert/loose-fields.ts';
import { renderKubernetes } from '../../../src/convert/render-kubernetes.ts';
import type { RenderOptions } from '../../../src/convert/render-words.ts';
import { manifestDocuments } from '../../../src/manifest/manifest-documents.ts';
import { inspectObject } from '../../../src/manifest/validate-object.ts';
import { plainValue } from '../../../src/manifest/yaml-node.ts';
import { noFiles } from '../../../src/model/materials.ts';
import { parseProcesses } from '../../../src/standalone/parse-processes.ts';

const options: RenderOptions = { images: new Map([['*', 'busybox:1']]), files: noFiles };

const pod = (container: Fields, spec: Fields = {}): Fields => ({
  apiVersion: 'podctl.dev/v1',
  kind: 'Pod',
  metadata: { name: 'shop', labels: { app: 'shop' } },
  spec: { containers: [{ name: 'app', image: 'shop:1', ...container }], ...spec },
});
const render = (document: Fields, more: Partial<RenderOptions> = {}) => {
  const { objects, errors, warnings } = renderKubernetes(document, { ...options, ...more });
  return {
    objects,
    errors: errors.map(({ field, message }) => `${field}: ${message}`),
    warnings: warnings.map(({ field }) => field),
    spec: mapOf(objects.at(-1)?.spec),
    container: mapOf(listOf(mapOf(objects.at(-1)?.spec).containers)[0]),
  };
};
const programsOf = (object: Fields | undefined): unknown => parse(String(mapOf(object?.data)['app.yaml']));

describe('programs', () => {
  const processes = [
    { name: 'db', command: ['db', 'no'], readiness: { logLine: 'ready' }, resources: { limits: { cpu: '1' } } },
    {
      name: 'web',
      command: ['web'],
      dependsOn: { db: 'ready' },
      readiness: { httpGet: { port: 80, path: '/up' }, periodSeconds: 0.5 },
      env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
    },
  ];

  test('are carried by podinit, which reads them from a ConfigMap', () => {
    const { objects, container, spec, warnings } = render(pod({ processes, env: [{ name: 'A', value: '1' }] }));
    expect(objects).toHaveLength(2);
    expect(objects[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop-podinit' } });
    expect(programsOf(objects[0])).toEqual({
      apiVersion: 'podctl.dev/v1',
      kind: 'Processes',
      processes: [
        { name: 'db', command: ['db', 'no'], readiness: { logLine: 'ready' } },
        {
          name: 'web',
          command: ['web'],
          dependsOn: { db: 'ready' },
          readiness: { httpGet: { port: 80, path: '/up' }, periodSeconds: 0.5 },
          env: [{ name: 'PASSWORD', value: '$(WEB_PASSWORD)' }],
        },
      ],
    });
    expect(container).toEqual({
      name: 'app',
      image: 'shop:1',
      command: ['podinit', '-f', '/etc/podinit/app.yaml'],
      readinessProbe: { httpGet: { port: 80, path: '/up' }, periodSeconds: 1 },
      env: [
        { name: 'A', value: '1' },
        { name: 'WEB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
      ],
      volumeMounts: [{ name: 'podinit-programs', mountPath: '/etc/podinit', readOnly: true }],
    });
    expect(spec.volumes).toEqual([{ name: 'podinit-programs', configMap: { name: 'shop-podinit' } }]);
    const at = 'spec.containers[0].processes';
    expect(warnings).toEqual([`${at}[0].resources`, `${at}[1].env`, `${at}[0].readiness`]);
  });

  test('find podinit in a volume where an image of it is named', () => {
    const { spec, container } = render(pod({ processes }), { podinitImage: 'podctl:1' });
    expect(spec.initContainers).toMatchObject([{ name: 'podinit', image: 'podctl:1' }]);
    expect(container.command).toEqual(['/opt/podctl/bin/podinit', '-f', '/etc/podinit/app.yaml']);
    expect(container.volumeMounts).toContainEqual({ name: 'podinit', mountPath: '/opt/podctl', readOnly: true });
  });

  test('are read by podinit as they were meant', () => {
    const [map] = render(pod({ processes })).objects;
    const surroundings = { env: { WEB_PASSWORD: 'x' }, uid: 0, gid: 0, groups: [], capabilities: [], workingDir: '/' };
    const { pod: read, diagnostics } = parseProcesses(String(mapOf(map?.data)['app.yaml']), 'app.yaml', surroundings);
    expect(diagnostics).toEqual([]);
    expect(read?.containers[0]?.programs.map(({ argv }) => argv)).toEqual([['db', 'no'], ['web']]);
    expect(read?.containers[0]?.programs[1]?.env).toMatchObject({ PASSWORD: 'x' });
  });
});

describe('what Kubernetes calls otherwise', () => {
  test.each([
    ['a pid namespace of the pod', { namespaces: { pid: 'pod' } }, { shareProcessNamespace: true }],
    ['the machine’s network', { namespaces: { net: 'host' } }, { hostNetwork: true }],
    ['what it does anyway', { namespaces: { pid: 'private', ipc: 'pod' } }, {}],
  ])('%s', (_name, container, fields) => {
    const { spec, warnings } = render(pod(container));
    const { containers: _containers, ...rest } = spec;
    expect(rest).toEqual(fields);
    expect(warnings).toEqual([]);
  });

  test('docker’s words for resources', () => {
    const resources = { cpus: 1.5, mem_limit: '64m', mem_reservation: '32m', pids_limit: 50, cpu: { weight: 5 } };
    const { container, warnings } = render(pod({ resources }));
    expect(container.resources).toEqual({
      limits: { cpu: '1500m', memory: String(64 * 2 ** 20) },
      requests: { cpu: '1500m', memory: String(32 * 2 ** 20) },
    });
    expect(warnings).toEqual(['spec.containers[0].resources.pids_limit', 'spec.containers[0].resources.cpu']);
  });

  test('no network: a policy that selects the pod', () => {
    const { objects, warnings } = render(pod({}, { network: 'none' }));
    expect(objects.map(({ kind }) => kind)).toEqual(['NetworkPolicy', 'Pod']);
    const labels = { 'podctl.dev/network': 'shop' };
    expect(objects[0]?.spec).toEqual({ podSelector: { matchLabels: labels }, policyTypes: ['Ingress', 'Egress'] });
    expect(mapOf(objects[1]?.metadata).labels).toEqual({ app: 'shop', ...labels });
    expect(warnings).toEqual(['spec.network']);
  });

  test('files of variables: what stands in them now, never expanded', () => {
    const envFiles = new Map([['/srv/a.env', new Map([['A', 'costs $(B)']])]]);
    const files = { ...noFiles, envFiles };
    const { container, errors } = render(pod({ envFile: ['/srv/a.env'], env: [{ name: 'C', value: '1' }] }), { files });
    expect(errors).toEqual([]);
    expect(container.env).toEqual([
      { name: 'A', value: 'costs $$(B)' },
      { name: 'C', value: '1' },
    ]);
  });
});

test('what has no counterpart is left out, each with a warning at its place', () => {
  const container = {
    ...{ procView: 'off', devices: [{ path: '/dev/fuse' }], dev: { watch: [] } },
    namespaces: { time: { boottime: '1s' }, ipc: 'container:other' },
    volumeMounts: [{ name: 'a', mountPath: '/a', restartOn: 'change' }],
    resources: { limits: { pids: 5 } },
  };
  const { container: made, warnings } = render(pod(container, { backoff: { initial: '1s' } }));
  expect(made).toEqual({ name: 'app', image: 'shop:1', volumeMounts: [{ name: 'a', mountPath: '/a' }] });
  const at = 'spec.containers[0]';
  expect([...warnings].sort()).toEqual(
    [
      ...['dev', 'devices', 'procView', 'namespaces.time', 'namespaces.ipc'].map((field) => `${at}.${field}`),
      `${at}.resources.limits[pids]`,
      `${at}.volumeMounts[0].restartOn`,
      'spec.backoff',
    ].sort(),
  );
});

test.each([
  [{ image: 'host' }, 'spec.containers[0].image: image: host is this machine’s /usr, which Kubernetes cannot run'],
  [
    { image: undefined, rootfs: { path: '/srv' } },
    'spec.containers[0].rootfs: rootfs is a directory of this machine, which Kubernetes cannot run',
  ],
  [{ envFile: ['/none'] }, 'spec.containers[0].envFile[0]: /none: there is no such file'],
  [
    { processes: [{ name: 'a', command: ['a'], envFrom: [{ secretRef: { name: 's' } }] }] },
    'spec.containers[0].processes[0].envFrom: cannot be carried by podinit: Kubernetes resolves it for whole containers',
  ],
])('%j is an error', (container, message) => {
  expect(render(pod(container), { images: new Map() }).errors).toEqual([message]);
});

test('templates of what makes pods are rendered in their place', () => {
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: pod({ processes: [{ name: 'a', command: ['a'] }] }).spec,
  };
  const cron = {
    apiVersion: 'podctl.dev/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', namespace: 'shop' },
    spec: { schedule: '@daily', jobTemplate: { spec: { template } } },
  };
  const { objects } = render(cron);
  expect(objects[0]).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'nightly-podinit', namespace: 'shop' } });
  expect(objects[1]).toMatchObject({
    apiVersion: 'batch/v1',
    spec: { schedule: '@daily', jobTemplate: { spec: { template: { metadata: { labels: { app: 'a' } } } } } },
  });
});

describe('every example', () => {
  const directory = join(dirname(fileURLToPath(import.meta.url)), '../../../examples');
  const files = readdirSync(directory).filter((file) => file.endsWith('.yaml'));
  const documents = files.flatMap((file) =>
    [...manifestDocuments(readFileSync(join(directory, file), 'utf8'), file, { directory })].flatMap(
      ({ root }, index) => (root === undefined ? [] : [[`${file} ${index}`, mapOf(plainValue(root))] as const]),
    ),
  );
  test.each(documents)('%s becomes what Kubernetes accepts, once and for all', (_name, document) => {
    const { objects, errors } = render(document);
    expect(errors).toEqual([]);
    for (const object of objects) {
      expect(object.apiVersion).not.toMatch(/^podctl/);
      expect(inspectObject(parse(formatYaml(object))).errors).toEqual([]);
      expect(render(object).objects).toEqual([object]);
    }
  });
});
