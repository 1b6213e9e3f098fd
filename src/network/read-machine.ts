/** What the pod network needs to know of this machine's own network. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { defaultDevice, type InterfaceAddress, type MachineTables } from './plan-occupied.ts';

export interface MachineNetwork extends MachineTables {
  /** of the way out, IPv4 first; empty: none */
  readonly hostAddresses: readonly string[];
  /** bytes, of the way out */
  readonly mtu: number;
  readonly hasIpv6: boolean;
}

/** Never throws: a table that cannot be read is empty. */
export function readMachineNetwork(): MachineNetwork {
  const route = readOr('/proc/net/route', '');
  const route6 = readOr('/proc/net/ipv6_route', '');
  const addresses = interfaceAddresses();
  const device = defaultDevice({ route, route6 }) ?? addresses.find((one) => one.device !== 'lo')?.device;
  const own = addresses.filter((one) => one.device === device && !one.address.startsWith('fe80:'));
  return {
    route,
    route6,
    addresses,
    hostAddresses: own.map(({ address }) => address).sort((a, b) => Number(a.includes(':')) - Number(b.includes(':'))),
    mtu: Number(readOr(`/sys/class/net/${device}/mtu`, '1500')),
    hasIpv6: readOr('/proc/sys/net/ipv6/conf/all/disable_ipv6', '1').trim() === '0',
  };
}

function interfaceAddresses(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([device, addresses = []]) =>
    addresses.map(({ address }) => ({ device, address })),
  );
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
