import { describe, expect, test } from 'vitest';
import type { AllowState } from '../../../src/model/network.ts';
import type { NetworkPod } from '../../../src/model/network-pod.ts';
import type { NetworkPolicyManifest } from '../../../src/model/object-manifest.ts';
import type { NetworkPolicySpec } from '../../../src/model/service-spec.ts';
import { planIsolations } from '../../../src/network/plan-isolations.ts';
import { aNetworkPod, aPolicy } from '../../support/policy-builders.ts';
import { passes } from '../../support/policy-reference.ts';

const named = (name: string, containerPort: number, protocol: 'TCP' | 'UDP' = 'TCP') => ({
  name,
  containerPort,
  protocol,
});

const web = aNetworkPod('web', 1, { ports: [named('http', 80)] });
const db = aNetworkPod('db', 2, { labels: { app: 'db', role: 'db' }, ports: [named('sql', 5432)] });
const job = aNetworkPod('job', 3, { labels: { app: 'job', role: 'client' } });
const other = aNetworkPod('web', 4, { namespace: 'other', ports: [named('http', 8080)] });
const pods = [web, db, job, other];
const everyone: Readonly<Record<string, string>> = {
  web: '10.99.0.1',
  db: '10.99.0.2',
  job: '10.99.0.3',
  'other/web': '10.99.0.4',
  internet: '192.0.2.1',
};

/** Who reaches whom on TCP port 80, as `web>db`. */
function reaching(policies: readonly NetworkPolicyManifest[], port = 80): readonly string[] {
  const isolations = planIsolations(policies, pods);
  return Object.entries(everyone).flatMap(([from, source]) =>
    Object.entries(everyone)
      .filter(([to]) => to !== from)
      .filter(([, destination]) => passes(isolations, { source, destination, protocol: 'TCP', port }))
      .map(([to]) => `${from}>${to}`),
  );
}

const all = reaching([]);
const without = (test: (pair: string) => boolean): readonly string[] => all.filter((pair) => !test(pair));

test('a namespace has the labels of its object beside its name', () => {
  const spec: NetworkPolicySpec = {
    podSelector: { matchLabels: { app: 'db' } },
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { project: 'x' } } }] }],
  };
  const isolations = planIsolations([aPolicy(spec)], pods, (namespace) =>
    namespace === 'other' ? { project: 'x' } : undefined,
  );
  const reaches = (source: string): boolean =>
    passes(isolations, { source, destination: '10.99.0.2', protocol: 'TCP', port: 80 });
  expect([reaches('10.99.0.4'), reaches('10.99.0.1')]).toEqual([true, false]);
});

/** The recipes of kubernetes.io/docs/concepts/services-networking/network-policies. */
describe('recipes', () => {
  const inDefault = (name: string): boolean => name !== 'internet' && !name.startsWith('other');
  const from = (pair: string): string => pair.split('>')[0] ?? '';
  const to = (pair: string): string => pair.split('>')[1] ?? '';
  const cases: readonly [string, NetworkPolicySpec | undefined, readonly string[]][] = [
    ['default deny all ingress', { podSelector: {}, policyTypes: ['Ingress'] }, without((pair) => inDefault(to(pair)))],
    ['a policy without a spec denies all ingress', undefined, without((pair) => inDefault(to(pair)))],
    ['allow all ingress', { podSelector: {}, ingress: [{}], policyTypes: ['Ingress'] }, all],
    ['default deny all egress', { podSelector: {}, policyTypes: ['Egress'] }, without((pair) => inDefault(from(pair)))],
    ['allow all egress', { podSelector: {}, egress: [{}], policyTypes: ['Egress'] }, all],
    [
      'default deny all',
      { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      without((pair) => inDefault(from(pair)) || inDefault(to(pair))),
    ],
    [
      'egress is isolated as well where there are rules for it',
      {
        podSelector: { matchLabels: { app: 'job' } },
        egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }],
      },
      without((pair) => to(pair) === 'job' || (from(pair) === 'job' && to(pair) !== 'db')),
    ],
    [
      'an empty list of egress rules isolates nothing by itself',
      { podSelector: { matchLabels: { app: 'job' } }, egress: [] },
      without((pair) => to(pair) === 'job'),
    ],
    [
      'rules of a direction that is not among the types are not read',
      { podSelector: { matchLabels: { app: 'job' } }, policyTypes: ['Ingress'], ingress: [{}], egress: [] },
      all,
    ],
    [
      'allow from an application',
      {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
      },
      without((pair) => to(pair) === 'db' && pair !== 'web>db'),
    ],
    [
      'deny from other namespaces',
      { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] },
      without((pair) => inDefault(to(pair)) && !inDefault(from(pair))),
    ],
    [
      'allow from a namespace',
      {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } }] }],
      },
      without((pair) => to(pair) === 'db' && pair !== 'other/web>db'),
    ],
    [
      'allow from all namespaces, not from outside',
      { podSelector: { matchLabels: { app: 'db' } }, ingress: [{ from: [{ namespaceSelector: {} }] }] },
      without((pair) => pair === 'internet>db'),
    ],
    [
      'a selector of pods AND namespaces in one entry',
      {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [
          {
            from: [
              {
                namespaceSelector: {
                  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['default'] }],
                },
                podSelector: { matchLabels: { app: 'web' } },
              },
            ],
          },
        ],
      },
      without((pair) => to(pair) === 'db' && pair !== 'other/web>db'),
    ],
    [
      'a selector of pods OR namespaces in two entries',
      {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [
          {
            from: [
              { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } },
              { podSelector: { matchLabels: { role: 'client' } } },
            ],
          },
        ],
      },
      without((pair) => to(pair) === 'db' && pair !== 'other/web>db' && pair !== 'job>db'),
    ],
    [
      'a namespace has no other label than its name',
      {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { project: 'x' } } }] }],
      },
      without((pair) => to(pair) === 'db'),
    ],
    [
      'a block of addresses without a part of it',
      {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ ipBlock: { cidr: '10.99.0.0/29', except: ['10.99.0.2/31'] } }] }],
      },
      without((pair) => to(pair) === 'db' && pair !== 'web>db' && pair !== 'other/web>db'),
    ],
    [
      'a peer list that selects nobody is not the empty list',
      { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'gone' } } }] }] },
      without((pair) => inDefault(to(pair))),
    ],
    [
      'empty lists of peers and ports are everybody and every port',
      { podSelector: {}, ingress: [{ from: [], ports: [] }] },
      all,
    ],
    [
      'a named port is the pod’s own',
      { podSelector: {}, ingress: [{ ports: [{ port: 'http' }] }] },
      without((pair) => to(pair) === 'db' || to(pair) === 'job'),
    ],
    [
      'a named port of another protocol is none',
      { podSelector: {}, ingress: [{ ports: [{ port: 'http', protocol: 'UDP' }] }] },
      without((pair) => inDefault(to(pair))),
    ],
    [
      'a named port of egress is that of the peer',
      {
        podSelector: { matchLabels: { app: 'job' } },
        policyTypes: ['Egress'],
        egress: [{ ports: [{ port: 'http' }] }],
      },
      without((pair) => from(pair) === 'job' && pair !== 'job>web'),
    ],
    ['a range of ports', { podSelector: {}, ingress: [{ ports: [{ port: 79, endPort: 81 }] }] }, all],
    [
      'a range of ports beside the one that is asked for',
      { podSelector: {}, ingress: [{ ports: [{ port: 81, endPort: 90 }] }] },
      without((pair) => inDefault(to(pair))),
    ],
  ];
  test.each(cases)('%s', (_, spec, expected) => {
    expect(reaching([aPolicy(spec)])).toEqual(expected);
  });

  test('what one of several policies lets through passes', () => {
    const denied = aPolicy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const toDb = aPolicy({
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }],
    });
    const fromWeb = aPolicy({
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
    });
    expect(reaching([denied, toDb]).filter((pair) => pair === 'web>db')).toEqual([]);
    expect(reaching([denied, toDb, fromWeb]).filter((pair) => pair.startsWith('web'))).toEqual(['web>db']);
  });

  test('a policy isolates pods of its own namespace only', () => {
    expect(reaching([aPolicy({ podSelector: {} }, { namespace: 'other' })])).toEqual(
      without((pair) => to(pair) === 'other/web'),
    );
  });
});

/** The allows of the one state there is for `pod`. */
function allowsOf(
  spec: NetworkPolicySpec,
  pod: NetworkPod = db,
  among: readonly NetworkPod[] = pods,
): readonly AllowState[] | undefined {
  const name = `${pod.namespace}/${pod.name}`;
  return planIsolations([aPolicy(spec)], among).find((state) => state.pod === name)?.allows;
}

describe('states', () => {
  const block = (cidr: string) => ({ cidr, except: [] });

  test('both addresses of a peer are let through', () => {
    const from = [{ podSelector: { matchLabels: { app: 'web' } } }];
    expect(allowsOf({ podSelector: {}, ingress: [{ from, ports: [{ port: 80 }] }] })).toEqual([
      { peers: [block('10.99.0.1/32'), block('fd00::1/128')], ports: [{ protocol: 'TCP', from: 80, to: 80 }] },
    ]);
  });

  test('the same peers of several rules are there once, with the ports of all', () => {
    const from = [{ podSelector: { matchLabels: { app: 'web' } } }];
    const rule = (port: number, endPort?: number) => ({ from, ports: [{ port, ...(endPort && { endPort }) }] });
    expect(allowsOf({ podSelector: {}, ingress: [rule(443), rule(80), rule(81, 90), rule(85, 87)] })).toEqual([
      {
        peers: [block('10.99.0.1/32'), block('fd00::1/128')],
        ports: [
          { protocol: 'TCP', from: 80, to: 90 },
          { protocol: 'TCP', from: 443, to: 443 },
        ],
      },
    ]);
  });

  test('everything takes all the rest in', () => {
    expect(allowsOf({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }, {}] })).toEqual([{}]);
  });

  test('all ports of a protocol take its others in', () => {
    expect(
      allowsOf({ podSelector: {}, ingress: [{ ports: [{ protocol: 'UDP', port: 53 }, { protocol: 'UDP' }] }] }),
    ).toEqual([{ ports: [{ protocol: 'UDP' }] }]);
  });

  test('a pod that uses the machine’s addresses is nobody’s peer and is not isolated', () => {
    const host = aNetworkPod('host', 9, { hostNetwork: true, labels: { app: 'web' } });
    const states = planIsolations(
      [aPolicy({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] })],
      [db, host],
    );
    expect(states.map(({ pod }) => pod)).toEqual(['default/db']);
    expect(JSON.stringify(states)).not.toContain('10.99.0.9');
  });

  test('a pod that has no address yet is left out', () => {
    const { addresses: _, ...young } = job;
    expect(planIsolations([aPolicy({ podSelector: {} })], [young])).toEqual([]);
  });

  test('their order does not depend on that of pods and policies', () => {
    const policies = [
      aPolicy({ podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] }),
      aPolicy({ podSelector: {}, ingress: [{ ports: [{ port: 'http' }] }], egress: [{ ports: [{ port: 'http' }] }] }),
      aPolicy({
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.2.0.0/16', '10.1.0.0/16'] } }] }],
      }),
    ];
    const forwards = planIsolations(policies, pods);
    expect(JSON.stringify(planIsolations([...policies].reverse(), [...pods].reverse()))).toBe(JSON.stringify(forwards));
  });

  test('300 pods under 50 policies are planned in a time that podd can afford', () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      aNetworkPod(`pod-${index}`, index, {
        addresses: { ipv4: `10.99.${index >> 8}.${index & 255}`, ipv6: `fd00::${index.toString(16)}` },
        labels: { app: `app-${index % 10}`, all: 'yes' },
        ports: [named('http', 8000 + (index % 7))],
      }),
    );
    const policies = Array.from({ length: 50 }, (_, index) =>
      aPolicy({
        podSelector: index % 2 === 0 ? {} : { matchLabels: { app: `app-${index % 10}` } },
        ingress: [
          { from: [{ podSelector: { matchLabels: { all: 'yes' } } }], ports: [{ port: 'http' }, { port: index + 1 }] },
        ],
        egress: [
          { to: [{ podSelector: {} }], ports: [{ port: 'http' }] },
          { to: [{ ipBlock: { cidr: `10.${index}.0.0/16` } }] },
        ],
      }),
    );
    const before = process.cpuUsage();
    const states = planIsolations(policies, many);
    expect(states).toHaveLength(600);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });
});
