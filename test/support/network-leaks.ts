/** What the machine's own network looks like: links, routes, rules, nftables tables, switches. To be the same after an instance as before. */
import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { dump, openNetlink } from '../../src/linux/netlink.ts';
import { decodeLink, listLinks } from '../../src/linux/rtnetlink.ts';
import { decodeAddress, decodeRoute, listAddresses, listRoutes } from '../../src/linux/rtnetlink-routes.ts';
import { createForwarding } from '../../src/network/forwarding.ts';

export interface MachineNetwork {
  /** in words: links, addresses, routes, rules, tables */
  readonly things: ReadonlySet<string>;
  /** by path */
  readonly switches: ReadonlyMap<string, string>;
}

const switches = {
  ipv4: ['forwarding', 'rp_filter', 'route_localnet', 'accept_redirects'],
  ipv6: ['forwarding', 'force_forwarding', 'accept_ra', 'accept_redirects'],
} as const;

export function readMachineNetwork(): MachineNetwork {
  const socket = openNetlink('route');
  try {
    const links = dump(socket, listLinks(), decodeLink);
    const nameOf = (index: number): string => links.find((link) => link.index === index)?.name ?? 'no link';
    const addresses = dump(socket, listAddresses(), decodeAddress);
    const routes = dump(socket, listRoutes(), decodeRoute);
    return {
      things: new Set([
        ...links.map(({ name }) => `network link ${name}`),
        ...addresses.map(({ address, prefix, index }) => `address ${address}/${prefix} on ${nameOf(index)}`),
        ...routes.map(({ destination, gateway, index, table, type }) =>
          [`route ${type} ${destination} table ${table} on ${nameOf(index)}`, gateway]
            .join(' by ')
            .replace(/ by $/, ''),
        ),
        ...lines('ip', ['rule']).map((rule) => `rule ${rule}`),
        ...lines('ip', ['-6', 'rule']).map((rule) => `rule of IPv6 ${rule}`),
        ...lines('nft', ['list', 'tables']).map((table) => `nftables ${table}`),
      ]),
      switches: readSwitches(),
    };
  } finally {
    closeSync(socket);
  }
}

function readSwitches(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [family, names] of Object.entries(switches)) {
    const directory = `/proc/sys/net/${family}/conf`;
    for (const link of existsSync(directory) ? readdirSync(directory) : []) {
      for (const name of names) addFile(found, `${directory}/${link}/${name}`);
    }
  }
  return found;
}

/** Not where the kernel has none of it, or the link is gone meanwhile. */
function addFile(found: Map<string, string>, path: string): void {
  try {
    found.set(path, readFileSync(path, 'utf8').trim());
  } catch {
    // nothing to compare
  }
}

/** None where the tool is missing. */
function lines(tool: string, args: readonly string[]): string[] {
  const { stdout, failed } = execaSync(tool, args, { reject: false });
  return failed ? [] : stdout.split('\n').filter((line) => line !== '');
}

/** What is there that was not, is gone that was there, or was switched: one line each. */
export function networkDifferences(before: MachineNetwork, now: MachineNetwork): string[] {
  const changed = [...now.switches].filter(([path, value]) => (before.switches.get(path) ?? value) !== value);
  return [
    ...[...now.things].filter((thing) => !before.things.has(thing)),
    ...[...before.things].filter((thing) => !now.things.has(thing)).map((thing) => `gone: ${thing}`),
    ...changed.map(([path, value]) => `${path} is ${value}, it was ${before.switches.get(path)}`),
  ];
}

/** Takes back what the instance of a failed test left: its tables, links and local routes, and what is on record of switches. */
export async function restoreMachineNetwork(before: MachineNetwork, run: string): Promise<void> {
  const now = readMachineNetwork();
  for (const thing of [...now.things].filter((one) => !before.things.has(one))) {
    for (const [pattern, remove] of removals) {
      const [, name] = pattern.exec(thing) ?? [];
      if (name !== undefined) execaSync('sh', ['-c', remove(name)], { reject: false });
    }
  }
  const nothing = async (): Promise<void> => {};
  await createForwarding({ run, linkPrefix: 'none', closeLinks: nothing, log: () => {} }).release();
}

const removals: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/^nftables table (inet podctl\w*)$/, (table) => `nft delete table ${table}`],
  [/^network link (pc[0-9a-f]{13})$/, (link) => `ip link del ${link}`],
  [/^route local (\S+) table 255 on lo$/, (block) => `ip route del local ${block} dev lo table local proto 112`],
];
