/** Which ClusterIPs and nodePorts Services have: what is asked for where it is free, what they had, else chosen. Pure. */
import { type FieldPath, type FieldProblem, fieldProblem, invalid } from '../manifest/field-problem.ts';
import { storedUid } from '../manifest/server-defaults.ts';
import type { NetworkSettings } from '../model/network.ts';
import type { DataManifest, ServiceManifest } from '../model/object-manifest.ts';
import type { IpFamilyName, ServiceSpec } from '../model/service-spec.ts';
import { addressAt, type Cidr, cidrOf, cidrSize, offsetIn, parseAddress } from '../util/cidr.ts';
import { fnv1a32 } from '../util/fnv1a32.ts';
import { nextFreeOffset, usableAddresses } from './plan-addresses.ts';
import { carryNodePorts, checkNodePorts, chooseNodePorts, nodePortsOf } from './plan-node-ports.ts';

export type ServicePool = Pick<NetworkSettings, 'ranges' | 'dnsAddress'>;

/** An applied Service, and what is kept of it from before; both as podd keeps them. */
export interface WantedService {
  readonly manifest: ServiceManifest;
  readonly existing: ServiceManifest | undefined;
}

export interface PlacedService {
  readonly manifest: ServiceManifest;
  readonly problems: readonly FieldProblem[];
}

/** Who has what: holders by address, and by `port/protocol`. */
export interface ServiceClaims {
  readonly addresses: Map<string, string>;
  readonly nodePorts: Map<string, string>;
}

/** `others`: the Services that stay as they are; `hostPorts`: who has which port as `port/protocol`. What is kept goes before what is asked for, that before what is chosen. */
export function planServiceAddresses(
  wanted: readonly WantedService[],
  others: readonly ServiceManifest[],
  pool: ServicePool,
  hostPorts: ReadonlyMap<string, string> = new Map(),
): readonly PlacedService[] {
  const addresses = new Map([[pool.dnsAddress, 'podd’s resolver']]);
  const claims: ServiceClaims = { addresses, nodePorts: new Map(hostPorts) };
  for (const other of others) claim(claims, holderOf(other), addressesOf(other.spec), nodePortsOf(other.spec));
  const prepared = wanted.map(prepare);
  for (const { holder, keptAddresses, keptPorts } of prepared) claim(claims, holder, keptAddresses, keptPorts);
  const asked = prepared.map((one) => {
    const { manifest, holder, keptPorts } = one;
    const problems = [
      ...checkAddresses(one, pool, claims),
      ...checkExternalIPs(manifest.spec, pool),
      ...checkNodePorts(manifest.spec, { holder, keptPorts }, claims.nodePorts),
    ];
    claim(claims, holder, addressesOf(manifest.spec), nodePortsOf(manifest.spec));
    return { one, problems };
  });
  return asked.map(({ one, problems }) => {
    if (problems.length > 0) return { manifest: one.manifest, problems };
    const placed = place(one, pool, claims);
    claim(claims, one.holder, addressesOf(placed.manifest.spec), nodePortsOf(placed.manifest.spec));
    return placed;
  });
}

/** By them a Service could take other Services' clients, the resolver's and pods' (CVE-2020-8554). */
function checkExternalIPs({ externalIPs = [] }: ServiceSpec, { ranges }: ServicePool): readonly FieldProblem[] {
  const { pods4, pods6, services4, services6 } = ranges;
  const own = [pods4, pods6, services4, services6].flatMap((range) => (range === undefined ? [] : [cidrOf(range)]));
  return externalIPs.flatMap((text, index) => {
    if (own.every((range) => offsetIn(range, text) === undefined)) return [];
    const why = 'must not be of the pods’ or Services’ own ranges';
    return [fieldProblem(['spec', 'externalIPs', index], invalid(text, why))];
  });
}

interface Prepared {
  /** with the nodePorts that it keeps */
  readonly manifest: ServiceManifest;
  readonly holder: string;
  readonly keptAddresses: readonly string[];
  readonly keptPorts: readonly string[];
}

/** What it had and does not ask for otherwise is its own still (Kubernetes patchAllocatedValues). */
function prepare({ manifest, existing }: WantedService): Prepared {
  const { spec } = manifest;
  const holder = holderOf(manifest);
  if (existing === undefined) return { manifest, holder, keptAddresses: [], keptPorts: [] };
  const { clusterIP } = existing.spec;
  const isSame = hasAddress(spec) && (spec.clusterIP === undefined || spec.clusterIP === clusterIP);
  const carried = { ...manifest, spec: { ...spec, ...carryNodePorts(spec, existing.spec) } };
  const before = new Set(nodePortsOf(existing.spec));
  return {
    ...{ manifest: carried, holder },
    keptAddresses: isSame ? addressesOf(existing.spec) : [],
    keptPorts: nodePortsOf(carried.spec).filter((port) => before.has(port)),
  };
}

const holderOf = ({ metadata }: ServiceManifest): string =>
  `service ${metadata.namespace || 'default'}/${metadata.name}`;

/** The first who claims it has it. */
function claim(
  claims: ServiceClaims,
  holder: string,
  addresses: readonly string[],
  nodePorts: readonly string[],
): void {
  for (const address of addresses) if (!claims.addresses.has(address)) claims.addresses.set(address, holder);
  for (const port of nodePorts) if (!claims.nodePorts.has(port)) claims.nodePorts.set(port, holder);
}

const addressesOf = ({ clusterIPs = [] }: ServiceSpec): readonly string[] => clusterIPs.filter((ip) => ip !== 'None');

const hasAddress = ({ type }: ServiceSpec): boolean => type !== 'ExternalName';

/** Of addresses that are asked for: those that it had are its own, whatever the ranges are by now. */
function checkAddresses(
  { manifest, holder: self, keptAddresses }: Prepared,
  { ranges }: ServicePool,
  { addresses }: ServiceClaims,
): readonly FieldProblem[] {
  return addressesOf(manifest.spec).flatMap((address, index) => {
    const path: FieldPath = index === 0 ? ['spec', 'clusterIP'] : ['spec', 'clusterIPs', index];
    const say = (words: string) => [
      fieldProblem(path, invalid(address, words), { hint: 'leave it out: podd chooses one' }),
    ];
    const holder = addresses.get(address) ?? self;
    if (holder !== self) return say(`is in use by ${holder}`);
    const complaint = keptAddresses.includes(address) ? undefined : placeComplaint(address, ranges);
    return complaint === undefined ? [] : say(complaint);
  });
}

/** A Service as another cluster's server printed it, without the addresses that it gave it there. */
export function forgetCluster(
  manifest: DataManifest,
  isThere: (uid: string) => boolean,
  pool: ServicePool,
): DataManifest {
  const uid = storedUid(manifest.metadata);
  if (manifest.kind !== 'Service' || uid === undefined || isThere(uid)) return manifest;
  const { clusterIP, clusterIPs = [], ...rest } = manifest.spec;
  const given = [clusterIP ?? 'None', ...clusterIPs].filter((address) => address !== 'None');
  const isOurs = given.every((address) => placeComplaint(address, pool.ranges) === undefined);
  return isOurs ? manifest : { ...manifest, spec: rest };
}

function placeComplaint(address: string, { services4, services6 }: ServicePool['ranges']): string | undefined {
  const range = familyOf(address) === 'IPv6' ? services6 : services4;
  if (range === undefined) return 'is not in the range of Services, which has no IPv6';
  const offset = offsetIn(cidrOf(range), address);
  if (offset === undefined) return `is not in the range of Services, ${range}`;
  if (offset === 0n) return `is the first address of ${range}, which nobody gets`;
  return offset === cidrSize(cidrOf(range)) - 1n ? `is the last address of ${range}, which nobody gets` : undefined;
}

const familyOf = (address: string | undefined): IpFamilyName | undefined => {
  const family = address === undefined ? undefined : parseAddress(address)?.family;
  return family === undefined ? undefined : `IPv${family}`;
};

function place(prepared: Prepared, pool: ServicePool, claims: ServiceClaims): PlacedService {
  const { manifest } = prepared;
  const chosen = chooseNodePorts(manifest, claims.nodePorts);
  const spec = { ...manifest.spec, ...(chosen.ports === undefined ? {} : { ports: chosen.ports }) };
  if (!hasAddress(spec)) return { manifest: { ...manifest, spec }, problems: chosen.problems };
  const own = [...addressesOf(spec), ...prepared.keptAddresses];
  const families = familiesOf(spec, own[0], pool);
  if ('problem' in families) return { manifest, problems: [...chosen.problems, families.problem] };
  const { ipFamilies } = families;
  if (spec.clusterIP === 'None')
    return { manifest: { ...manifest, spec: { ...spec, ...families } }, problems: chosen.problems };
  const found = ipFamilies.map((family) => addressFor(prepared, own, family, pool, claims));
  const problems = [...chosen.problems, ...found.flatMap(({ problem }) => problem ?? [])];
  const clusterIPs = found.flatMap(({ address }) => address ?? []);
  const [clusterIP = ''] = clusterIPs;
  return { manifest: { ...manifest, spec: { ...spec, ...families, clusterIP, clusterIPs } }, problems };
}

interface Families {
  readonly ipFamilies: readonly IpFamilyName[];
  readonly ipFamilyPolicy: NonNullable<ServiceSpec['ipFamilyPolicy']>;
}

/** As Kubernetes: one family, IPv4 unless it says otherwise or has another address; both where it names both. */
function familiesOf(
  spec: ServiceSpec,
  address: string | undefined,
  { ranges }: ServicePool,
): Families | { readonly problem: FieldProblem } {
  const { ipFamilies: [named, alsoNamed] = [], clusterIPs: [, secondIP] = [] } = spec;
  const first = named ?? familyOf(address) ?? 'IPv4';
  const namesBoth = alsoNamed !== undefined || secondIP !== undefined;
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? (namesBoth ? 'RequireDualStack' : 'SingleStack');
  const hasBoth = ranges.services6 !== undefined;
  if (first === 'IPv6' && !hasBoth && familyOf(address) !== first)
    return { problem: noIpv6(['spec', 'ipFamilies', 0], first) };
  if (ipFamilyPolicy === 'RequireDualStack' && !hasBoth)
    return { problem: noIpv6(['spec', 'ipFamilyPolicy'], ipFamilyPolicy) };
  const second = first === 'IPv4' ? 'IPv6' : 'IPv4';
  const isDual = ipFamilyPolicy !== 'SingleStack' && hasBoth;
  return { ipFamilyPolicy, ipFamilies: isDual ? [first, second] : [first] };
}

const noIpv6 = (path: FieldPath, value: unknown): FieldProblem =>
  fieldProblem(path, invalid(value, 'Services have no IPv6 addresses here'), {
    hint: 'PODCTL_SERVICE_CIDR sets the ranges; the machine must have IPv6',
  });

interface FoundAddress {
  readonly address?: string;
  readonly problem?: FieldProblem;
}

/** The one that it has already, or a free one; the place follows from the name, so that it gets the same again where it can. */
function addressFor(
  { holder }: Prepared,
  own: readonly string[],
  family: IpFamilyName,
  { ranges }: ServicePool,
  { addresses }: ServiceClaims,
): FoundAddress {
  const known = own.find((address) => familyOf(address) === family);
  if (known !== undefined) return { address: known };
  const text = family === 'IPv4' ? ranges.services4 : (ranges.services6 ?? '');
  const range = cidrOf(text);
  const offset = nextFreeOffset(range, (address) => addresses.has(address), addressAt(range, startIn(range, holder)));
  return offset === undefined ? { problem: exhausted(text, addresses) } : { address: addressAt(range, offset) };
}

/** Kubernetes leaves the lower part of a large range to those who choose themselves. */
const lowerPart = 256n;

function startIn(range: Cidr, holder: string): bigint {
  const size = cidrSize(range);
  const low = size > 2n * lowerPart ? lowerPart : 0n;
  return low + (BigInt(fnv1a32(holder)) % (size - low));
}

/** How many Services an error names. */
const namedHolders = 3;

function exhausted(range: string, addresses: ReadonlyMap<string, string>): FieldProblem {
  const cidr = cidrOf(range);
  const inside = [...addresses].flatMap(([address, holder]) => (offsetIn(cidr, address) === undefined ? [] : [holder]));
  const names = inside.slice(0, namedHolders).join(', ');
  const more = inside.length > namedHolders ? ` and ${inside.length - namedHolders} more` : '';
  const usable = cidr.family === 4 ? usableAddresses(cidr) : Number(cidrSize(cidr)) - 2;
  const message = `no free address in ${range}: ${inside.length} of ${usable} in use, by ${names}${more}`;
  return fieldProblem(['spec', 'clusterIP'], message, {
    hint: 'clusterIP: None needs none; PODCTL_SERVICE_CIDR sets a larger range',
  });
}
