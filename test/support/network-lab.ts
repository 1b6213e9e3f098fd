/**
 * A machine of its own for tests of the network, without podd: this thread moves into a new network namespace, which has an uplink to
 * somebody outside (192.0.2.2, 2001:db8::2) and routed links to pods, as podctl makes them. Processes that the thread starts are in it too.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, writeFileSync } from 'node:fs';
import { joinNamespace, openNamespace, unshareNamespaces } from '../../src/linux/namespaces.ts';
import type { Endpoint, NetworkSettings } from '../../src/model/network.ts';
import { NetworkParty } from './network-party.ts';

export const labSettings: NetworkSettings = {
  ranges: {
    pods4: '10.99.0.0/17',
    pods6: 'fd12:3456:789a::/64',
    services4: '10.99.128.0/17',
    services6: 'fd12:3456:789a:1::/112',
  },
  table: 'podctl_lab',
  linkPrefix: 'pc1ab0',
  dnsAddress: '10.99.128.10',
  clusterDomain: 'cluster.local',
  hostAddresses: ['192.0.2.1'],
};

/** The machine's own addresses on the uplink. */
export const machine = { ipv4: '192.0.2.1', ipv6: '2001:db8::1' };

export const podAddresses = (number: number) => ({ ipv4: `10.99.0.${number}`, ipv6: `fd12:3456:789a::${number}` });
export const endpointOf = (number: number, port: number): Endpoint => ({ addresses: podAddresses(number), port });

export interface NetworkLab {
  /** in no range of the machine, and without a route to its pods */
  readonly outside: NetworkParty;
  /** behind another uplink (198.51.100.2); outside's way to it is through the machine */
  readonly beyond: NetworkParty;
  /** in the machine's namespace */
  readonly inside: NetworkParty;
  /** `pod1` with address …1 and so on */
  readonly pods: readonly NetworkParty[];
  stop(): Promise<void>;
}

export async function startNetworkLab(podCount: number): Promise<NetworkLab> {
  const before = openNamespace('self', 'net');
  unshareNamespaces(['net']);
  const outside = await NetworkParty.start('outside');
  const beyond = await NetworkParty.start('beyond');
  const inside = await NetworkParty.start('inside', 'shared');
  const pods = await Promise.all(Array.from({ length: podCount }, (_, index) => NetworkParty.start(`pod${index + 1}`)));
  makeUplink(outside.pid);
  makeSecondUplink(outside.pid, beyond.pid);
  for (const [index, { pid }] of pods.entries()) makePodLink(index + 1, pid);
  return {
    outside,
    beyond,
    inside,
    pods,
    stop: async () => {
      await Promise.all([outside, beyond, inside, ...pods].map((party) => party.stop()));
      joinNamespace(before, 'net');
      closeSync(before);
    },
  };
}

export const hostLink = (number: number): string => `${labSettings.linkPrefix}${String(number).padStart(9, '0')}`;

function makeUplink(outsidePid: number): void {
  ip([
    'link set lo up',
    `address add ${labSettings.dnsAddress}/32 dev lo`,
    `link add up0 type veth peer name eth0 netns ${outsidePid}`,
    'address add 192.0.2.1/24 dev up0',
    'address add 2001:db8::1/64 dev up0 nodad',
    'link set up0 up',
    'route add default via 192.0.2.2',
    'route add default via 2001:db8::2',
  ]);
  ip(
    [
      'link set lo up',
      'address add 192.0.2.2/24 dev eth0',
      'address add 2001:db8::2/64 dev eth0 nodad',
      'link set eth0 up',
    ],
    outsidePid,
  );
  for (const file of ['ipv4/conf/all/forwarding', 'ipv6/conf/all/forwarding'])
    writeFileSync(`/proc/sys/net/${file}`, '1');
}

function makeSecondUplink(outsidePid: number, beyondPid: number): void {
  ip([
    `link add up1 type veth peer name eth0 netns ${beyondPid}`,
    'address add 198.51.100.1/24 dev up1',
    'link set up1 up',
  ]);
  ip(
    [
      'link set lo up',
      'address add 198.51.100.2/24 dev eth0',
      'link set eth0 up',
      'route add 192.0.2.0/24 via 198.51.100.1',
    ],
    beyondPid,
  );
  ip(['route add 198.51.100.0/24 via 192.0.2.1'], outsidePid);
}

function makePodLink(number: number, pid: number): void {
  const name = hostLink(number);
  const { ipv4, ipv6 } = podAddresses(number);
  ip([
    `link add ${name} address 02:00:00:00:01:0${number} type veth peer name eth0 address 02:00:00:00:02:0${number} netns ${pid}`,
    `link set ${name} up`,
    `address add fe80::1/128 dev ${name} nodad`,
    `neighbour replace ${ipv4} lladdr 02:00:00:00:02:0${number} dev ${name} nud permanent`,
    `neighbour replace ${ipv6} lladdr 02:00:00:00:02:0${number} dev ${name} nud permanent`,
    `route replace ${ipv4}/32 dev ${name}`,
    `route replace ${ipv6}/128 dev ${name}`,
  ]);
  for (const key of ['route_localnet', 'rp_filter']) writeFileSync(`/proc/sys/net/ipv4/conf/${name}/${key}`, '1');
  ip(
    [
      'link set lo up',
      `address add ${ipv4}/32 dev eth0`,
      `address add ${ipv6}/128 dev eth0 nodad`,
      'link set eth0 up',
      `neighbour replace 169.254.1.1 lladdr 02:00:00:00:01:0${number} dev eth0 nud permanent`,
      `neighbour replace fe80::1 lladdr 02:00:00:00:01:0${number} dev eth0 nud permanent`,
      'route add default via 169.254.1.1 dev eth0 onlink',
      'route add default via fe80::1 dev eth0',
    ],
    pid,
  );
}

function ip(commands: readonly string[], pid?: number): void {
  const [file = '', ...args] = [
    ...(pid === undefined ? [] : ['nsenter', '-t', String(pid), '-n']),
    'ip',
    '-batch',
    '-',
  ];
  execFileSync(file, args, { input: commands.join('\n'), stdio: ['pipe', 'ignore', 'inherit'] });
}
