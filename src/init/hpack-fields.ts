/** The little of HPACK (RFC 7541) that a gRPC call needs, without a dynamic table and without Huffman's code. Pure. */

/** Without indexing, a new name, both as they are. */
export function literalField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), plainString(name), plainString(value)]);
}

function plainString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([prefixed(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits, RFC 7541 5.1. */
function prefixed(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const rest: number[] = [];
  let left = value - 127;
  for (; left >= 128; left >>>= 7) rest.push((left & 127) | 128);
  return Buffer.from([127, ...rest, left]);
}

/** Entries 8 … 14 of the static table. */
const staticStatuses = ['200', '204', '206', '304', '400', '404', '500'];
const firstStatus = 8;

/** What names look like in Huffman's code; their values are digits, which are no shorter in it. */
const codedNames: Readonly<Record<string, string>> = {
  '9acac8b21234da8f': 'grpc-status',
  '9acac8b5254207317f': 'grpc-message',
};

/** Fields :status, grpc-status and grpc-message; what is coded otherwise than plain is left out. Never throws. */
export function readFields(block: Buffer, into: Map<string, string>): void {
  const at = { offset: 0 };
  while (at.offset < block.length) readField(block, at, into);
}

interface Place {
  offset: number;
}

/** Its first bits say which kind of field it is, RFC 7541 6. */
function readField(block: Buffer, at: Place, into: Map<string, string>): void {
  const first = block[at.offset] ?? 0;
  if (first >= 0x80) {
    const status = staticStatuses[readNumber(block, at, 7) - firstStatus];
    if (status !== undefined) into.set(':status', status);
    return;
  }
  if (first >= 0x20 && first < 0x40) {
    readNumber(block, at, 5); // the size of a table that is not used
    return;
  }
  const index = readNumber(block, at, first >= 0x40 ? 6 : 4);
  const name = index === 0 ? nameOf(readString(block, at)) : staticName(index);
  const value = readString(block, at);
  if (name !== undefined && !value.isCoded) into.set(name, value.bytes.toString('utf8'));
}

const staticName = (index: number): string | undefined =>
  index >= firstStatus && index < firstStatus + staticStatuses.length ? ':status' : undefined;

interface Text {
  readonly bytes: Buffer;
  /** in Huffman's code */
  readonly isCoded: boolean;
}

const nameOf = ({ bytes, isCoded }: Text): string | undefined =>
  isCoded ? codedNames[bytes.toString('hex')] : bytes.toString('latin1');

function readString(block: Buffer, at: Place): Text {
  const isCoded = ((block[at.offset] ?? 0) & 0x80) !== 0;
  const length = readNumber(block, at, 7);
  const bytes = block.subarray(at.offset, at.offset + length);
  at.offset += length;
  return { bytes, isCoded };
}

/** Moves on by one byte at least, so that every reading ends. */
function readNumber(block: Buffer, at: Place, bits: number): number {
  const mask = 2 ** bits - 1;
  let value = (block[at.offset++] ?? 0) & mask;
  if (value < mask) return value;
  for (let shift = 0; shift < 28 && at.offset < block.length; shift += 7) {
    const byte = block[at.offset++] ?? 0;
    value += (byte & 127) << shift;
    if (byte < 128) break;
  }
  return value;
}
