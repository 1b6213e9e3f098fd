import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aPod } from '../../support/fake-reconciler.ts';
import { podctlAgainstServer } from './podctl-against.ts';

const { podctl, server, scratch } = podctlAgainstServer();

const text = `apiVersion: v1
kind: Service
metadata: {name: web, labels: {tier: front}}
spec:
  type: NodePort
  clusterIP: 10.99.128.7
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
    - {name: dns, port: 53, protocol: UDP, nodePort: 30053}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: front}
spec:
  podSelector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}
  ingress:
    - from: [{podSelector: {matchLabels: {app: lb}}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
      ports: [{port: 80}, {port: 8000, endPort: 8010, protocol: UDP}]
`;

async function applied(): Promise<string> {
  const file = join(scratch(), 'net.yaml');
  writeFileSync(file, text);
  expect((await podctl('apply', '-f', file)).out).toBe(
    'service/web created\nservice/db created\nnetworkpolicy/front created\n',
  );
  return file;
}

function put(name: string, podIP: string, isReady: boolean) {
  const ready = {
    type: 'Ready',
    status: isReady ? 'True' : 'False',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const;
  const state = isReady
    ? { running: { startedAt: '2026-01-01T00:00:00Z' } }
    : { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } };
  const container = {
    name: 'app',
    image: 'host',
    imageID: '',
    ready: isReady,
    started: isReady,
    restartCount: 0,
    state,
  };
  const status = { conditions: [ready], containerStatuses: [container], podIP, podIPs: [{ ip: podIP }] };
  server().reconciler.put(aPod({ name, labels: { app: 'web' }, status }));
}

describe('Services on the command line', () => {
  test('are listed in kubectl’s columns', async () => {
    await applied();
    expect((await podctl('get', 'svc')).out.replaceAll(/ +/g, ' ')).toMatch(
      /^NAME TYPE CLUSTER-IP EXTERNAL-IP PORT\(S\) AGE\ndb ExternalName <none> db\.example\.com <none> \d+\w+\nweb NodePort 10\.99\.128\.7 <none> 80:30080\/TCP,53:30053\/UDP \d+\w+\n$/,
    );
    expect((await podctl('get', 'services', '-o', 'wide', '-l', 'tier=front')).out).toMatch(
      /AGE +SELECTOR\nweb .* +app=web\n$/,
    );
    expect((await podctl('get', 'service/web', '-o', 'name')).out).toBe('service/web\n');
    expect((await podctl('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}')).out).toBe('30080');
    expect((await podctl('get', 'svc', 'web', '-o', 'yaml')).out).toContain('sessionAffinity: None\n');
  });

  test('show who stands behind them', async () => {
    await applied();
    for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) put(name, `10.99.0.${index + 1}`, name !== 'b');
    expect((await podctl('get', 'endpoints')).out.replaceAll(/ +/g, ' ')).toMatch(
      /^NAME ENDPOINTS AGE\nweb 10\.99\.0\.1:8080,10\.99\.0\.1:53,10\.99\.0\.3:8080 \+ 3 more\.\.\. \d+\w+\n$/,
    );
    expect((await podctl('get', 'ep', 'web', '-o', 'name')).out).toBe('endpoints/web\n');
    expect(await podctl('get', 'ep', '-w')).toMatchObject({
      code: 2,
      err: expect.stringContaining('endpoints are computed: they cannot be watched'),
    });
  });

  test('are described with their endpoints, and with the pods that are not ready and why', async () => {
    await applied();
    put('a', '10.99.0.1', true);
    put('b', '10.99.0.2', false);
    expect((await podctl('describe', 'service', 'web')).out).toBe(`Name:              web
Namespace:         default
Labels:            tier=front
Annotations:       <none>
Selector:          app=web
Type:              NodePort
IP:                10.99.128.7
IPs:               10.99.128.7
Port:              http  80/TCP
TargetPort:        8080/TCP
NodePort:          http  30080/TCP
Endpoints:         10.99.0.1:8080
Port:              dns  53/UDP
TargetPort:        53/UDP
NodePort:          dns  30053/UDP
Endpoints:         10.99.0.1:53
Session Affinity:  None
Not Ready:
  b: container app: CrashLoopBackOff: back-off 10s
`);
    expect((await podctl('describe', 'svc', 'db')).out).toContain('External Name:     db.example.com\n');
  });

  test('are deleted by name, selector and file', async () => {
    const file = await applied();
    expect((await podctl('delete', 'svc', 'web')).out).toBe('service "web" deleted\n');
    const { out, err } = await podctl('delete', '-f', file);
    expect(out).toBe('service "db" deleted\nnetworkpolicy "front" deleted\n');
    expect(err).toContain('services "web" not found');
    expect((await podctl('delete', 'endpoints', 'web')).err).toContain('endpoints go with their Service');
  });
});

test('NetworkPolicies are listed and described', async () => {
  await applied();
  expect((await podctl('get', 'netpol')).out).toMatch(
    /^NAME +POD-SELECTOR +AGE\nfront +app=web,tier in \(a,b\) +\d+\w+\n$/,
  );
  expect((await podctl('describe', 'networkpolicy', 'front')).out).toBe(`Name:         front
Namespace:    default
Labels:       <none>
Annotations:  <none>
Spec:
  PodSelector:     app=web,tier in (a,b)
  Allowing ingress traffic:
    To Port: 80/TCP
    To Port: 8000-8010/UDP
    From:
      PodSelector: app=lb
    From:
      IPBlock:
        CIDR: 10.0.0.0/8
        Except: 10.1.0.0/16
  Not affecting egress traffic
  Policy Types: Ingress
`);
});
