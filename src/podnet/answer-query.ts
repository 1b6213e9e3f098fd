/** What is said to a query: out of the zone, or by whom it is to be answered. Pure. */
import type { Reply, ReplyRecord } from './encode-reply.ts';
import { type Found, findName } from './find-name.ts';
import { type Query, rcodes } from './read-query.ts';
import type { Zone, ZoneRecord } from './zone.ts';

export type Verdict =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** the upstreams' to answer */
  | { readonly kind: 'forward' }
  /** an ExternalName: these aliases, and whatever the upstreams say of `target` */
  | { readonly kind: 'follow'; readonly aliases: readonly ReplyRecord[]; readonly target: string };

/** Zone transfers: podnet forwards one reply, not a stream of them. */
const transfers: ReadonlySet<string> = new Set(['AXFR', 'IXFR']);
/** What resolvers that validate ask of top-level domains: such a single label is no host. */
const delegationTypes: ReadonlySet<string> = new Set(['NS', 'SOA', 'DS', 'DNSKEY']);
const longestChain = 8;

/** `turn` rotates the addresses: whoever takes the first one gets another each time. */
export function answerQuery(zone: Zone, query: Query, source: string, turn: number): Verdict {
  if (transfers.has(query.type)) return { kind: 'reply', reply: emptyReply(rcodes.refused) };
  const found = findName(zone, query.name, source);
  if (found.kind === 'elsewhere') return { kind: 'forward' };
  if (found.kind === 'absent' && !query.name.includes('.') && delegationTypes.has(query.type))
    return { kind: 'forward' };
  return answerFound(zone, query, source, found, turn);
}

function answerFound(zone: Zone, query: Query, source: string, first: Found, turn: number): Verdict {
  const aliases: ReplyRecord[] = [];
  let found = first;
  let owner: string | undefined;
  while (found.kind === 'records') {
    const alias = found.records.find((record) => record.type === 'CNAME');
    if (alias === undefined || query.type === 'CNAME')
      return answerRecords(zone, query, found.records, aliases, owner, turn);
    if (aliases.length === longestChain) return { kind: 'reply', reply: emptyReply(rcodes.serverFailure) };
    aliases.push(replyRecord(owner, alias));
    owner = String(alias.data);
    found = findName(zone, owner.toLowerCase(), source);
  }
  if (found.kind === 'elsewhere') return { kind: 'follow', aliases, target: owner ?? query.name };
  return { kind: 'reply', reply: { ...emptyReply(rcodes.nxDomain), answers: aliases, authorities: [authority(zone)] } };
}

function answerRecords(
  zone: Zone,
  query: Query,
  records: readonly ZoneRecord[],
  aliases: readonly ReplyRecord[],
  owner: string | undefined,
  turn: number,
): Verdict {
  const wanted = rotate(
    records.filter(({ type }) => type === query.type),
    turn,
  );
  const answers = [...aliases, ...wanted.map((record) => replyRecord(owner, record))];
  const authorities = wanted.length === 0 ? [authority(zone)] : [];
  return {
    kind: 'reply',
    reply: { rcode: rcodes.noError, answers, authorities, additionals: targetAddresses(zone, wanted) },
  };
}

/** Of SRV targets, which are asked for next anyway. */
function targetAddresses(zone: Zone, records: readonly ZoneRecord[]): ReplyRecord[] {
  const targets = new Set(records.flatMap((record) => (record.type === 'SRV' ? record.data.target : [])));
  return [...targets].flatMap((owner) => {
    const addresses = (zone.names.get(owner.toLowerCase()) ?? []).filter(({ type }) => type === 'A' || type === 'AAAA');
    return addresses.map((record) => ({ owner, record }));
  });
}

function rotate(records: readonly ZoneRecord[], turn: number): readonly ZoneRecord[] {
  const first = records.length === 0 ? 0 : turn % records.length;
  return [...records.slice(first), ...records.slice(0, first)];
}

const replyRecord = (owner: string | undefined, record: ZoneRecord): ReplyRecord =>
  owner === undefined ? { record } : { owner, record };

/** RFC 2308: how long the absence may be remembered. */
const authority = (zone: Zone): ReplyRecord => ({ owner: zone.domain, record: { type: 'SOA', data: zone.authority } });

const emptyReply = (rcode: number): Reply => ({ rcode, answers: [], authorities: [], additionals: [] });
