/** What the pod network needs of this machine, and what gets in its way. */
import { existsSync, readFileSync } from 'node:fs';
import { type InstancePaths, instancePaths } from '../../model/instance-paths.ts';
import type { NetworkSettings } from '../../model/network.ts';
import { createFirewall } from '../../network/firewall.ts';
import { runNft } from '../../network/nft.ts';
import { defaultDevice } from '../../network/plan-occupied.ts';
import { readMachineNetwork } from '../../network/read-machine.ts';
import type { NetworkStatus, SystemStatus } from '../../protocol/api.ts';
import { broken, type Check, doubtful, type Finding, fine, isRoot } from './check.ts';

export function networkChecks(env: Readonly<Record<string, string | undefined>>): readonly Check[] {
  const paths = instancePaths(env);
  return [
    { name: 'nftables', look: checkNft },
    { name: 'other firewalls', look: checkFirewalls },
    { name: 'pod network', look: async () => judgeNetwork(await askPodd(paths)) },
    { name: 'forwarding', look: async () => judgeForwarding(await askPodd(paths), readSwitches()) },
    { name: 'podnet', look: async () => judgePodnet(await askPodd(paths), isAlive) },
  ];
}

/** Addresses for documentation, RFC 5737: the table is only judged. */
const trialSettings: NetworkSettings = {
  ranges: { pods4: '192.0.2.0/25', services4: '192.0.2.128/25' },
  table: 'podctl_doctor',
  linkPrefix: 'pc0000',
  dnsAddress: '192.0.2.138',
  clusterDomain: 'cluster.local',
  hostAddresses: [],
};

async function checkNft(): Promise<Finding> {
  if (!isRoot()) return doubtful('cannot be checked without root', 'sudo podctl doctor');
  const firewall = await createFirewall({ settings: trialSettings, log: () => undefined });
  firewall.close();
  if (firewall.mode === 'nftables') return fine('nft and the kernel can do all that pods want');
  const advice =
    'without it pods reach nothing outside, and ports are served by podnet, slower and without the source address';
  return doubtful(firewall.why ?? 'cannot be used', `apt-get install nftables: ${advice}`);
}

/** A chain of nft's JSON that judges what is forwarded. */
export interface ForwardChain {
  readonly table: string;
  readonly name: string;
  readonly policy: string;
}

async function checkFirewalls(): Promise<Finding> {
  if (!isRoot()) return doubtful('cannot be checked without root', 'sudo podctl doctor');
  const listed = await runNft({ args: ['-j', 'list', 'chains'] }).catch(() => '{"nftables":[]}');
  return judgeFirewalls(forwardChains(listed), existsSync('/run/firewalld'));
}

/** Of the output of `nft -j list chains`; our own left out. */
export function forwardChains(json: string): readonly ForwardChain[] {
  const { nftables = [] } = JSON.parse(json) as { readonly nftables?: readonly { readonly chain?: RawChain }[] };
  return nftables.flatMap(({ chain }) => {
    if (chain?.hook !== 'forward' || /^podctl(_|$)/.test(chain.table)) return [];
    return [{ table: `${chain.family} ${chain.table}`, name: chain.name, policy: chain.policy ?? 'accept' }];
  });
}

interface RawChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

/** A packet that one table drops is lost, whatever another one accepts, nft(8). */
export function judgeFirewalls(chains: readonly ForwardChain[], hasFirewalld: boolean): Finding {
  if (hasFirewalld) {
    const advice = 'put the pods into a zone of their own: firewall-cmd --permanent --zone=trusted --add-interface=pc+';
    return doubtful('firewalld runs, which may drop what goes to and from pods', advice);
  }
  const dropping = chains.filter(({ policy }) => policy === 'drop');
  const [first] = dropping;
  if (first === undefined) return fine('none that drops what is forwarded');
  const names = dropping.map(({ table, name }) => `${name} of table ${table}`).join(', ');
  return doubtful(`${names} drops what is forwarded: pods do not reach outside`, adviceFor(first));
}

/** Docker sets the policy of iptables' FORWARD to DROP, and leaves DOCKER-USER to others. */
function adviceFor({ name }: ForwardChain): string {
  if (name.startsWith('ufw')) return 'ufw route allow in on pc+ && ufw route allow out on pc+';
  if (name !== 'FORWARD') return 'have it accept what comes in or goes out by links named pc*';
  return 'if docker did that: iptables -I DOCKER-USER -i pc+ -j ACCEPT && iptables -I DOCKER-USER -o pc+ -j ACCEPT; else the same into FORWARD';
}

/** Undefined: podd does not run, or does not answer us. */
async function askPodd(paths: InstancePaths): Promise<SystemStatus | undefined> {
  const { createClient } = await import('../client.ts');
  return await createClient(paths.socket)
    .json<SystemStatus>('GET', '/apis/podctl.dev/v1/system')
    .catch(() => undefined);
}

const notRunning = fine('podd does not run: not known');

/** What podd itself says of it; ranges that overlap something are among its problems. */
export function judgeNetwork(status: Pick<SystemStatus, 'network' | 'problems'> | undefined): Finding {
  const network = status?.network;
  if (status === undefined || network === undefined) return notRunning;
  const ranges = [...network.podRanges, ...network.serviceRanges];
  const overlaps = status.problems.filter((problem) => ranges.some((range) => problem.includes(range)));
  if (overlaps.length > 0)
    return doubtful(
      overlaps.join('; '),
      'delete the pods, or set PODCTL_POD_CIDR and PODCTL_SERVICE_CIDR to free ranges',
    );
  if (network.mode === 'off')
    return broken(`off: ${network.why ?? ''}`, 'pods have loopback alone until that is mended');
  return fine(
    `${network.mode}, pods in ${network.podRanges.join(', ')}, ${network.addresses} ${network.addresses === 1 ? 'address' : 'addresses'} in use`,
  );
}

/** net.ipv4.conf.<device>.forwarding of the machine's way out. */
export interface Switches {
  readonly device: string | undefined;
  readonly forwarding: boolean;
}

function readSwitches(): Switches {
  const device = defaultDevice(readMachineNetwork());
  const file = `/proc/sys/net/ipv4/conf/${device ?? 'all'}/forwarding`;
  return { device, forwarding: existsSync(file) && readFileSync(file, 'utf8').trim() === '1' };
}

/** Off as long as no pod has an address: podd switches it on for the first one. */
export function judgeForwarding(status: Pick<SystemStatus, 'network'> | undefined, switches: Switches): Finding {
  const { device, forwarding } = switches;
  if (device === undefined) return fine('this machine has no way out, nor have pods');
  if (!usesNetwork(status?.network)) return fine('switched on with the first pod');
  if (forwarding) return fine(`${device} forwards`);
  return doubtful(
    `${device} does not forward: nothing comes back to pods`,
    `sysctl net.ipv4.conf.${device}.forwarding=1`,
  );
}

export function judgePodnet(
  status: Pick<SystemStatus, 'network' | 'run'> | undefined,
  lives: (pid: number) => boolean,
): Finding {
  const network = status?.network;
  if (status === undefined || network === undefined) return notRunning;
  if (!usesNetwork(network)) return fine('started with the first pod');
  const { podnetPid } = network;
  if (podnetPid !== undefined && lives(podnetPid))
    return fine(`runs (pid ${podnetPid}), serves names on ${network.dnsAddress}`);
  return broken('does not run: pods resolve no names', `look into ${status.run}/network/podnet.log`);
}

const usesNetwork = (network: NetworkStatus | undefined): boolean =>
  network !== undefined && network.mode !== 'off' && network.addresses > 0;

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);
