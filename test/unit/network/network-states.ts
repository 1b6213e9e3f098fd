/** What tables of the network's tests begin with. */
import type {
  Endpoint,
  HostPortState,
  NetworkSettings,
  NetworkState,
  ServiceState,
} from '../../../src/model/network.ts';

export const settings: NetworkSettings = {
  ranges: {
    pods4: '10.99.0.0/17',
    pods6: 'fd12:3456:789a::/64',
    services4: '10.99.128.0/17',
    services6: 'fd12:3456:789a:1::/112',
  },
  table: 'podctl',
  linkPrefix: 'pc1ab0',
  dnsAddress: '10.99.128.10',
  clusterDomain: 'cluster.local',
  hostAddresses: ['192.0.2.1'],
};

export const anEndpoint = (number: number, port = 80): Endpoint => ({
  addresses: { ipv4: `10.99.0.${number}`, ipv6: `fd12:3456:789a::${number}` },
  port,
});

export const aHostPort = (port: Partial<HostPortState> = {}): HostPortState => ({
  protocol: 'TCP',
  hostPort: 8080,
  target: anEndpoint(5),
  pod: 'default/web',
  ...port,
});

export const aService = (service: Partial<ServiceState> = {}): ServiceState => ({
  namespace: 'default',
  name: 'web',
  ips: ['10.99.128.20', 'fd12:3456:789a:1::20'],
  ports: [{ protocol: 'TCP', port: 80, endpoints: [anEndpoint(5), anEndpoint(6)] }],
  ...service,
});

export const aState = (state: Partial<NetworkState> = {}): NetworkState => ({
  hostPorts: [],
  services: [],
  isolations: [],
  ...state,
});
