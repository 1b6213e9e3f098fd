/** Names inside of a pod and the network it is in: what is refused, and what is made of what is not. */
import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import { aPod, errorsOf } from './a-manifest.ts';

const ours = (spec: Record<string, unknown>) => ({ ...aPod(spec), apiVersion: 'podctl.dev/v1' });
const normalised = (spec: Record<string, unknown>) => normalisePod(ours(spec) as unknown as PodManifest);
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')";
const address = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

describe('a pod is refused', () => {
  test.each([
    ['with a bad subdomain', { subdomain: 'a.b' }, `spec.subdomain: Invalid value: "a.b": ${label}`],
    [
      'with an alias of no address',
      { hostAliases: [{ ip: 'nas' }] },
      `spec.hostAliases[0].ip: Invalid value: "nas": ${address}`,
    ],
    [
      'with an alias without an address',
      { hostAliases: [{ hostnames: ['a'] }] },
      'spec.hostAliases[0].ip: Invalid value: "": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'with a line in an alias',
      { hostAliases: [{ ip: '1.2.3.4', hostnames: ['a\n6.6.6.6 bank'] }] },
      'spec.hostAliases[0].hostnames[0]: Invalid value: "a\\n6.6.6.6 bank": a lowercase RFC 1123 subdomain',
    ],
    [
      'with dnsPolicy None and no server',
      { dnsPolicy: 'None' },
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
    ],
    [
      'with four servers',
      { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
    ],
    [
      'with a server by its name',
      { dnsConfig: { nameservers: ['dns.google'] } },
      `spec.dnsConfig.nameservers[0]: Invalid value: "dns.google": ${address}`,
    ],
    [
      'with a bad search domain',
      { dnsConfig: { searches: ['a..b'] } },
      'spec.dnsConfig.searches[0]: Invalid value: "a..b": a lowercase RFC 1123 subdomain',
    ],
    [
      'with 33 search domains',
      { dnsConfig: { searches: Array.from({ length: 33 }, (_, index) => `d${index}`) } },
      'must not have more than 32 search paths',
    ],
    [
      'with an option without a name',
      { dnsConfig: { options: [{ value: '2' }] } },
      'spec.dnsConfig.options[0]: Required value: must not be empty',
    ],
    [
      'with a line in an option',
      { dnsConfig: { options: [{ name: 'ndots', value: '2\nnameserver 6.6.6.6' }] } },
      'spec.dnsConfig.options[0].value: Invalid value: "2\\nnameserver 6.6.6.6": must be one word of printable ASCII',
    ],
    [
      'with a whole name that is no hostname',
      { setHostnameAsFQDN: true, hostname: 'h'.repeat(40), subdomain: 'ring' },
      'spec.setHostnameAsFQDN: Invalid value: true: the whole name',
    ],
    [
      'with two ways to a hostname',
      { setHostnameAsFQDN: true, hostnameOverride: 'a.b' },
      'spec.hostnameOverride: Forbidden: may not be set when setHostnameAsFQDN is true',
    ],
    [
      'with another hostname in the machine’s network',
      { hostNetwork: true, hostnameOverride: 'a.b' },
      'spec.hostnameOverride: Forbidden: may not be set when hostNetwork is true',
    ],
    ['with a hostname of 65 characters', { hostnameOverride: 'a'.repeat(65) }, 'must be no more than 64 characters'],
    ['with an unknown policy', { dnsPolicy: 'Cluster' }, 'spec.dnsPolicy: Unsupported value: "Cluster"'],
  ])('%s', (_, spec, message) => {
    expect(errorsOf(aPod(spec))).toEqual([expect.stringContaining(message)]);
  });

  test('with network in v1, or with two networks', () => {
    expect(errorsOf(aPod({ network: 'none' }))).toEqual([expect.stringContaining('spec.network: unknown field')]);
    expect(errorsOf(ours({ network: 'none', hostNetwork: true }))).toEqual([
      'spec.network: Forbidden: may not be none when hostNetwork is true',
    ]);
    expect(errorsOf(ours({ network: 'bridge' }))).toEqual([expect.stringContaining('spec.network: Unsupported value')]);
  });
});

test('search domains may end in a dot and have underscores', () => {
  expect(errorsOf(aPod({ dnsConfig: { searches: ['.', 'a.b.', '_tcp.a'] } }))).toEqual([]);
});

test('a hostPort of a pod without a network leads nowhere, and that is said', () => {
  const containers = [{ name: 'a', image: 'host', command: ['x'], ports: [{ containerPort: 1, hostPort: 1 }] }];
  const valid = validatePod(ours({ network: 'none', containers }));
  expect(valid.ok && valid.value.warnings.map(({ message }) => message)).toContain(
    'leads nowhere: the pod has network none',
  );
});

describe('normalisePod', () => {
  test('says nothing of names where the manifest does not', () => {
    const spec = normalised({ dnsPolicy: 'ClusterFirst', hostAliases: [] });
    expect(spec.containers[0]).not.toHaveProperty('names');
    expect(spec).not.toHaveProperty('network');
    expect(spec).not.toHaveProperty('shortHostname');
  });

  test('gives every container the names of the pod', () => {
    const given = { subdomain: 'ring', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a'] }], dnsPolicy: 'Default' };
    expect(normalised(given).containers[0]?.names).toEqual({
      subdomain: 'ring',
      aliases: [{ ip: '1.2.3.4', hostnames: ['a'] }],
      dns: { policy: 'Default', nameservers: [], searches: [], options: [] },
    });
  });

  test.each([
    ['the pod’s name', {}, { hostname: 'web' }],
    ['hostname', { hostname: 'h' }, { hostname: 'h' }],
    [
      'the whole name',
      { hostname: 'h', subdomain: 'ring', setHostnameAsFQDN: true },
      { hostname: 'h.ring.default.svc.cluster.local', shortHostname: 'h' },
    ],
    ['hostname where there is no whole name', { hostname: 'h', setHostnameAsFQDN: true }, { hostname: 'h' }],
    ['hostnameOverride', { hostname: 'h', hostnameOverride: 'x.y' }, { hostname: 'x.y', shortHostname: 'h' }],
  ])('calls the pod by %s', (_, given, expected) => {
    const { hostname, shortHostname } = normalised(given);
    expect({ hostname, ...(shortHostname === undefined ? {} : { shortHostname }) }).toEqual(expected);
  });
});
