import { describe, expect, test } from 'vitest';
import { noFiles } from '../../../src/model/materials.ts';
import type {
  DataKey,
  DataKind,
  DataManifest,
  DataManifestOf,
  ServiceManifest,
} from '../../../src/model/object-manifest.ts';
import type { ServiceSpec } from '../../../src/model/service-spec.ts';
import type { ServicePool } from '../../../src/network/plan-service-addresses.ts';
import { judgeManifests } from '../../../src/reconcile/judge-manifests.ts';
import type { FindData } from '../../../src/reconcile/materials-of.ts';
import { type ExistingObjects, planManifests } from '../../../src/reconcile/plan-manifests.ts';
import { aHost } from './builders.ts';

const services: ServicePool = {
  ranges: { pods4: '10.99.0.0/17', services4: '10.99.128.0/17' },
  dnsAddress: '10.99.128.10',
};
const aService = (spec: Partial<ServiceSpec> = {}, name = 'web'): ServiceManifest => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
});

function existing(kept: readonly ServiceManifest[]): ExistingObjects {
  const data: FindData = <K extends DataKind>({ name }: DataKey<K>) =>
    kept.find(({ metadata }) => metadata.name === name) as DataManifestOf<K> | undefined;
  return {
    pod: () => undefined,
    pods: () => [],
    data,
    live: () => undefined,
    everyPod: () => [],
    isEnding: () => false,
    isThere: (uid) => uid === 'ours',
    services: () => kept,
  };
}

function plan(
  kept: readonly ServiceManifest[],
  manifests: readonly ServiceManifest[],
  removed: readonly DataKey[] = [],
) {
  const change = { ...judgeManifests(manifests), removed };
  const { data } = planManifests(change, existing(kept), { host: aHost, files: noFiles, cascade: false, services });
  return data.map(({ manifest, result }) => ({ manifest: manifest as ServiceManifest, result }));
}

/** As podd keeps it. */
function kept(service: ServiceManifest): ServiceManifest {
  const [one] = plan([], [service]);
  if (one === undefined) throw new Error('bug: no plan');
  return one.manifest;
}

test('a Service is kept with Kubernetes’ defaults and what was chosen for it', () => {
  expect(kept(aService({ clusterIP: '', sessionAffinity: 'ClientIP', ports: [{ port: 80, name: '' }] }))).toEqual({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' } },
    spec: {
      ...{ type: 'ClusterIP', selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
      ...{ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } },
      ...{ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
      clusterIP: expect.stringMatching(/^10\.99\.(1[3-9]\d|2\d\d|12[89])\.\d+$/),
      clusterIPs: [expect.any(String)],
    },
  });
});

describe('a Service as a server printed it', () => {
  const printed = (uid: string, spec: Partial<ServiceSpec>) => {
    const service = aService(spec);
    return { ...service, metadata: { ...service.metadata, uid, resourceVersion: '7' } };
  };

  test.each([['10.96.12.34'], ['10.99.128.0']])('of another cluster gets an address of this machine, not %s', (ip) => {
    const { metadata, spec } = kept(printed('theirs', { clusterIP: ip, clusterIPs: [ip] }));
    expect(metadata).toEqual({ name: 'web', namespace: 'default' });
    expect(spec.clusterIP).toMatch(/^10\.99\./);
    expect(spec.clusterIP).not.toBe(ip);
    expect(spec.clusterIPs).toEqual([spec.clusterIP]);
  });

  test.each(['10.99.130.1', 'None'])('keeps an address that it can have here: %s', (clusterIP) => {
    expect(kept(printed('theirs', { clusterIP, clusterIPs: [clusterIP] })).spec.clusterIP).toBe(clusterIP);
  });

  test('by this one is held to its words', () => {
    expect(() => kept(printed('ours', { clusterIP: '10.96.12.34' }))).toThrow('is not in the range of Services');
  });
});

describe('an apply of a Service that is there', () => {
  const changes = (before: Partial<ServiceSpec>, after: Partial<ServiceSpec>) =>
    plan([kept(aService(before))], [aService(after)])[0]?.result.changes.map(({ field, from, to }) => [
      field,
      from,
      to,
    ]);

  test.each<[string, Partial<ServiceSpec>]>([
    ['plain', {}],
    ['NodePort', { type: 'NodePort' }],
    ['LoadBalancer', { type: 'LoadBalancer' }],
    ['headless', { clusterIP: 'None' }],
    ['with affinity', { sessionAffinity: 'ClientIP' }],
    ['another name', { type: 'ExternalName', externalName: 'a.b' }],
  ])('as it was changes nothing: %s', (_, spec) => {
    expect(changes(spec, spec)).toEqual([]);
    const same = kept(aService(spec));
    expect(plan([same], [same])[0]?.result.outcome).toBe('unchanged');
  });

  test('tells ports by their number, and what is chosen anew', () => {
    expect(changes({ ports: [{ port: 80 }] }, { ports: [{ port: 80, targetPort: 8080 }] })).toEqual([
      ['spec.ports[80].targetPort', 80, 8080],
    ]);
    expect(changes({}, { type: 'NodePort' })).toEqual([
      ['spec.ports[80].nodePort', undefined, expect.any(Number)],
      ['spec.type', 'ClusterIP', 'NodePort'],
    ]);
  });

  test('costs nothing of what runs', () => {
    const [one] = plan([kept(aService())], [aService({ selector: { app: 'api' } })]);
    expect(one?.result).toMatchObject({
      outcome: 'configured',
      cost: 'nothing',
      changes: [{ field: 'spec.selector.app', why: 'holds for new connections, those that exist go on' }],
    });
  });

  test.each<[string, Partial<ServiceSpec>, Partial<ServiceSpec>, string]>([
    [
      'another address',
      {},
      { clusterIP: '10.99.128.9' },
      'spec.clusterIPs[0]: Invalid value: ["10.99.128.9"]: may not change once set',
    ],
    [
      'none any more',
      {},
      { clusterIP: 'None' },
      'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    ],
    [
      'one where it had none',
      { clusterIP: 'None' },
      {},
      'spec.clusterIPs[0]: Invalid value: []: may not change once set',
    ],
    ['another, as NodePort', {}, { type: 'NodePort', clusterIP: '10.99.128.9' }, 'may not change once set'],
  ])('is refused where its address would change: %s', (_, before, after, message) => {
    expect(() => changes(before, after)).toThrow(message);
  });

  test('may change its address by way of ExternalName', () => {
    const named = kept(aService({ type: 'ExternalName', externalName: 'a.b' }));
    expect(plan([named], [aService({ clusterIP: '10.99.128.9' })])[0]?.manifest.spec.clusterIP).toBe('10.99.128.9');
  });
});

test('what a removed Service had is free for another in the same request', () => {
  const db = kept(aService({ clusterIP: '10.99.128.9' }, 'db'));
  const wanted = aService({ clusterIP: '10.99.128.9' });
  expect(() => plan([db], [wanted])).toThrow(
    'Service "web" is invalid: spec.clusterIP: Invalid value: "10.99.128.9": is in use by service default/db',
  );
  expect(plan([db], [wanted], [{ kind: 'Service', namespace: 'default', name: 'db' }])).toHaveLength(1);
});

test('the pods of a Deployment that is applied beside it are those that a Service finds', () => {
  const labels = { app: 'web' };
  const deployment: DataManifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'host', command: ['true'] }] } },
    },
  };
  const warningsBeside = (...others: readonly DataManifest[]) => {
    const change = { ...judgeManifests([aService({}), ...others]), removed: [] };
    const { data } = planManifests(change, existing([]), { host: aHost, files: noFiles, cascade: false, services });
    return data.flatMap(({ result }) => result.warnings);
  };
  expect(warningsBeside(deployment)).toEqual([]);
  expect(warningsBeside({ ...deployment, metadata: { name: 'web', namespace: 'other' } })).toHaveLength(1);
});
