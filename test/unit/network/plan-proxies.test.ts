import { describe, expect, test } from 'vitest';
import type { NetworkState } from '../../../src/model/network.ts';
import { planProxies } from '../../../src/network/plan-proxies.ts';
import { aHostPort, anEndpoint, aService, aState } from './network-states.ts';

const proxies = (state: Partial<NetworkState>, mode: 'nftables' | 'userland') =>
  planProxies(aState(state), mode).map(({ protocol, address, port }) => `${protocol} ${address} ${port}`);
const ports = [{ protocol: 'TCP', port: 80, nodePort: 30080, endpoints: [anEndpoint(5)] }] as const;

describe('podnet serves', () => {
  test.each([
    [undefined, ['TCP ::1 8080'], ['TCP 0.0.0.0 8080', 'TCP :: 8080']],
    ['0.0.0.0', [], ['TCP 0.0.0.0 8080']],
    ['::', ['TCP ::1 8080'], ['TCP :: 8080']],
    ['::1', ['TCP ::1 8080'], ['TCP ::1 8080']],
    ['127.0.0.1', [], ['TCP 127.0.0.1 8080']],
  ])('a hostPort with hostIP %s where the kernel does not', (hostIP, beside, alone) => {
    const hostPorts = [aHostPort(hostIP === undefined ? {} : { hostIP })];
    expect([proxies({ hostPorts }, 'nftables'), proxies({ hostPorts }, 'userland')]).toEqual([beside, alone]);
  });

  test('Services and NodePorts', () => {
    const services = [aService({ ports })];
    expect(proxies({ services }, 'nftables')).toEqual(['TCP ::1 30080']);
    expect(proxies({ services }, 'userland')).toEqual([
      'TCP 10.99.128.20 80',
      'TCP fd12:3456:789a:1::20 80',
      'TCP 0.0.0.0 30080',
      'TCP :: 30080',
    ]);
    expect(planProxies(aState({ services }), 'nftables')[0]?.endpoints).toEqual([anEndpoint(5)]);
  });

  test('no SCTP', () => {
    const services = [aService({ ports: [{ ...ports[0], protocol: 'SCTP' }] })];
    expect(proxies({ hostPorts: [aHostPort({ protocol: 'SCTP' })], services }, 'userland')).toEqual([]);
  });
});
