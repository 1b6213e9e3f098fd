/** NetworkPolicies through podd: real pods, real connections, judged by what the API's documentation says. */
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { NetworkPod } from '../../src/model/network-pod.ts';
import type { NetworkPolicyManifest } from '../../src/model/object-manifest.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { initPid, isReady } from '../support/pods.ts';
import { aNetworkPod, aPolicy } from '../support/policy-builders.ts';
import { isPermitted } from '../support/policy-reference.ts';
import { waitFor } from '../support/wait-for.ts';

const ports = [
  { name: 'http', containerPort: 80, protocol: 'TCP' },
  { name: 'sql', containerPort: 5432, protocol: 'TCP' },
] as const;

const server =
  "for (const port of [80, 5432]) require('node:net').createServer((s) => s.on('error', () => {}).end('ok')).listen(port)";

/** Answers on two ports; `probe`: a program that runs first. */
function aServer(name: string, namespace: string, labels: Readonly<Record<string, string>>) {
  const processes = [
    {
      name: 'server',
      essential: true,
      command: ['node', '-e', server],
      readiness: { tcpSocket: { port: 5432 } },
    },
  ];
  return {
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'host', ports, processes }] },
  };
}

const db = aServer('db', 'default', { app: 'db' });
const api = aServer('api', 'default', { app: 'api', role: 'backend' });
const batch = aServer('batch', 'default', { app: 'batch' });
const guest = aServer('guest', 'other', { app: 'api' });
const servers = [db, api, batch, guest];

/** Asks all of `[host, port]` at once; prints for each whether it was answered, or why not. */
const asking = `
const net = require('node:net');
const ask = ([host, port]) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 1500 });
  socket.on('data', () => { socket.destroy(); resolve('ok'); });
  socket.on('timeout', () => { socket.destroy(); resolve('nothing'); });
  socket.on('error', ({ code }) => resolve(code));
});
Promise.all(JSON.parse(process.argv[1]).map(ask)).then((answers) => console.log(JSON.stringify(answers)));
`;

type Target = readonly [host: string, port: number];

/** In the pod's network, from the machine: podd has no part in it. */
async function askFrom(pid: number, targets: readonly Target[]): Promise<readonly string[]> {
  const { stdout } = await execa('nsenter', [
    '-t',
    `${pid}`,
    '-n',
    process.execPath,
    '-e',
    asking,
    JSON.stringify(targets),
  ]);
  return JSON.parse(stdout);
}

describeReal('NetworkPolicies', () => {
  let instance: Instance;
  const shown = new Map<string, PodObject>();

  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply(...servers);
    for (const { metadata } of servers) {
      const pod = await waitFor(`${metadata.name} is ready`, async () => {
        const seen = await instance.getPod(metadata.name, metadata.namespace);
        return seen !== undefined && isReady(seen) && seen;
      });
      shown.set(metadata.name, pod);
    }
  });
  afterAll(() => instance.stop());

  const policyPath = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
  afterEach(async () => {
    const { body } = await instance.api('GET', policyPath);
    for (const { metadata } of body.items) await instance.api('DELETE', `${policyPath}/${metadata.name}`);
    await instance.apply(...servers);
  });

  const addressesOf = (name: string) => {
    const [ipv4 = '', ipv6] = shown.get(name)?.status.podIPs?.map(({ ip }) => ip) ?? [];
    return { ipv4, ...(ipv6 === undefined ? {} : { ipv6 }) };
  };

  /** As the reference takes them, labels as `manifests` have them. */
  const networkPods = (manifests: typeof servers): readonly NetworkPod[] =>
    manifests.map(({ metadata: { name, namespace, labels } }) =>
      aNetworkPod(name, 0, { namespace, labels, ports, addresses: addressesOf(name) }),
    );

  /** Who reached whom, and who should have, as `api>db:80`. */
  async function connections(policies: readonly NetworkPolicyManifest[], manifests = servers) {
    const pods = networkPods(manifests);
    const pairs = pods.flatMap((source) =>
      pods
        .filter((other) => other !== source)
        .flatMap((destination) =>
          (['ipv4', 'ipv6'] as const).flatMap((family) =>
            ports.map(({ containerPort: port }) => ({
              source,
              text: `${source.name}>${destination.name}:${port} ${family}`,
              host: destination.addresses?.[family] ?? '',
              packet: {
                source: source.addresses?.[family] ?? '',
                destination: destination.addresses?.[family] ?? '',
                protocol: 'TCP' as const,
                port,
              },
            })),
          ),
        ),
    );
    const there = pairs.filter(({ host }) => host !== '');
    const heard = await Promise.all(
      pods.map(async (source) => {
        const own = there.filter((pair) => pair.source === source);
        const pod = shown.get(source.name);
        const answers = await askFrom(
          pod ? initPid(pod) : -1,
          own.map(({ host, packet }) => [host, packet.port]),
        );
        return own.flatMap(({ text }, index) => (answers[index] === 'ok' ? [text] : []));
      }),
    );
    const wanted = there.filter(({ packet }) => isPermitted(policies, pods, packet)).map(({ text }) => text);
    return { heard: heard.flat().sort(), wanted: wanted.sort() };
  }

  const deny = aPolicy({ podSelector: {}, policyTypes: ['Ingress'] }, { name: 'deny' });
  const toDb = aPolicy(
    {
      podSelector: { matchLabels: { app: 'db' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { role: 'backend' } } }], ports: [{ port: 'sql' }] }],
    },
    { name: 'db' },
  );
  const fromOther = aPolicy(
    {
      podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['api', 'batch'] }] },
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } }],
          ports: [{ port: 1, endPort: 100 }],
        },
      ],
      egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 'http' }] }],
    },
    { name: 'other' },
  );

  test('let through what Kubernetes says, and change while pods run', async () => {
    const open = await connections([]);
    expect(open.heard).toEqual(open.wanted);
    expect(open.wanted.length).toBeGreaterThanOrEqual(24);
    for (const policies of [[deny], [deny, toDb], [toDb, fromOther], [deny, toDb, fromOther]]) {
      await instance.apply(...policies);
      const { heard, wanted } = await connections(policies);
      expect(heard).toEqual(wanted);
      expect(wanted.length).toBeLessThan(open.wanted.length);
      for (const { metadata } of policies) await instance.api('DELETE', `${policyPath}/${metadata.name}`);
    }
    expect((await connections([])).heard).toEqual(open.heard);
  });

  test('follow the labels of pods', async () => {
    await instance.apply(toDb);
    expect((await connections([toDb])).heard).not.toContain('batch>db:5432 ipv4');
    const promoted = aServer('batch', 'default', { app: 'batch', role: 'backend' });
    await instance.apply(promoted);
    const { heard, wanted } = await connections([toDb], [db, api, promoted, guest]);
    expect(heard).toEqual(wanted);
    expect(heard).toContain('batch>db:5432 ipv4');
    expect((await instance.getPod('batch'))?.status.containerStatuses[0]?.restartCount).toBe(0);
  });

  test('hold while podd is down, and with the next podd', async () => {
    await instance.apply(deny, toDb);
    const before = await connections([deny, toDb]);
    await instance.killPodd();
    expect((await connections([deny, toDb])).heard).toEqual(before.wanted);
    await instance.startPodd();
    expect((await connections([deny, toDb])).heard).toEqual(before.wanted);
  });

  test('isolate a pod before its first program starts', async () => {
    const denied = aPolicy(
      { podSelector: { matchLabels: { app: 'young' } }, policyTypes: ['Egress'] },
      { name: 'young' },
    );
    await instance.apply(denied);
    const targets = JSON.stringify([[addressesOf('db').ipv4, 5432]]);
    const names = Array.from({ length: 5 }, (_, index) => `young-${index}`);
    await instance.apply(
      ...names.map((name) => ({
        apiVersion: 'podctl.dev/v1',
        kind: 'Pod',
        metadata: { name, labels: { app: 'young' } },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 0,
          // no interpreter has to be loaded first
          containers: [
            {
              name: 'main',
              image: 'host',
              command: ['bash', '-c', `: < /dev/tcp/${addressesOf('db').ipv4}/5432 && echo reached`],
            },
          ],
        },
      })),
    );
    for (const name of names) {
      await instance.waitForPod(name, 'ended', ({ status }) => ['Succeeded', 'Failed'].includes(status.phase));
      expect(await instance.logs(name), targets).toContain('Connection refused');
    }
    for (const name of names) await instance.deletePod(name, 0);
  });

  test('let the machine reach its pods, and are told of pods in the machine’s network', async () => {
    await instance.apply(aPolicy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, { name: 'all' }));
    const targets = [addressesOf('db').ipv4, addressesOf('db').ipv6 ?? '']
      .filter(Boolean)
      .map((host): Target => [host, 80]);
    expect(await askFrom(process.pid, targets)).toEqual(targets.map(() => 'ok'));
    const agent = {
      ...aServer('agent', 'default', { app: 'agent' }),
      spec: {
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'host', command: ['sleep', 'infinity'] }],
      },
    };
    await instance.apply(agent);
    const told = await instance.podctl(['apply', '-f', '-'], { stdin: JSON.stringify(deny) });
    expect(told.stderr + told.stdout).toContain('pod agent uses the machine’s network: it is not isolated');
    await instance.deletePod('agent', 0);
  });
});
