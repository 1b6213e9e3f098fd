/** A small cluster of names, and questions to it as bytes. */
import { type DecodedPacket, decode, encode, RECURSION_DESIRED, type RecordType } from 'dns-packet';
import { planZone } from '../../../src/podnet/plan-zone.ts';
import { createResolver } from '../../../src/podnet/resolver.ts';
import type { NamedPod, NamedService, PodnetWanted } from '../../../src/protocol/podnet.ts';

type Dns = PodnetWanted['dns'];

export const aPod = (fields: Partial<NamedPod> & { name: string; ipv4: string; ipv6?: string }): NamedPod => {
  const { ipv4, ipv6, ...rest } = fields;
  return {
    namespace: 'default',
    hostname: fields.name,
    addresses: ipv6 === undefined ? { ipv4 } : { ipv4, ipv6 },
    ...rest,
  };
};

export const aService = (fields: Partial<NamedService> & { name: string }): NamedService => ({
  namespace: 'default',
  ips: [],
  ports: [],
  endpoints: [],
  ...fields,
});

export const someDns = (fields: Partial<Dns> = {}): Dns => ({
  address: '10.99.128.10',
  domain: 'cluster.local',
  upstreams: [],
  pods: [],
  services: [],
  ...fields,
});

/** Says of each forwarded question that it was forwarded: a TXT record with the name. */
export const tellingForwarder = {
  ask: async ({ bytes }: { bytes: Buffer }): Promise<Buffer> => {
    const { id = 0, questions = [] } = decode(bytes);
    const [{ name } = { name: '?' }] = questions;
    return encode({ type: 'response', id, questions, answers: [{ type: 'TXT', name, data: `forwarded ${name}` }] });
  },
};

/** What podnet replies to a question, as one who asks reads it. */
export async function ask(
  dns: Dns,
  name: string,
  type: string,
  options: { from?: string; byTcp?: boolean; udpBytes?: number; forwarder?: typeof tellingForwarder } = {},
): Promise<DecodedPacket & { readonly rcode: string; readonly bytes: number }> {
  const { from = '10.99.0.99', byTcp = false, udpBytes, forwarder = tellingForwarder } = options;
  const query = encode({
    type: 'query',
    id: 4711,
    flags: RECURSION_DESIRED,
    questions: [{ name, type: type as RecordType }],
    additionals: udpBytes === undefined ? [] : [anOpt(udpBytes)],
  });
  const resolver = createResolver(planZone(dns), forwarder);
  const reply = await new Promise<Buffer>((resolve) => resolver.respond(query, { address: from, byTcp }, resolve));
  return { ...(decode(reply) as DecodedPacket & { rcode: string }), bytes: reply.length };
}

const anOpt = (udpPayloadSize: number) => ({
  type: 'OPT' as const,
  name: '.',
  udpPayloadSize,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
});

/** `A 10.99.0.5` for each answer; `rcode` when there is none. */
export async function answers(
  dns: Dns,
  name: string,
  type: string,
  options: Parameters<typeof ask>[3] = {},
): Promise<string | string[]> {
  const reply = await ask(dns, name, type, options);
  const told = (reply.answers ?? []).map((one) => `${one.type} ${formatData('data' in one ? one.data : undefined)}`);
  return told.length === 0 ? reply.rcode : told;
}

function formatData(data: unknown): string {
  if (Array.isArray(data)) return data.map(String).join(' ');
  if (typeof data === 'object' && data !== null && 'target' in data) {
    const { port, target } = data as unknown as { port: number; target: string };
    return `${port} ${target}`;
  }
  return String(data);
}
