import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiReply, callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod, type PodSeed } from '../../support/fake-reconciler.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const call = (method: string, path: string, body?: unknown): Promise<ApiReply> =>
  callApi(server.socket, method, path, body);
const inDefault = '/api/v1/namespaces/default';

const aService = (name: string, spec: object = {}, labels = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, labels } },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
});
const apply = (service: ReturnType<typeof aService>) => call('POST', `${inDefault}/services`, service);

function put(name: string, podIP: string, { isReady = true, ...seed }: PodSeed & { readonly isReady?: boolean } = {}) {
  const ready = {
    type: 'Ready',
    status: isReady ? 'True' : 'False',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const;
  const addresses = { podIP, podIPs: [{ ip: podIP }, { ip: `fd00::${podIP.split('.').at(-1)}` }] };
  const status = { conditions: [ready], ...addresses };
  return server.reconciler.put(aPod({ name, labels: { app: 'web' }, status, ...seed }));
}

describe('Endpoints', () => {
  test('are the pods that a Service selects, those that are not ready apart, those that end left out', async () => {
    await apply(aService('web', {}, { tier: 'front' }));
    put('b', '10.99.0.2');
    put('a', '10.99.0.1');
    put('c', '10.99.0.3', { isReady: false });
    put('d', '10.99.0.4', { deletionTimestamp: '2026-01-02T00:00:00Z' });
    put('e', '10.99.0.5', { labels: { app: 'db' } });
    put('f', '10.99.0.6', { namespace: 'other' });
    const { body } = await call('GET', `${inDefault}/endpoints/web`);
    expect(body).toMatchObject({ kind: 'Endpoints', metadata: { name: 'web', labels: { tier: 'front' } } });
    const target = (name: string) => ({ kind: 'Pod', namespace: 'default', name, uid: `uid-default-${name}` });
    expect(body.subsets).toMatchObject([
      {
        addresses: [
          { ip: '10.99.0.1', targetRef: target('a') },
          { ip: '10.99.0.2', targetRef: target('b') },
        ],
        notReadyAddresses: [{ ip: '10.99.0.3', targetRef: target('c') }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
  });

  test('have one subset for each number that a named port has', async () => {
    const spec = (containerPort: number) => ({
      containers: [{ name: 'app', image: 'host', ports: [{ name: 'http', containerPort }] }],
    });
    await apply(aService('web', { ports: [{ port: 80, targetPort: 'http' }] }));
    put('a', '10.99.0.1', { spec: spec(1) });
    put('b', '10.99.0.2', { spec: spec(2) });
    put('c', '10.99.0.3', { spec: spec(1) });
    put('d', '10.99.0.4');
    const { subsets } = (await call('GET', `${inDefault}/endpoints/web`)).body;
    const told = subsets.map((subset: { addresses: { ip: string }[]; ports: { port: number }[] }) => [
      subset.ports.map(({ port }) => port),
      subset.addresses.map(({ ip }) => ip),
    ]);
    expect(told).toEqual([
      [[1], ['10.99.0.1', '10.99.0.3']],
      [[2], ['10.99.0.2']],
    ]);
  });

  test('are listed by namespace and label, without Services that select nobody', async () => {
    await apply(aService('web', {}, { tier: 'front' }));
    await apply(aService('db'));
    await apply(aService('outside', { selector: {} }));
    await apply(aService('alias', { type: 'ExternalName', externalName: 'a.b' }));
    const names = async (path: string) =>
      (await call('GET', path)).body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(await names('/api/v1/endpoints')).toEqual(['db', 'web']);
    expect(await names(`${inDefault}/endpoints?labelSelector=tier%3Dfront`)).toEqual(['web']);
    expect(await names('/api/v1/namespaces/other/endpoints')).toEqual([]);
    expect((await call('GET', `${inDefault}/endpoints/outside`)).body).toMatchObject({
      code: 404,
      message: 'endpoints "outside" not found',
    });
  });

  test('cannot be watched', async () => {
    expect((await call('GET', `${inDefault}/endpoints?watch=1`)).body).toMatchObject({
      reason: 'MethodNotAllowed',
      message: 'endpoints are computed when they are asked for: they cannot be watched',
    });
  });
});

test('EndpointSlices are by family, and name their Service', async () => {
  await apply(aService('web', { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }));
  put('a', '10.99.0.1');
  put('b', '10.99.0.2', { isReady: false });
  const { body } = await call('GET', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices');
  expect(body).toMatchObject({ kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1' });
  const [four, six] = body.items;
  expect(four).toMatchObject({
    ...{ addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] },
    metadata: { name: 'web-ipv4', labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: [
      { addresses: ['10.99.0.1'], conditions: { ready: true, serving: true, terminating: false } },
      { addresses: ['10.99.0.2'], conditions: { ready: false, serving: false } },
    ],
  });
  expect(six).toMatchObject({
    addressType: 'IPv6',
    endpoints: [{ addresses: ['fd00::1'] }, { addresses: ['fd00::2'] }],
  });
});

describe('discovery', () => {
  test('names the groups, and the resources of each', async () => {
    const { groups } = (await call('GET', '/apis')).body;
    const names = groups.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['podctl.dev', 'apps', 'batch', 'networking.k8s.io', 'discovery.k8s.io']);
    for (const name of names) {
      expect((await call('GET', `/apis/${name}`)).body).toMatchObject({ kind: 'APIGroup', name });
      const list = (await call('GET', `/apis/${name}/v1`)).body;
      expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion: `${name}/v1` });
    }
  });

  test('tells the short names of Services and NetworkPolicies', async () => {
    const find = async (path: string, name: string) =>
      (await call('GET', path)).body.resources.find((resource: { name: string }) => resource.name === name);
    expect(await find('/api/v1', 'services')).toMatchObject({
      kind: 'Service',
      shortNames: ['svc'],
      categories: ['all'],
    });
    expect(await find('/apis/networking.k8s.io/v1', 'networkpolicies')).toMatchObject({ shortNames: ['netpol'] });
  });
});

test('NetworkPolicies are created, listed, replaced and deleted in their group', async () => {
  const policies = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny' },
    spec: { podSelector: {} },
  };
  expect((await call('POST', policies, { ...policy, apiVersion: 'v1' })).body.message).toBe(
    'body.apiVersion: must be networking.k8s.io/v1, found "v1"',
  );
  const made = await call('POST', policies, policy);
  expect(made).toMatchObject({ status: 201, body: { kind: 'NetworkPolicy', spec: { podSelector: {} } } });
  expect((await call('GET', policies)).body).toMatchObject({ kind: 'NetworkPolicyList', items: [made.body] });
  const changed = { ...made.body, spec: { podSelector: {}, policyTypes: ['Egress'] } };
  expect((await call('PUT', `${policies}/deny`, changed)).body.spec).toEqual(changed.spec);
  expect((await call('DELETE', `${policies}/deny`)).body).toMatchObject({ details: { kind: 'networkpolicies' } });
  expect((await call('GET', '/apis/networking.k8s.io/v1/networkpolicies')).body.items).toEqual([]);
});
