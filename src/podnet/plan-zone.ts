/**
 * Services and pods as a zone, by the Kubernetes DNS specification 1.1.0 and what CoreDNS adds to it. Beyond that a pod has the name
 * `<pod>.<namespace>.svc` (and the one of its hostname) where no Service has it, so that `web` and `web.other` lead to a pod through
 * the search list without any Service.
 */
import type { AddressPair } from '../model/network.ts';
import type { NamedPod, NamedService, PodnetWanted } from '../protocol/podnet.ts';
import { addressesOf, addressRecord, dashedAddress, reverseName } from './address-names.ts';
import { authorityOf, nameServerOf, type Zone, type ZoneRecord } from './zone.ts';

type Names = Map<string, ZoneRecord[]>;
type ServicePort = NamedService['ports'][number];
type ServiceEndpoint = NamedService['endpoints'][number];

export function planZone(dns: PodnetWanted['dns']): Zone {
  const domain = dns.domain.toLowerCase();
  const names: Names = new Map();
  addApex(names, domain, dns.address);
  for (const service of dns.services) addService(names, service, domain);
  const serviceNames = new Set(dns.services.map((service) => serviceName(service, domain)));
  for (const pod of dns.pods) addPodAddress(names, pod, domain);
  for (const pod of dns.pods) addFree(names, serviceNames, `${pod.name}.${pod.namespace}.svc.${domain}`, pod);
  for (const pod of dns.pods) addFree(names, serviceNames, `${pod.hostname}.${pod.namespace}.svc.${domain}`, pod);
  for (const pod of dns.pods) addSubdomain(names, serviceNames, pod, domain);
  for (const pod of dns.pods) addReverse(names, pod, domain);
  addParents(names, domain);
  return { domain, names, namespaceOf: namespacesOf(dns.pods), authority: authorityOf(domain) };
}

function addApex(names: Names, domain: string, address: string): void {
  const nameServer = nameServerOf(domain);
  names.set(domain, [
    { type: 'SOA', data: authorityOf(domain) },
    { type: 'NS', data: nameServer },
  ]);
  names.set(nameServer, [addressRecord(address)]);
  names.set(`dns-version.${domain}`, [{ type: 'TXT', data: '1.1.0' }]);
  names.set(`svc.${domain}`, []);
  names.set(`pod.${domain}`, []);
}

const serviceName = ({ name, namespace }: NamedService, domain: string): string => `${name}.${namespace}.svc.${domain}`;

function addService(names: Names, service: NamedService, domain: string): void {
  const base = serviceName(service, domain);
  if (service.externalName !== undefined) {
    add(names, base, { type: 'CNAME', data: service.externalName.replace(/\.$/, '') });
    return;
  }
  if (service.ips.length === 0) return addHeadless(names, service, base);
  for (const ip of service.ips) {
    add(names, base, addressRecord(ip));
    addPointer(names, ip, base);
  }
  for (const port of service.ports) addServicePort(names, base, port, port.port, base);
}

/** Without endpoints there is no name at all: the specification wants NXDOMAIN then. */
function addHeadless(names: Names, service: NamedService, base: string): void {
  for (const endpoint of service.endpoints) {
    const name = endpointName(endpoint, base);
    for (const address of addressesOf(endpoint.addresses)) {
      add(names, base, addressRecord(address));
      add(names, name, addressRecord(address));
      if (endpoint.hostname !== undefined) addPointer(names, address, name);
    }
    for (const port of service.ports) addServicePort(names, base, port, endpointPort(endpoint, port), name);
  }
}

const endpointName = ({ hostname, addresses }: ServiceEndpoint, base: string): string =>
  `${hostname?.toLowerCase() ?? dashedAddress(addresses.ipv4)}.${base}`;

const endpointPort = (endpoint: ServiceEndpoint, port: ServicePort): number =>
  endpoint.ports.find(({ name, protocol }) => name === port.name && protocol === port.protocol)?.port ?? port.port;

/** At the Service's own name all ports are found, as CoreDNS has it. */
function addServicePort(names: Names, base: string, port: ServicePort, number: number, target: string): void {
  const record: ZoneRecord = { type: 'SRV', data: { priority: 0, weight: 100, port: number, target } };
  add(names, base, record);
  if (port.name !== undefined) add(names, `_${port.name}._${port.protocol.toLowerCase()}.${base}`, record);
}

function addPodAddress(names: Names, { addresses, namespace }: NamedPod, domain: string): void {
  for (const address of addressesOf(addresses)) {
    add(names, podAddressName(address, namespace, domain), addressRecord(address));
  }
}

const podAddressName = (address: string, namespace: string, domain: string): string =>
  `${dashedAddress(address)}.${namespace}.pod.${domain}`;

/** Services come first, then pods in their order. */
function addFree(names: Names, serviceNames: ReadonlySet<string>, name: string, { addresses }: NamedPod): void {
  const key = name.toLowerCase();
  if (!serviceNames.has(key) && !names.has(key)) names.set(key, addressRecords(addresses));
}

/** Kubernetes wants a headless Service for these; where it is missing, the pod's own words are enough. */
function addSubdomain(names: Names, serviceNames: ReadonlySet<string>, pod: NamedPod, domain: string): void {
  if (pod.subdomain === undefined) return;
  const base = `${pod.subdomain}.${pod.namespace}.svc.${domain}`;
  if (!serviceNames.has(base)) addFree(names, serviceNames, `${pod.hostname}.${base}`, pod);
}

/** The nicest name that leads back to the address. */
function addReverse(names: Names, { name, namespace, addresses }: NamedPod, domain: string): void {
  const podName = `${name}.${namespace}.svc.${domain}`;
  for (const address of addressesOf(addresses)) {
    const isOwn = names.get(podName)?.some(({ data }) => data === address) === true;
    addPointer(names, address, isOwn ? podName : podAddressName(address, namespace, domain));
  }
}

function addPointer(names: Names, address: string, target: string): void {
  const name = reverseName(address);
  if (!names.has(name)) names.set(name, [{ type: 'PTR', data: target }]);
}

const addressRecords = (addresses: AddressPair): ZoneRecord[] => addressesOf(addresses).map(addressRecord);

function add(names: Names, name: string, record: ZoneRecord): void {
  const key = name.toLowerCase();
  const records = names.get(key);
  if (records === undefined) names.set(key, [record]);
  else records.push(record);
}

/** A name above another one exists, too: it is no NXDOMAIN (RFC 8020). */
function addParents(names: Names, domain: string): void {
  for (const name of [...names.keys()]) {
    if (!name.endsWith(`.${domain}`)) continue;
    for (let parent = parentOf(name); !names.has(parent); parent = parentOf(parent)) names.set(parent, []);
  }
}

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1);

const namespacesOf = (pods: readonly NamedPod[]): ReadonlyMap<string, string> =>
  new Map(pods.flatMap(({ addresses, namespace }) => addressesOf(addresses).map((address) => [address, namespace])));
