import { describe, expect, test } from 'vitest';
import { answers, aPod, aService, ask, someDns } from './a-zone.ts';

const http = { name: 'http', protocol: 'TCP', port: 80 } as const;
const dns = someDns({
  pods: [
    aPod({ name: 'web', ipv4: '10.99.0.2', ipv6: 'fd12:3456:789a::2' }),
    aPod({ name: 'api', ipv4: '10.99.0.3', hostname: 'front' }),
    aPod({ name: 'web', namespace: 'other', ipv4: '10.99.0.4' }),
    aPod({ name: 'cart', ipv4: '10.99.0.5' }),
    aPod({ name: 'db-0', ipv4: '10.99.0.6', subdomain: 'db' }),
    aPod({ name: 'db-1', ipv4: '10.99.0.7', subdomain: 'db' }),
    aPod({ name: 'lone', ipv4: '10.99.0.8', subdomain: 'alone' }),
    aPod({ name: 'idle', ipv4: '10.99.0.9' }),
    aPod({ name: 'with.dots', ipv4: '10.99.0.10' }),
  ],
  services: [
    aService({ name: 'cart', ips: ['10.99.128.20', 'fd12:3456:789a:1::14'], ports: [http] }),
    aService({
      name: 'db',
      ports: [{ name: 'sql', protocol: 'TCP', port: 5432 }],
      endpoints: [
        {
          hostname: 'db-0',
          addresses: { ipv4: '10.99.0.6' },
          ports: [{ name: 'sql', protocol: 'TCP', port: 15432 }],
        },
        { addresses: { ipv4: '10.99.0.7' }, ports: [] },
      ],
    }),
    aService({ name: 'idle' }),
    aService({ name: 'outside', externalName: 'www.example.com.' }),
    aService({ name: 'alias', externalName: 'cart.default.svc.cluster.local' }),
    aService({ name: 'circle', externalName: 'circle.default.svc.cluster.local' }),
  ],
});

describe('what a name is', () => {
  test.each([
    ['a pod, through the search list', 'web.default.svc.cluster.local', 'A', ['A 10.99.0.2']],
    ['a pod by IPv6', 'web.default.svc.cluster.local', 'AAAA', ['AAAA fd12:3456:789a::2']],
    ['a pod in whatever case', 'WEB.Default.SVC.cluster.LOCAL', 'A', ['A 10.99.0.2']],
    ['a pod of another namespace', 'web.other.svc.cluster.local', 'A', ['A 10.99.0.4']],
    ['a pod with dots in its name', 'with.dots.default.svc.cluster.local', 'A', ['A 10.99.0.10']],
    ['a pod by its hostname', 'front.default.svc.cluster.local', 'A', ['A 10.99.0.3']],
    ['a pod without an address of that family', 'api.default.svc.cluster.local', 'AAAA', 'NOERROR'],
    ['a pod by its address', '10-99-0-3.default.pod.cluster.local', 'A', ['A 10.99.0.3']],
    ['a pod by its IPv6 address', 'fd12-3456-789a--2.default.pod.cluster.local', 'AAAA', ['AAAA fd12:3456:789a::2']],
    ['an address that no pod has', '10-99-0-77.default.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['an address in the wrong namespace', '10-99-0-3.other.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['a Service before a pod of that name', 'cart.default.svc.cluster.local', 'A', ['A 10.99.128.20']],
    ['a Service by IPv6', 'cart.default.svc.cluster.local', 'AAAA', ['AAAA fd12:3456:789a:1::14']],
    [
      'a port of a Service',
      '_http._tcp.cart.default.svc.cluster.local',
      'SRV',
      ['SRV 80 cart.default.svc.cluster.local'],
    ],
    ['all ports of a Service', 'cart.default.svc.cluster.local', 'SRV', ['SRV 80 cart.default.svc.cluster.local']],
    ['a port that is not there', '_https._tcp.cart.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['a port of the other protocol', '_http._udp.cart.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['what only leads to ports', '_tcp.cart.default.svc.cluster.local', 'SRV', 'NOERROR'],
    ['an endpoint with a hostname', 'db-0.db.default.svc.cluster.local', 'A', ['A 10.99.0.6']],
    ['an endpoint without a hostname', '10-99-0-7.db.default.svc.cluster.local', 'A', ['A 10.99.0.7']],
    ['a pod that is no endpoint of its subdomain', 'db-1.db.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['a subdomain without any Service', 'lone.alone.default.svc.cluster.local', 'A', ['A 10.99.0.8']],
    ['a headless Service without endpoints', 'idle.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['an unknown name', 'nobody.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['a name outside behind our search list', 'example.com.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['a namespace', 'default.svc.cluster.local', 'A', 'NOERROR'],
    ['the domain', 'cluster.local', 'NS', ['NS ns.dns.cluster.local']],
    ['the resolver', 'ns.dns.cluster.local', 'A', ['A 10.99.128.10']],
    ['the version of the specification', 'dns-version.cluster.local', 'TXT', ['TXT 1.1.0']],
    ['any type', 'web.default.svc.cluster.local', 'ANY', 'NOERROR'],
    ['a type that nobody has', 'web.default.svc.cluster.local', 'MX', 'NOERROR'],
    ['a type without a name', 'web.default.svc.cluster.local', 'UNKNOWN_65', 'NOERROR'],
    ['a zone transfer', 'cluster.local', 'AXFR', 'REFUSED'],
    ['the address of a pod', '2.0.99.10.in-addr.arpa', 'PTR', ['PTR web.default.svc.cluster.local']],
    [
      'the address of an endpoint with a hostname',
      '6.0.99.10.in-addr.arpa',
      'PTR',
      ['PTR db-0.db.default.svc.cluster.local'],
    ],
    [
      'the address of a pod whose name a Service has',
      '5.0.99.10.in-addr.arpa',
      'PTR',
      ['PTR 10-99-0-5.default.pod.cluster.local'],
    ],
    ['the address of a Service', '20.128.99.10.in-addr.arpa', 'PTR', ['PTR cart.default.svc.cluster.local']],
    [
      'an IPv6 address',
      '2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.a.9.8.7.6.5.4.3.2.1.d.f.ip6.arpa',
      'PTR',
      ['PTR web.default.svc.cluster.local'],
    ],
    ['an address that nobody has', '1.2.3.4.in-addr.arpa', 'PTR', ['TXT forwarded 1.2.3.4.in-addr.arpa']],
    ['localhost', 'localhost', 'A', ['A 127.0.0.1']],
    ['a name below localhost', 'app.localhost', 'AAAA', ['AAAA ::1']],
    ['a name outside', 'www.example.com', 'A', ['TXT forwarded www.example.com']],
    ['a single unknown label', 'nobody', 'A', 'NXDOMAIN'],
    ['a top-level domain, as resolvers that validate ask', 'com', 'DS', ['TXT forwarded com']],
    ['the root', '.', 'NS', ['TXT forwarded .']],
    [
      'an alias inside',
      'alias.default.svc.cluster.local',
      'A',
      ['CNAME cart.default.svc.cluster.local', 'A 10.99.128.20'],
    ],
    ['an alias itself', 'outside.default.svc.cluster.local', 'CNAME', ['CNAME www.example.com']],
    ['an alias of itself', 'circle.default.svc.cluster.local', 'A', 'SERVFAIL'],
  ])('%s', async (_what, name, type, expected) => {
    expect(await answers(dns, name, type)).toEqual(expected);
  });

  test('all endpoints of a headless Service are told, and their ports', async () => {
    expect(await answers(dns, 'db.default.svc.cluster.local', 'A')).toEqual(['A 10.99.0.6', 'A 10.99.0.7']);
    expect(await answers(dns, '_sql._tcp.db.default.svc.cluster.local', 'SRV')).toEqual([
      'SRV 15432 db-0.db.default.svc.cluster.local',
      'SRV 5432 10-99-0-7.db.default.svc.cluster.local',
    ]);
  });

  test('addresses of SRV targets come along', async () => {
    const reply = await ask(dns, '_sql._tcp.db.default.svc.cluster.local', 'SRV');
    expect(reply.additionals).toMatchObject([
      { type: 'A', name: 'db-0.db.default.svc.cluster.local', data: '10.99.0.6' },
      { type: 'A', name: '10-99-0-7.db.default.svc.cluster.local', data: '10.99.0.7' },
    ]);
  });

  test('an ExternalName is followed outside', async () => {
    const reply = await ask(dns, 'outside.default.svc.cluster.local', 'TXT');
    expect(reply.answers).toMatchObject([
      { type: 'CNAME', name: 'outside.default.svc.cluster.local', data: 'www.example.com' },
      { type: 'TXT', name: 'www.example.com' },
    ]);
  });
});

describe('names written in full are looked up near the one who asks', () => {
  test.each([
    ['web', '10.99.0.3', ['A 10.99.0.2']],
    ['web', '10.99.0.4', ['A 10.99.0.4']],
    ['web', '192.0.2.1', ['A 10.99.0.2']],
    ['web.other', '10.99.0.2', ['A 10.99.0.4']],
    ['web.other.svc', '10.99.0.2', ['A 10.99.0.4']],
    ['db-0.db', '10.99.0.2', ['A 10.99.0.6']],
    ['front', '10.99.0.2', ['A 10.99.0.3']],
    ['front', '10.99.0.4', 'NXDOMAIN'],
    ['default', '10.99.0.2', 'NXDOMAIN'],
    ['default.svc', '10.99.0.2', ['TXT forwarded default.svc']],
  ])('%s, asked by %s', async (name, from, expected) => {
    expect(await answers(dns, name, 'A', { from })).toEqual(expected);
  });
});

describe('absence', () => {
  test.each(['nobody.default.svc.cluster.local', 'default.svc.cluster.local'])(
    '%s is told with the SOA',
    async (name) => {
      const reply = await ask(dns, name, 'A');
      expect(reply.flag_aa).toBe(true);
      expect(reply.authorities).toMatchObject([
        { type: 'SOA', name: 'cluster.local', ttl: 5, data: { mname: 'ns.dns.cluster.local', minimum: 5 } },
      ]);
    },
  );

  test('a forwarder that has no reply is a failure, at once', async () => {
    const forwarder = { ask: () => Promise.reject(new Error('no upstream')) };
    expect(await answers(dns, 'www.example.com', 'A', { forwarder })).toBe('SERVFAIL');
    expect(await answers(dns, 'outside.default.svc.cluster.local', 'A', { forwarder })).toBe('SERVFAIL');
  });
});
