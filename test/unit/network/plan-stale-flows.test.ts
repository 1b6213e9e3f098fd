import { describe, expect, test } from 'vitest';
import type { NetworkState } from '../../../src/model/network.ts';
import type { UdpFlow } from '../../../src/model/udp-flow.ts';
import { changedUdpPorts, planUdpFronts, staleFlows } from '../../../src/network/plan-stale-flows.ts';
import { aHostPort, anEndpoint, aService, aState } from './network-states.ts';

/** Somebody outside asks `destination`, and `answering` answers. */
const flow = (destination: string, answering: string, port = 53): UdpFlow => ({
  original: { source: '192.0.2.9', sourcePort: 4000, destination, destinationPort: port },
  reply: { source: answering, sourcePort: port, destination: '192.0.2.9', destinationPort: 4000 },
});
const dns = (number: number, hostIP?: string): Partial<NetworkState> => ({
  hostPorts: [
    aHostPort({
      protocol: 'UDP',
      hostPort: 53,
      target: anEndpoint(number, 53),
      ...(hostIP === undefined ? {} : { hostIP }),
    }),
  ],
});
const service = (...numbers: number[]): Partial<NetworkState> => ({
  services: [
    aService({ ports: [{ protocol: 'UDP', port: 53, endpoints: numbers.map((number) => anEndpoint(number, 53)) }] }),
  ],
});
const own = new Set(['192.0.2.1', '2001:db8::1']);
const stale = (before: Partial<NetworkState>, after: Partial<NetworkState>, seen: UdpFlow) =>
  staleFlows([seen], planUdpFronts(aState(before)), planUdpFronts(aState(after)), own).length === 1;

describe('a UDP flow', () => {
  test.each<[string, Partial<NetworkState>, Partial<NetworkState>, UdpFlow, boolean]>([
    ['to a pod that its port led to before', dns(5), dns(6), flow('192.0.2.1', '10.99.0.5'), true],
    ['the same in IPv6', dns(5), dns(6), flow('2001:db8::1', 'fd12:3456:789a::5'), true],
    ['the same on localhost', dns(5), dns(6), flow('127.0.0.1', '10.99.0.5'), true],
    ['to the pod that its port leads to', dns(5), dns(6), flow('192.0.2.1', '10.99.0.6'), false],
    ['past a port that is new', {}, dns(5), flow('192.0.2.1', '192.0.2.1'), true],
    ['through a port that is gone', dns(5), {}, flow('192.0.2.1', '10.99.0.5'), true],
    ['to the machine itself where a port is gone', dns(5), {}, flow('192.0.2.1', '192.0.2.1'), false],
    ['to another machine', {}, dns(5), flow('198.51.100.1', '198.51.100.1'), false],
    [
      'to another of the machine’s addresses than hostIP',
      {},
      dns(5, '192.0.2.1'),
      flow('127.0.0.1', '127.0.0.1'),
      false,
    ],
    ['to an endpoint that left its Service', service(5, 6), service(6), flow('10.99.128.20', '10.99.0.5'), true],
    ['to an endpoint that stays', service(5, 6), service(6, 7), flow('10.99.128.20', '10.99.0.6'), false],
    ['to the last endpoint of a Service', service(5), service(), flow('10.99.128.20', '10.99.0.5'), true],
    ['past a Service that had no endpoints', service(), service(5), flow('10.99.128.20', '10.99.128.20'), true],
  ])('%s', (_, before, after, seen, isStale) => {
    expect(stale(before, after, seen)).toBe(isStale);
  });

  test('is looked for only at ports that lead elsewhere than before', () => {
    const ports = (before: Partial<NetworkState>, after: Partial<NetworkState>) =>
      changedUdpPorts(planUdpFronts(aState(before)), planUdpFronts(aState(after)));
    expect(ports({ ...dns(5), ...service(5) }, { ...dns(5), ...service(5) })).toEqual([]);
    expect(ports(dns(5), dns(6))).toEqual([53]);
    expect(ports({}, { hostPorts: [aHostPort()], ...service(5) })).toEqual([53]);
  });
});
