/**
 * The little of HTTP/2 (RFC 9113) that one gRPC call needs: a POST out, a body and a few fields in. Node's own http2 asks for
 * process.stderr when it is loaded late, which ends PID 1. Pure; never throws, whatever comes.
 */
import { literalField, readFields } from './hpack-fields.ts';

const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, continuation: 9 } as const;
const flag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;
const headBytes = 9;
/** What a peer may send before it is allowed more. */
const maxFrameBytes = 16_384;
/** One answer with its headers has less than 200. */
const maxAnswerBytes = 65_536;

/** The connection's preface and one whole POST on stream 1. The other side is asked for headers that refer to none before them. */
export function encodePost(path: string, authority: string, fields: Readonly<Record<string, string>>, body: Buffer) {
  const block = Buffer.concat([
    Buffer.from([0x83, 0x86]), // :method POST, :scheme http
    literalField(':path', path),
    literalField(':authority', authority),
    ...Object.entries(fields).map(([name, value]) => literalField(name, value)),
  ]);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
    encodeFrame(frameType.settings, 0, 0, Buffer.from([0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])), // HEADER_TABLE_SIZE 0, ENABLE_PUSH 0
    encodeFrame(frameType.headers, flag.endHeaders, 1, block),
    encodeFrame(frameType.data, flag.endStream, 1, body),
  ]);
}

/** How the answer stands. */
export type Http2Outcome =
  | { readonly kind: 'partial' }
  /** the connection or the stream was broken off */
  | { readonly kind: 'broken'; readonly detail: string }
  /** `fields`: :status, grpc-status, grpc-message as far as they came, in headers or trailers */
  | { readonly kind: 'ended'; readonly fields: ReadonlyMap<string, string>; readonly body: Buffer };

/** The answer in the making; one per connection. */
export class Http2Answer {
  readonly #fields = new Map<string, string>();
  readonly #body: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #block: Buffer[] = [];
  #size = 0;
  #isLast = false;
  #outcome: Http2Outcome = { kind: 'partial' };

  /** Takes what came; `reply` is to be sent (acknowledgements). */
  take(bytes: Buffer): { readonly outcome: Http2Outcome; readonly reply: Buffer } {
    this.#size += bytes.length;
    if (this.#size > maxAnswerBytes) return { outcome: broken('the answer is too long'), reply: Buffer.alloc(0) };
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const replies: Buffer[] = [];
    while (this.#outcome.kind === 'partial' && this.#rest.length >= headBytes) {
      const length = this.#rest.readUIntBE(0, 3);
      if (length > maxFrameBytes) this.#outcome = broken('the answer is not HTTP/2');
      if (length > maxFrameBytes || this.#rest.length < headBytes + length) break;
      const payload = this.#rest.subarray(headBytes, headBytes + length);
      const reply = this.#frame(this.#rest[3] ?? 0, this.#rest[4] ?? 0, payload);
      if (reply !== undefined) replies.push(reply);
      this.#rest = this.#rest.subarray(headBytes + length);
    }
    return { outcome: this.#outcome, reply: Buffer.concat(replies) };
  }

  /** What is to be answered at once. */
  #frame(type: number, flags: number, payload: Buffer): Buffer | undefined {
    switch (type) {
      case frameType.settings:
        return acknowledge(type, flags, Buffer.alloc(0));
      case frameType.ping:
        return acknowledge(type, flags, payload);
      case frameType.data:
        this.#body.push(unpadded(payload, flags));
        this.#endAt(flags, true);
        return undefined;
      case frameType.headers:
        this.#isLast ||= (flags & flag.endStream) !== 0;
        this.#block = [];
        this.#takeFields(withoutPriority(unpadded(payload, flags), flags), flags);
        return undefined;
      case frameType.continuation:
        this.#takeFields(payload, flags);
        return undefined;
      case frameType.reset:
        this.#outcome = broken(`stream reset, HTTP/2 error code ${errorOf(payload, 0)}`);
        return undefined;
      case frameType.goAway:
        this.#outcome = broken(`connection ended, HTTP/2 error code ${errorOf(payload, 4)}`);
        return undefined;
      default:
        return undefined;
    }
  }

  #takeFields(part: Buffer, flags: number): void {
    this.#block.push(part);
    if ((flags & flag.endHeaders) === 0) return;
    readFields(Buffer.concat(this.#block), this.#fields);
    this.#endAt(flags, false);
  }

  /** A stream whose headers were the last ends with the end of these. */
  #endAt(flags: number, isData: boolean): void {
    if (isData) this.#isLast ||= (flags & flag.endStream) !== 0;
    if (this.#isLast) this.#outcome = { kind: 'ended', fields: this.#fields, body: Buffer.concat(this.#body) };
  }
}

const acknowledge = (type: number, flags: number, payload: Buffer): Buffer | undefined =>
  (flags & flag.ack) === 0 ? encodeFrame(type, flag.ack, 0, payload) : undefined;

const broken = (detail: string): Http2Outcome => ({ kind: 'broken', detail });

const errorOf = (payload: Buffer, at: number): number => (payload.length >= at + 4 ? payload.readUInt32BE(at) : -1);

function encodeFrame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function unpadded(payload: Buffer, flags: number): Buffer {
  if ((flags & flag.padded) === 0) return payload;
  return payload.subarray(1, Math.max(1, payload.length - (payload[0] ?? 0)));
}

const withoutPriority = (payload: Buffer, flags: number): Buffer =>
  (flags & flag.priority) === 0 ? payload : payload.subarray(5);
