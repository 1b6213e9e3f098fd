/** /etc/hostname, /etc/hosts and /etc/resolv.conf, which name this pod whatever the image says. No line can be smuggled in. Pure. */
import type { RootOp } from '../model/launch-plan.ts';
import type { ContainerSpec, DnsSpec, PodSpec } from '../model/pod-spec.ts';
import { parseAddress } from '../util/cidr.ts';
import type { HostFacts, PodNetworkFacts } from './launch-context.ts';

/** What the files of one container are made of. */
export interface NameFacts {
  readonly pod: PodSpec;
  readonly container: ContainerSpec;
  /** what the kernel calls it */
  readonly hostname: string;
  readonly host: HostFacts;
  /** absent: pods have loopback alone */
  readonly network?: PodNetworkFacts;
}

/** glibc's resolver reads no more than this of any line of the machine's file. */
const maxResolvConfLine = 1_024;
/** resolv.conf(5) as the kubelet limits it; what is more is left out. */
const maxNameservers = 3;
const maxSearches = 32;
const maxSearchLength = 2_048;

/** The three files, in the container's root. */
export function planNameFiles(facts: NameFacts): RootOp[] {
  return [
    file('/etc/hostname', `${oneWord(facts.hostname)}\n`),
    file('/etc/hosts', hostsFile(facts)),
    file('/etc/resolv.conf', resolvFile(facts)),
  ];
}

/** As the kubelet writes it; a name without an address is the machine itself, as on Debian. */
function hostsFile(facts: NameFacts): string {
  const { container, host } = facts;
  const isOnHost = container.namespaces.net === 'host';
  const lines = isOnHost && host.hosts ? machineHosts(host.hosts) : [...localHosts, ...ownHosts(facts)];
  const aliases = (container.names?.aliases ?? []).map(({ ip, hostnames }) => hostsLine(ip, hostnames));
  return `${[...lines, ...(aliases.length === 0 ? [] : ['', '# Entries added by HostAliases.', ...aliases])].join('\n')}\n`;
}

const localHosts = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

function ownHosts(facts: NameFacts): readonly string[] {
  const { ipv4, ipv6 } = addressesOf(facts) ?? {};
  const own = [ipv4, ipv6].filter((address) => address !== undefined);
  const names = ownNames(facts);
  return own.length === 0 ? [hostsLine('127.0.1.1', names)] : own.map((address) => hostsLine(address, names));
}

/** The whole name first: it is the canonical one, hosts(5). */
function ownNames({ pod, container, hostname, network }: NameFacts): readonly string[] {
  const short = pod.shortHostname ?? pod.hostname;
  const subdomain = container.names?.subdomain;
  const domain = network?.clusterDomain;
  const isWhole = subdomain !== undefined && domain !== undefined && container.namespaces.uts !== 'host';
  const whole = isWhole ? [`${short}.${subdomain}.${pod.namespace}.svc.${domain}`, hostname, short] : [hostname];
  return [...new Set(whole)];
}

/** Only a container in the pod's network has its addresses. */
const addressesOf = ({ container, network }: NameFacts) =>
  container.namespaces.net === 'pod' ? network?.addresses : undefined;

/** Lines of an address and names; comments and what is none stay away. */
function machineHosts(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    return parseAddress(address) === undefined || names.length === 0 ? [] : [hostsLine(address, names)];
  });
}

const hostsLine = (address: string, names: readonly string[]): string =>
  `${oneWord(address)}\t${names.map(oneWord).join('\t')}`;

/** Where nothing of the pod network or of the manifest comes in, the machine's own. */
function resolvFile(facts: NameFacts): string {
  const dns: DnsSpec = facts.container.names?.dns ?? clusterFirst;
  const isAdded = dns.nameservers.length + dns.searches.length + dns.options.length > 0;
  const isCluster = usesCluster(dns.policy, facts);
  if (!isCluster && !isAdded && dns.policy !== 'None') return resolvConf(facts.host.resolvConf);
  const base = baseOf(dns.policy, isCluster, facts);
  return formatResolvConf({
    nameservers: [...base.nameservers, ...dns.nameservers],
    searches: [...base.searches, ...dns.searches],
    options: [...base.options, ...dns.options.map(({ name, value }) => (value ? `${name}:${value}` : name))],
  });
}

const clusterFirst: DnsSpec = { policy: 'ClusterFirst', nameservers: [], searches: [], options: [] };

interface Resolver {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `name` or `name:value`, later ones win */
  readonly options: readonly string[];
}

/** As in Kubernetes, ClusterFirst of a pod in the machine's network is Default. */
function usesCluster(policy: DnsSpec['policy'], facts: NameFacts): boolean {
  if (facts.network?.dnsAddress === undefined) return false;
  if (policy === 'ClusterFirst') return addressesOf(facts) !== undefined;
  const isOnHost = facts.container.namespaces.net === 'host';
  return policy === 'ClusterFirstWithHostNet' && (isOnHost || addressesOf(facts) !== undefined);
}

function baseOf(policy: DnsSpec['policy'], isCluster: boolean, { pod, host, network }: NameFacts): Resolver {
  if (policy === 'None') return { nameservers: [], searches: [], options: [] };
  const machine = parseResolvConf(host.resolvConf);
  const { dnsAddress, clusterDomain = '' } = network ?? {};
  if (!isCluster || dnsAddress === undefined) return machine;
  const own = [`${pod.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { nameservers: [dnsAddress], searches: [...own, ...machine.searches], options: ['ndots:5'] };
}

function parseResolvConf(text: string): Resolver {
  const lines = resolvConf(text)
    .split('\n')
    .map((line) => line.split(/[ \t]+/));
  const wordsOf = (name: string): readonly (readonly string[])[] =>
    lines.flatMap(([word, ...rest]) => (word === name ? [rest] : []));
  return {
    nameservers: wordsOf('nameserver').flatMap(([server]) => server ?? []),
    // The last of these lines counts, resolv.conf(5).
    searches:
      lines
        .filter(([word]) => word === 'search' || word === 'domain')
        .at(-1)
        ?.slice(1) ?? [],
    options: wordsOf('options').flat(),
  };
}

function formatResolvConf({ nameservers, searches, options }: Resolver): string {
  const servers = unique(nameservers).slice(0, maxNameservers);
  const domains = fitting(unique(searches).slice(0, maxSearches));
  const byName = new Map(options.map((option) => [option.split(':')[0], oneWord(option)]));
  const lines = [
    ...servers.map((server) => `nameserver ${server}`),
    ...(domains.length === 0 ? [] : [`search ${domains.join(' ')}`]),
    ...(byName.size === 0 ? [] : [`options ${[...byName.values()].join(' ')}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const unique = (words: readonly string[]): readonly string[] => [
  ...new Set(words.map(oneWord).filter((word) => word !== '')),
];

/** As many as one line may hold. */
function fitting(words: readonly string[]): readonly string[] {
  let length = -1;
  return words.filter((word) => {
    length += word.length + 1;
    return length <= maxSearchLength;
  });
}

/** Only directives of resolv.conf(5), each a line of printable ASCII (CVE-2022-4318). */
export function resolvConf(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const kept = lines.filter(
    (line) =>
      line.length < maxResolvConfLine && /^(nameserver|search|domain|options|sortlist)[ \t][\t -~]+$/.test(line),
  );
  return kept.map((line) => `${line}\n`).join('');
}

const oneWord = (text: string): string => text.replace(/[^!-~]/g, '');
const file = (path: string, content: string): RootOp => ({ op: 'file', path, mode: 0o644, content });
