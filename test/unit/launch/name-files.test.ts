import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PodNetworkFacts } from '../../../src/launch/launch-context.ts';
import { type NameFacts, planNameFiles, resolvConf } from '../../../src/launch/name-files.ts';
import type { DnsSpec, NamespaceMode, NamesSpec } from '../../../src/model/pod-spec.ts';
import { aContainer, aHost, aPod } from './a-pod.ts';

const network: PodNetworkFacts = {
  addresses: { ipv4: '10.99.0.5', ipv6: 'fd00::5' },
  dnsAddress: '10.99.128.10',
  clusterDomain: 'cluster.local',
};
const dns = (change: Partial<DnsSpec>): NamesSpec => ({
  dns: { policy: 'ClusterFirst', nameservers: [], searches: [], options: [], ...change },
});

/** A container of pod `demo`, by its names and the network it is in. */
const facts = (names: NamesSpec = {}, net: NamespaceMode = 'pod', change: Partial<NameFacts> = {}): NameFacts => ({
  pod: aPod([], { hostname: 'demo' }),
  container: aContainer('web', { names, namespaces: { net } }),
  hostname: 'demo',
  host: aHost({
    resolvConf: 'nameserver 10.0.0.53\nsearch lan\noptions edns0 ndots:1\n',
    hosts: '127.0.0.1 localhost\n# a comment\n10.1.1.1\tnas nas.lan # mine\nnonsense here\n',
  }),
  network,
  ...change,
});
const { network: _, ...alone } = facts();
const fileOf = (given: NameFacts, path: string): string =>
  planNameFiles(given).flatMap((op) => (op.op === 'file' && op.path === path ? [op.content] : []))[0] ?? '';
const hosts = (given: NameFacts) => fileOf(given, '/etc/hosts');
const resolver = (given: NameFacts) => fileOf(given, '/etc/resolv.conf').trimEnd().split('\n');

describe('resolvConf', () => {
  test.each([
    ['keeps servers and search domains', 'nameserver 1.1.1.1\nsearch a.b c\n', 'nameserver 1.1.1.1\nsearch a.b c\n'],
    ['drops comments and unknown words', '# x\nfoo bar\nnameserver ::1', 'nameserver ::1\n'],
    ['drops a line with a NUL', 'nameserver 1.1.1.1\0\nnameserver 2.2.2.2', 'nameserver 2.2.2.2\n'],
    ['drops a line with a carriage return inside', 'search a\rnameserver 6.6.6.6', ''],
  ])('%s', (_, text, expected) => {
    expect(resolvConf(text)).toBe(expected);
  });

  test('gives printable lines whatever the host has', () => {
    const words = fc.constantFrom('nameserver', 'search ', 'options', '\n', '\0', '\r', ' ', '1.1.1.1', 'é', '\t');
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        expect(resolvConf(parts.join(''))).toMatch(/^((nameserver|search|options)[\t -~]+\n)*$/);
      }),
    );
  });
});

describe('/etc/hosts', () => {
  test('names the pod by its addresses', () => {
    expect(fileOf(facts(), '/etc/hostname')).toBe('demo\n');
    expect(hosts(facts())).toContain('10.99.0.5\tdemo\nfd00::5\tdemo\n');
    expect(hosts(facts())).not.toContain('127.0.1.1');
  });

  test.each([
    ['on a machine without a pod network', alone],
    ['without an address', facts({}, 'pod', { network: { dnsAddress: '1.1.1.1', clusterDomain: 'cluster.local' } })],
    ['with a network of the container’s own', facts({}, 'private')],
  ])('names a pod %s by the machine itself', (_, given) => {
    expect(hosts(given)).toContain('127.0.1.1\tdemo\n');
    expect(hosts(given)).not.toContain('10.99.0.5');
  });

  test('has the whole name first, then the hostname', () => {
    expect(hosts(facts({ subdomain: 'ring' }))).toContain('10.99.0.5\tdemo.ring.default.svc.cluster.local\tdemo\n');
    const pod = aPod([], { hostname: 'other.example', shortHostname: 'demo' });
    const override = facts({}, 'pod', { pod, hostname: 'other.example' });
    expect(hosts(override)).toContain('10.99.0.5\tother.example\n');
  });

  test('has the aliases after all else', () => {
    const aliases = [{ ip: '1.2.3.4', hostnames: ['a.local', 'b.local'] }];
    expect(hosts(facts({ aliases })).endsWith('\n\n# Entries added by HostAliases.\n1.2.3.4\ta.local\tb.local\n')).toBe(
      true,
    );
  });

  test('of a container in the machine’s network is the machine’s, with the aliases', () => {
    const aliases = [{ ip: '1.2.3.4', hostnames: ['a.local'] }];
    expect(hosts(facts({ aliases }, 'host'))).toBe(
      '127.0.0.1\tlocalhost\n10.1.1.1\tnas\tnas.lan\n\n# Entries added by HostAliases.\n1.2.3.4\ta.local\n',
    );
  });

  test('takes no line from a name', () => {
    const text = hosts(facts({ aliases: [{ ip: '1.2.3.4\n6.6.6.6', hostnames: ['a\n7.7.7.7 bank'] }] }));
    expect(text).toContain('1.2.3.46.6.6.6\ta7.7.7.7bank\n');
    expect(hosts(facts({}, 'private', { hostname: 'a\n6.6.6.6\tbank' }))).toContain('127.0.1.1\ta6.6.6.6bank\n');
  });
});

describe('/etc/resolv.conf', () => {
  const own = 'search default.svc.cluster.local svc.cluster.local cluster.local lan';

  test('leads to the pods’ resolver, with the machine’s search domains last', () => {
    expect(resolver(facts())).toEqual(['nameserver 10.99.128.10', own, 'options ndots:5']);
    expect(resolver(facts(dns({ policy: 'ClusterFirstWithHostNet' }), 'host'))).toEqual(resolver(facts()));
  });

  test.each([
    ['dnsPolicy Default', facts(dns({ policy: 'Default' }))],
    ['ClusterFirst in the machine’s network', facts({}, 'host')],
    ['a machine without a pod network', alone],
    ['a container with a network of its own', facts({}, 'private')],
  ])('is the machine’s with %s', (_, given) => {
    expect(resolver(given)).toEqual(['nameserver 10.0.0.53', 'search lan', 'options edns0 ndots:1']);
  });

  test('has what dnsConfig adds, each once, and its options over the others', () => {
    const given = dns({
      nameservers: ['1.1.1.1', '10.99.128.10'],
      searches: ['example.com', 'lan'],
      options: [{ name: 'ndots', value: '2' }, { name: 'use-vc' }],
    });
    expect(resolver(facts(given))).toEqual([
      'nameserver 10.99.128.10',
      'nameserver 1.1.1.1',
      `${own} example.com`,
      'options ndots:2 use-vc',
    ]);
    const onHost = dns({ policy: 'Default', searches: ['example.com'] });
    expect(resolver(facts(onHost))).toEqual([
      'nameserver 10.0.0.53',
      'search lan example.com',
      'options edns0 ndots:1',
    ]);
  });

  test('of None has dnsConfig alone', () => {
    expect(resolver(facts(dns({ policy: 'None', nameservers: ['9.9.9.9'] })))).toEqual(['nameserver 9.9.9.9']);
  });

  test('has no line that resolvers do not take', () => {
    const long = Array.from({ length: 60 }, (_, index) => `${'x'.repeat(60)}.${index}.example`);
    const [line = ''] = resolver(facts(dns({ policy: 'None', nameservers: ['9.9.9.9'], searches: long }))).slice(1);
    expect(line.length).toBeLessThanOrEqual('search '.length + 2_048);
    expect(line.split(' ').length).toBeLessThanOrEqual(33);
    const odd = dns({
      policy: 'None',
      nameservers: ['9.9.9.9\nsearch evil'],
      options: [{ name: 'a\nb', value: 'c d' }],
    });
    expect(resolver(facts(odd))).toEqual(['nameserver 9.9.9.9searchevil', 'options ab:cd']);
  });
});
