import { describe, expect, test } from 'vitest';
import { explainLateValues, fileFields, fillContainer, lateValuesOf } from '../../../src/launch/fill-late.ts';
import { type LateFacts, lateLookup } from '../../../src/launch/late-facts.ts';
import { serviceLinks } from '../../../src/launch/service-links.ts';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import type { ServiceManifest } from '../../../src/model/object-manifest.ts';

const facts: LateFacts = {
  name: 'web-0',
  namespace: 'shop',
  uid: 'u-1',
  labels: { app: 'web', 'example.com/tier': 'front' },
  annotations: { build: 'two\n"2"' },
  serviceAccountName: 'default',
  nodeName: 'machine',
  podIPs: ['10.99.0.7', 'fd00::7'],
  hostIPs: ['192.0.2.1'],
  resources: {
    app: { cpuLimitMillis: 1500, memoryLimitBytes: 100_000_000, cpuRequestMillis: 250, memoryRequestBytes: 1 },
    free: { hugepages: { '2Mi': 4_194_304 } },
  },
  node: { cpuMillis: 4000, memoryBytes: 8_000_000_000, storageBytes: 1_000_000_000 },
  services: { DB_SERVICE_HOST: '10.99.128.1' },
};

test.each([
  ['metadata.name', 'web-0'],
  ['metadata.namespace', 'shop'],
  ['metadata.uid', 'u-1'],
  ["metadata.labels['example.com/tier']", 'front'],
  ["metadata.labels['none']", undefined],
  ["metadata.annotations['build']", 'two\n"2"'],
  ['metadata.labels', 'app="web"\nexample.com/tier="front"'],
  ['metadata.annotations', 'build="two\\n\\"2\\""'],
  ['spec.nodeName', 'machine'],
  ['spec.serviceAccountName', 'default'],
  ['status.podIP', '10.99.0.7'],
  ['status.podIPs', '10.99.0.7,fd00::7'],
  ['status.hostIP', '192.0.2.1'],
  ['status.hostIPs', '192.0.2.1'],
  // limits.cpu of 1500m is 2 whole CPUs: rounded up
  ['resource app limits.cpu 0', '2'],
  ['resource app limits.cpu 1', '2'],
  ['resource app limits.cpu 1m', '1500'],
  ['resource app requests.cpu 1m', '250'],
  ['resource app limits.memory 1Mi', '96'],
  ['resource app limits.memory 1', '100000000'],
  ['resource app requests.memory 1Gi', '1'],
  // without a limit the machine's, without a request nothing
  ['resource free limits.cpu 1', '4'],
  ['resource free limits.memory 1M', '8000'],
  ['resource free requests.cpu 1m', '0'],
  ['resource free limits.hugepages-2Mi 1Mi', '4'],
  ['resource none limits.cpu 1', undefined],
  ['service DB_SERVICE_HOST', '10.99.128.1'],
  ['service API_SERVICE_HOST', '$(API_SERVICE_HOST)'],
  ['spec.other', undefined],
])('%s is %j', (field, value) => {
  expect(lateLookup(facts)(field)).toBe(value);
});

const podOf = (spec: object) =>
  normalisePod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop', labels: facts.labels },
    spec: { containers: [{ name: 'app', image: 'host', command: ['/bin/true'], ...spec }] },
  });
const [, ip] = ['', { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] as const;

describe('a container that is filled in', () => {
  test('has values of its pod in variables, in those that use them, and in its command', () => {
    const [container] = podOf({
      env: [
        ip,
        { name: 'URL', value: 'http://$(IP):80/$$(IP)' },
        { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'DB', value: '$(DB_SERVICE_HOST) $(OTHER_SERVICE_HOST) $(NO)' },
      ],
      command: ['/bin/serve', '--at=$(IP)', '$(DB_SERVICE_HOST)'],
    }).containers;
    if (container === undefined) throw new Error('no container');
    const late = lateValuesOf(container, facts);
    const [program] = fillContainer(container, late).programs;
    expect(program?.argv).toEqual(['/bin/serve', '--at=10.99.0.7', '10.99.128.1']);
    expect(program?.env).toMatchObject({
      ...{ IP: '10.99.0.7', URL: 'http://10.99.0.7:80/$(IP)', CPUS: '2', DB_SERVICE_HOST: '10.99.128.1' },
      DB: '10.99.128.1 $(OTHER_SERVICE_HOST) $(NO)',
    });
  });

  test('keeps what it was told at its start', () => {
    const [container] = podOf({ env: [ip] }).containers;
    if (container === undefined) throw new Error('no container');
    const known = lateValuesOf(container, facts);
    const later = lateValuesOf(container, { ...facts, podIPs: ['10.99.0.8'], services: {} }, known);
    expect(later).toEqual(known);
  });

  test('is the very same where nothing waits for its start', () => {
    const [container] = podOf({ env: [{ name: 'A', value: '\\u0000' }] }).containers;
    if (container === undefined) throw new Error('no container');
    const late = lateValuesOf(container, { ...facts, services: {} });
    expect(fillContainer(container, late)).toEqual(container);
  });
});

describe('a variable from a file', () => {
  const reference = (name: string, optional: boolean) => ({
    name,
    valueFrom: { fileKeyRef: { volumeName: 'conf', path: 'a.env', key: name, optional } },
  });
  const [container] = podOf({
    env: [reference('A', false), reference('B', true), { name: 'BOTH', value: '$(A) $(B)' }],
    volumes: [{ name: 'conf', emptyDir: {} }],
  }).containers;
  if (container === undefined) throw new Error('no container');
  const [a = '', b = ''] = fileFields(container);
  const env = (late: ReturnType<typeof lateValuesOf>) => fillContainer(container, late).programs[0]?.env;

  test('has what was read, and does not expand it', () => {
    const late = lateValuesOf(container, { ...facts, files: { [a]: '1 $(B)', [b]: '' } });
    expect(env(late)).toMatchObject({ A: '1 $(B)', B: '', BOTH: '1 $(B) ' });
  });

  test('is not set where there is none, also after the file has come', () => {
    const late = lateValuesOf(container, { ...facts, files: { [a]: '1' } });
    expect(env(late)).toMatchObject({ A: '1', BOTH: '1 $(B)' });
    expect(env(late)).not.toHaveProperty('B');
    expect(lateValuesOf(container, { ...facts, files: { [a]: '2', [b]: '3' } }, late)).toEqual(late);
  });

  test('is told of by its place', () => {
    const late = explainLateValues(container, { ...facts });
    expect(env(late)).toMatchObject({ A: '<key A in a.env of volume conf>' });
  });
});

const service = (name: string, spec: ServiceManifest['spec']): ServiceManifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
});

test('Services with an address are told of as the kubelet does, docker’s links too', () => {
  const links = serviceLinks([
    service('my-db', {
      clusterIP: '10.99.128.9',
      ports: [
        { name: 'sql', port: 5432 },
        { name: 'stats-x', port: 53, protocol: 'UDP' },
      ],
    }),
    service('six', { clusterIP: 'fd00::1', ports: [{ port: 80 }] }),
    service('headless', { clusterIP: 'None', ports: [{ port: 80 }] }),
    service('outside', { type: 'ExternalName', externalName: 'example.com' }),
  ]);
  expect(links).toEqual({
    MY_DB_SERVICE_HOST: '10.99.128.9',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_SERVICE_PORT_SQL: '5432',
    MY_DB_SERVICE_PORT_STATS_X: '53',
    MY_DB_PORT: 'tcp://10.99.128.9:5432',
    MY_DB_PORT_5432_TCP: 'tcp://10.99.128.9:5432',
    MY_DB_PORT_5432_TCP_PROTO: 'tcp',
    MY_DB_PORT_5432_TCP_PORT: '5432',
    MY_DB_PORT_5432_TCP_ADDR: '10.99.128.9',
    MY_DB_PORT_53_UDP: 'udp://10.99.128.9:53',
    MY_DB_PORT_53_UDP_PROTO: 'udp',
    MY_DB_PORT_53_UDP_PORT: '53',
    MY_DB_PORT_53_UDP_ADDR: '10.99.128.9',
    SIX_SERVICE_HOST: 'fd00::1',
    SIX_SERVICE_PORT: '80',
    SIX_PORT: 'tcp://[fd00::1]:80',
    SIX_PORT_80_TCP: 'tcp://[fd00::1]:80',
    SIX_PORT_80_TCP_PROTO: 'tcp',
    SIX_PORT_80_TCP_PORT: '80',
    SIX_PORT_80_TCP_ADDR: 'fd00::1',
  });
});
