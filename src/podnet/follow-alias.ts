/** What the upstreams say of the target of an ExternalName, put behind our own aliases. */
import { type Answer, decode, encode, RECURSION_DESIRED, type RecordType } from 'dns-packet';
import type { Reply, ReplyRecord } from './encode-reply.ts';
import { type Query, rcodeOf, rcodes, readQuery } from './read-query.ts';
import type { ZoneRecord } from './zone.ts';

/** Undefined when the target cannot be written as a name. */
export function encodeFollowUp(target: string, type: string): { bytes: Buffer; query: Query } | undefined {
  const bytes = encode({
    type: 'query',
    id: 0,
    flags: RECURSION_DESIRED,
    questions: [{ name: target, type: type as RecordType }],
  });
  const read = readQuery(bytes);
  return read.kind === 'query' ? { bytes, query: read.query } : undefined;
}

/** Throws when the upstream's bytes are no DNS message. */
export function joinAliases(aliases: readonly ReplyRecord[], type: string, upstreamReply: Buffer): Reply {
  const rcode = rcodeOf(upstreamReply);
  const answers = (decode(upstreamReply).answers ?? []).filter((one) => one.type === 'CNAME' || one.type === type);
  const isTold = rcode === rcodes.noError || rcode === rcodes.nxDomain;
  return { rcode, answers: isTold ? [...aliases, ...answers.map(replyRecord)] : [], authorities: [], additionals: [] };
}

function replyRecord(one: Answer): ReplyRecord {
  const { name, type } = one;
  const record = { type, data: 'data' in one ? one.data : undefined } as ZoneRecord;
  return { owner: name, ttl: 'ttl' in one ? (one.ttl ?? 0) : 0, record };
}
