/** The sockets of all proxied ports: made, taken away and led elsewhere while connections go on. */
import type { ProxiedPort } from '../protocol/podnet.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { type KeptOpen, keepOpen } from './keep-open.ts';
import { openTcpProxy } from './tcp-proxy.ts';
import { openUdpProxy } from './udp-proxy.ts';

export interface Proxies {
  readonly apply: (wanted: readonly ProxiedPort[]) => void;
  /** resolves when each was tried once */
  readonly tried: () => Promise<void>;
}

interface Proxy {
  readonly port: ProxiedPort;
  readonly endpoints: Endpoints;
  readonly kept: KeptOpen;
}

/** `onState` is told of each port's failure, and with undefined that it listens or is no longer wanted. */
export function createProxies(onState: (port: ProxiedPort, error: Error | undefined) => void): Proxies {
  const proxies = new Map<string, Proxy>();
  const open = (port: ProxiedPort): Proxy => {
    const endpoints = createEndpoints(port);
    const kept = keepOpen(
      (onLost) => (port.protocol === 'TCP' ? openTcpProxy(port, endpoints) : openUdpProxy(port, endpoints, onLost)),
      (error) => onState(port, error),
    );
    return { port, endpoints, kept };
  };
  return {
    apply: (wanted) => {
      const ports = new Map(wanted.map((port) => [keyOf(port), port]));
      for (const [key, { port, kept }] of proxies) {
        if (ports.has(key)) continue;
        kept.close();
        proxies.delete(key);
        onState(port, undefined);
      }
      for (const [key, port] of ports) {
        const proxy = proxies.get(key) ?? open(port);
        proxies.set(key, proxy);
        proxy.endpoints.replace(port.endpoints);
      }
    },
    tried: async () => {
      await Promise.all([...proxies.values()].map(({ kept }) => kept.tried));
    },
  };
}

const keyOf = ({ protocol, address, port }: ProxiedPort): string => `${protocol} ${address} ${port}`;
