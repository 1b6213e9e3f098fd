/** netlink(7) messages: as plain data, and as the bytes that the kernel reads and writes. Of the machine's byte order: little-endian. */

/** `header`: what stands before nested attributes, as the ifinfomsg of VETH_INFO_PEER. */
export type AttributeValue =
  | { readonly u8: number }
  | { readonly u32: number }
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly nested: readonly Attribute[]; readonly header?: Uint8Array };

export type Attribute = readonly [type: number, value: AttributeValue];

/** One request: what it does in words (of errors), its type and flags, and what follows nlmsghdr. */
export interface NetlinkMessage {
  readonly what: string;
  readonly type: number;
  readonly flags: number;
  readonly header: Uint8Array;
  readonly attributes: readonly Attribute[];
}

/** One message of the kernel; `body` is what follows nlmsghdr. */
export interface NetlinkReply {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** NLM_F_* of linux/netlink.h. */
export const netlinkFlags = {
  request: 0x1,
  ack: 0x4,
  echo: 0x8,
  replace: 0x100,
  dump: 0x300,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
} as const;

const messageHeaderBytes = 16;
const attributeHeaderBytes = 4;
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

const aligned = (bytes: number): number => (bytes + 3) & ~3;

/** All in one buffer, numbered from `firstSequence` on; the last one asks for an answer: refusals are told unasked. */
export function encodeMessages(messages: readonly NetlinkMessage[], firstSequence: number): Buffer {
  const buffer = Buffer.alloc(messages.reduce((sum, message) => sum + messageSize(message), 0));
  let at = 0;
  messages.forEach((message, index) => {
    const size = messageSize(message);
    const asks = index === messages.length - 1 && (message.flags & netlinkFlags.dump) !== netlinkFlags.dump;
    buffer.writeUInt32LE(size, at);
    buffer.writeUInt16LE(message.type, at + 4);
    buffer.writeUInt16LE(message.flags | netlinkFlags.request | (asks ? netlinkFlags.ack : 0), at + 6);
    buffer.writeUInt32LE(firstSequence + index, at + 8);
    buffer.set(message.header, at + messageHeaderBytes);
    writeAttributes(buffer, at + messageHeaderBytes + aligned(message.header.length), message.attributes);
    at += size;
  });
  return buffer;
}

const messageSize = ({ header, attributes }: NetlinkMessage): number =>
  messageHeaderBytes + aligned(header.length) + attributesSize(attributes);

const attributesSize = (attributes: readonly Attribute[]): number =>
  attributes.reduce((sum, [, value]) => sum + aligned(attributeHeaderBytes + valueSize(value)), 0);

function valueSize(value: AttributeValue): number {
  if ('nested' in value) return aligned(value.header?.length ?? 0) + attributesSize(value.nested);
  if ('u32' in value) return 4;
  if ('u8' in value) return 1;
  return 'text' in value ? Buffer.byteLength(value.text) + 1 : value.bytes.length;
}

function writeAttributes(buffer: Buffer, offset: number, attributes: readonly Attribute[]): void {
  let at = offset;
  for (const [type, value] of attributes) {
    const size = attributeHeaderBytes + valueSize(value);
    buffer.writeUInt16LE(size, at);
    buffer.writeUInt16LE('nested' in value ? type | NLA_F_NESTED : type, at + 2);
    writeValue(buffer, at + attributeHeaderBytes, value);
    at += aligned(size);
  }
}

function writeValue(buffer: Buffer, at: number, value: AttributeValue): void {
  if ('nested' in value) {
    const { header } = value;
    if (header !== undefined) buffer.set(header, at);
    writeAttributes(buffer, at + aligned(header?.length ?? 0), value.nested);
  } else if ('u32' in value) buffer.writeUInt32LE(value.u32, at);
  else if ('u8' in value) buffer.writeUInt8(value.u8, at);
  else if ('text' in value) buffer.write(value.text, at);
  else buffer.set(value.bytes, at);
}

/** All messages of one datagram. Bodies are views of the buffer: they hold until it is read into again. */
export function* decodeMessages(buffer: Buffer): Generator<NetlinkReply> {
  for (let at = 0; at + messageHeaderBytes <= buffer.length; ) {
    const size = buffer.readUInt32LE(at);
    if (size < messageHeaderBytes) return;
    yield {
      type: buffer.readUInt16LE(at + 4),
      flags: buffer.readUInt16LE(at + 6),
      sequence: buffer.readUInt32LE(at + 8),
      body: buffer.subarray(at + messageHeaderBytes, at + size),
    };
    at += aligned(size);
  }
}

/** The attributes from `offset` on, by type; views of the body. Of several of one type the last. */
export function decodeAttributes(body: Buffer, offset = 0): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = offset; at + attributeHeaderBytes <= body.length; ) {
    const size = body.readUInt16LE(at);
    if (size < attributeHeaderBytes) break;
    found.set(body.readUInt16LE(at + 2) & NLA_TYPE_MASK, body.subarray(at + attributeHeaderBytes, at + size));
    at += aligned(size);
  }
  return found;
}

/** Text of an attribute, without its NUL. */
export const attributeText = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
};
