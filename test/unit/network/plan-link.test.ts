import { expect, test } from 'vitest';
import type { NetworkSettings } from '../../../src/model/network.ts';
import { planPodLink } from '../../../src/network/plan-link.ts';

const settings: NetworkSettings = {
  ranges: { pods4: '10.99.0.0/17', services4: '10.99.128.0/17' },
  table: 'podctl',
  linkPrefix: 'pc1a2b',
  dnsAddress: '10.99.128.10',
  clusterDomain: 'cluster.local',
  hostAddresses: [],
};
const pod = {
  uid: '01234567-89ab-4cde-8f01-23456789abcd',
  namespace: 'default',
  name: 'web',
  addresses: { ipv4: '10.99.0.5', ipv6: 'fd12:3456:789a::5' },
};

const traits = { mtu: 1500, routeLocalnet: true };

test('a link’s names come out of the pod’s uid', () => {
  expect(planPodLink(settings, pod, { mtu: 1400, routeLocalnet: false })).toEqual({
    hostLink: 'pc1a2b012345678',
    alias: 'podctl default/web 01234567-89ab-4cde-8f01-23456789abcd',
    addresses: pod.addresses,
    hostMac: '02:45:67:89:ab:cd',
    podMac: '06:45:67:89:ab:cd',
    machineAddress: '10.99.128.10',
    mtu: 1400,
    routeLocalnet: false,
  });
});

test('the bandwidth is handed on', () => {
  const bandwidth = { ingressBps: 1_000_000 };
  expect(planPodLink(settings, { ...pod, bandwidth }, traits).bandwidth).toEqual(bandwidth);
});

test('the alias of a long name keeps the uid and fits into IFALIASZ', () => {
  const { alias } = planPodLink(settings, { ...pod, namespace: 'n'.repeat(63), name: 'p'.repeat(253) }, traits);
  expect(alias).toHaveLength(255);
  expect(alias).toMatch(/^podctl n{63}\/p+ 01234567-89ab-4cde-8f01-23456789abcd$/);
});
