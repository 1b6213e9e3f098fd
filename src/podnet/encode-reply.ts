/** Replies as bytes. */
import { type Answer, encode } from 'dns-packet';
import { type Query, rcodes } from './read-query.ts';
import { type ZoneRecord, zoneTtl } from './zone.ts';

/** A record and its owner; that of the question when absent. */
export interface ReplyRecord {
  readonly owner?: string;
  readonly ttl?: number;
  readonly record: ZoneRecord;
}

export interface Reply {
  readonly rcode: number;
  readonly answers: readonly ReplyRecord[];
  readonly authorities: readonly ReplyRecord[];
  /** left out where they do not fit */
  readonly additionals: readonly ReplyRecord[];
}

const headerBytes = 12;
const flagBits = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
};
/** Where the question's name stands, as a compressed name (RFC 1035, 4.1.4). */
const questionPointer = Buffer.from([0xc0, headerBytes]);
/** What podnet takes by UDP itself: the size that fits every path (DNS flag day 2020). */
const ownUdpBytes = 1232;

/** How long a reply by UDP may be: at least 512 bytes, RFC 1035. */
export const udpLimit = (query: Query): number => Math.min(Math.max(query.edns?.udpBytes ?? 512, 512), ownUdpBytes);

/** Answers that do not fit are left out, and the reply says so (TC): whoever wants all of them comes by TCP. */
export function encodeReply(query: Query, reply: Reply, limit: number): Buffer {
  const opt = query.edns === undefined ? [] : [encodeOpt(reply.rcode)];
  const space = { left: limit - headerBytes - query.questionBytes.length - (opt[0]?.length ?? 0) };
  const answers = takeFitting(reply.answers, space);
  const isTruncated = answers.length < reply.answers.length;
  const authorities = takeFitting(reply.authorities, space);
  const additionals = isTruncated ? [] : takeFitting(reply.additionals, space);
  const header = encodeHeader(query, reply.rcode, isTruncated);
  header.writeUInt16BE(answers.length, 6);
  header.writeUInt16BE(authorities.length, 8);
  header.writeUInt16BE(additionals.length + opt.length, 10);
  return Buffer.concat([header, query.questionBytes, ...answers, ...authorities, ...additionals, ...opt]);
}

/** A reply without any record, to a query that could be read; `rcode` may be an extended one. */
export const encodeRefusal = (query: Query, rcode: number): Buffer =>
  encodeReply(query, { rcode, answers: [], authorities: [], additionals: [] }, Number.POSITIVE_INFINITY);

/** To a query that could not be read: the header alone. */
export function encodeBareRefusal(id: number, rcode: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flagBits.response | rcode, 2);
  return header;
}

/** Of an upstream's reply that is longer than the one who asked can take: its header and question, and that there is more by TCP. */
export function encodeCutOff(query: Query, reply: Buffer): Buffer {
  const cut = Buffer.concat([reply.subarray(0, headerBytes), query.questionBytes]);
  cut.writeUInt16BE(reply.readUInt16BE(2) | flagBits.truncated, 2);
  cut.writeUInt16BE(1, 4);
  cut.fill(0, 6, headerBytes);
  return cut;
}

function encodeHeader(query: Query, rcode: number, isTruncated: boolean): Buffer {
  const header = Buffer.alloc(headerBytes);
  const isOwn = rcode === rcodes.noError || rcode === rcodes.nxDomain;
  const flags =
    flagBits.response |
    flagBits.recursionAvailable |
    (isOwn ? flagBits.authoritative : 0) |
    (isTruncated ? flagBits.truncated : 0) |
    (query.recursionDesired ? flagBits.recursionDesired : 0);
  header.writeUInt16BE(query.id, 0);
  header.writeUInt16BE(flags | (rcode & 0xf), 2);
  header.writeUInt16BE(1, 4);
  return header;
}

function takeFitting(records: readonly ReplyRecord[], space: { left: number }): Buffer[] {
  const taken: Buffer[] = [];
  for (const record of records) {
    const bytes = encodeRecord(record);
    if (bytes.length > space.left) break;
    space.left -= bytes.length;
    taken.push(bytes);
  }
  return taken;
}

function encodeRecord({ owner, ttl = zoneTtl, record }: ReplyRecord): Buffer {
  // the library does not compress names: a root name, one byte, makes room for the pointer
  const bytes = encodeAnswer({ ...record, name: owner ?? '.', ttl } as Answer);
  return owner === undefined ? Buffer.concat([questionPointer, bytes.subarray(1)]) : bytes;
}

const encodeOpt = (rcode: number): Buffer =>
  encodeAnswer({
    type: 'OPT',
    name: '.',
    udpPayloadSize: ownUdpBytes,
    extendedRcode: rcode >> 4,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  });

/** The one record of a packet. */
const encodeAnswer = (record: Answer): Buffer => encode({ answers: [record] }).subarray(headerBytes);
