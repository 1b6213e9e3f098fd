/** Bytes of a query in, bytes of the reply out: from the zone, or from the machine's resolvers. */
import { answerQuery } from './answer-query.ts';
import {
  encodeBareRefusal,
  encodeCutOff,
  encodeRefusal,
  encodeReply,
  type ReplyRecord,
  udpLimit,
} from './encode-reply.ts';
import { encodeFollowUp, joinAliases } from './follow-alias.ts';
import type { Asker, Forwarder } from './forwarder.ts';
import { type Query, type ReadQuery, rcodes, readQuery } from './read-query.ts';
import type { Zone } from './zone.ts';

export interface Resolver {
  /** `reply` is called once, or never when no reply is due. Never throws. */
  readonly respond: (bytes: Buffer, asker: Asker, reply: (bytes: Buffer) => void) => void;
}

const largestMessage = 0xffff;

export function createResolver(zone: Zone, forwarder: Forwarder): Resolver {
  let turn = 0;

  const forward = async (bytes: Buffer, query: Query, asker: Asker): Promise<Buffer> => {
    const reply = await forwarder.ask({ bytes, questionBytes: query.questionBytes }, asker);
    const limit = asker.byTcp ? largestMessage : Math.max(query.edns?.udpBytes ?? 0, 512);
    return reply.length > limit ? encodeCutOff(query, reply) : reply;
  };
  const follow = async (
    aliases: readonly ReplyRecord[],
    target: string,
    query: Query,
    asker: Asker,
  ): Promise<Buffer> => {
    const followUp = encodeFollowUp(target, query.type);
    if (followUp === undefined) throw new Error(`${target} is no name`);
    const reply = await forwarder.ask({ bytes: followUp.bytes, questionBytes: followUp.query.questionBytes }, asker);
    return encodeReply(query, joinAliases(aliases, query.type, reply), limitOf(query, asker));
  };
  const answer = (bytes: Buffer, query: Query, asker: Asker): Buffer | Promise<Buffer> => {
    const verdict = answerQuery(zone, query, asker.address, turn++);
    if (verdict.kind === 'reply') return encodeReply(query, verdict.reply, limitOf(query, asker));
    const reply =
      verdict.kind === 'forward' ? forward(bytes, query, asker) : follow(verdict.aliases, verdict.target, query, asker);
    return reply.catch(() => encodeRefusal(query, rcodes.serverFailure));
  };
  return {
    respond: (bytes, asker, reply) => {
      const read = readQuery(bytes);
      if (read.kind === 'ignored') return;
      if (read.kind === 'wrong') return reply(encodeWrong(read));
      const answered = answer(bytes, read.query, asker);
      if (Buffer.isBuffer(answered)) reply(answered);
      else void answered.then(reply);
    },
  };
}

const encodeWrong = ({ id, rcode, query }: Extract<ReadQuery, { kind: 'wrong' }>): Buffer =>
  query === undefined ? encodeBareRefusal(id, rcode) : encodeRefusal(query, rcode);

const limitOf = (query: Query, asker: Asker): number => (asker.byTcp ? largestMessage : udpLimit(query));
