/** DNS queries (RFC 1035, EDNS RFC 6891) as far as podnet looks into them. */
import { decode } from 'dns-packet';

export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** lower case, without the final dot; empty: the root */
  readonly name: string;
  /** `A`; `UNKNOWN_65` where dns-packet has no word for it */
  readonly type: string;
  /** as it was asked: goes back byte for byte, for some resolvers compare the case */
  readonly questionBytes: Buffer;
  readonly edns?: { readonly udpBytes: number };
}

export const rcodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nxDomain: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
};

/** Of a reply; the four bits that every header has. */
export const rcodeOf = (reply: Buffer): number => (reply[3] ?? 0) & 0xf;

export type ReadQuery =
  | { readonly kind: 'query'; readonly query: Query }
  /** to be told to whoever asked */
  | { readonly kind: 'wrong'; readonly id: number; readonly rcode: number; readonly query?: Query }
  /** no query at all: an answer to it could be the next one's question */
  | { readonly kind: 'ignored' };

const headerBytes = 12;
const opcodeBits = 0x7800;
const responseBit = 0x8000;
const recursionBit = 0x0100;
const classIn = 1;

/** Never throws, whatever the bytes are. */
export function readQuery(bytes: Buffer): ReadQuery {
  if (bytes.length < headerBytes) return { kind: 'ignored' };
  const id = bytes.readUInt16BE(0);
  const flags = bytes.readUInt16BE(2);
  if ((flags & responseBit) !== 0) return { kind: 'ignored' };
  if ((flags & opcodeBits) !== 0) return { kind: 'wrong', id, rcode: rcodes.notImplemented };
  return (hasOneQuestion(bytes) ? readQuestion(bytes, id, flags) : undefined) ?? wrongFormat(id);
}

const wrongFormat = (id: number): ReadQuery => ({ kind: 'wrong', id, rcode: rcodes.formatError });

/** And nothing but an OPT record, perhaps with a signature: decoding thousands of records is work that a query has no need of. */
const hasOneQuestion = (bytes: Buffer): boolean =>
  bytes.readUInt16BE(4) === 1 &&
  bytes.readUInt16BE(6) === 0 &&
  bytes.readUInt16BE(8) === 0 &&
  bytes.readUInt16BE(10) <= 2;

function readQuestion(bytes: Buffer, id: number, flags: number): ReadQuery | undefined {
  const end = questionEnd(bytes);
  if (end === undefined) return undefined;
  const packet = decodeOrUndefined(bytes);
  const question = packet?.questions?.[0];
  if (packet === undefined || question === undefined) return undefined;
  const opt = packet.additionals?.find((record) => record.type === 'OPT');
  const query: Query = {
    id,
    recursionDesired: (flags & recursionBit) !== 0,
    name: question.name === '.' ? '' : question.name.toLowerCase(),
    type: question.type,
    questionBytes: bytes.subarray(headerBytes, end),
    ...(opt === undefined ? {} : { edns: { udpBytes: opt.udpPayloadSize } }),
  };
  if (bytes.readUInt16BE(end - 2) !== classIn) return { kind: 'wrong', id, rcode: rcodes.refused, query };
  if (opt !== undefined && opt.ednsVersion > 0) return { kind: 'wrong', id, rcode: rcodes.badVersion, query };
  return { kind: 'query', query };
}

/** Where type and class of the first question end; a compressed name cannot be: there is nothing before it. */
function questionEnd(bytes: Buffer): number | undefined {
  let at = headerBytes;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63) return undefined;
    at += 1 + length;
    if (length === 0) return at + 4 <= bytes.length ? at + 4 : undefined;
  }
}

function decodeOrUndefined(bytes: Buffer): ReturnType<typeof decode> | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}
