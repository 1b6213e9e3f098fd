/**
 * Frames of an exec session (see ExecFrame in init.ts): 1 byte kind, 4 bytes big-endian payload length, payload.
 * No dependencies and almost no allocation: podinit runs this too.
 */

export const frameHeaderBytes = 5;

/** Longest payload a peer may announce; more is a broken stream, not a big frame. Senders split at will. */
export const maxFramePayloadBytes = 1 << 20;

/** One whole frame in one buffer. Strings are UTF-8. */
export function encodeFrame(kind: number, payload: Uint8Array | string = ''): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const frame = Buffer.allocUnsafe(frameHeaderBytes + length);
  writeFrameHeader(frame, kind, length);
  if (typeof payload === 'string') frame.write(payload, frameHeaderBytes);
  else frame.set(payload, frameHeaderBytes);
  return frame;
}

/** Writes the header at the start of `target`, for senders that read their payload straight behind it (at `frameHeaderBytes`). */
export function writeFrameHeader(target: Buffer, kind: number, payloadLength: number): void {
  target[0] = kind;
  target.writeUInt32BE(payloadLength, 1);
}

/** `payload` is valid only during the call (it may be a view of the pushed chunk): copy what must live longer. */
export type FrameSink = (kind: number, payload: Buffer) => void;

/**
 * Cuts a byte stream into frames, however it was chunked. A frame that lies whole in one chunk is handed on as a view, uncopied.
 * Throws when a peer announces more than `maxFramePayloadBytes`; the stream is unusable afterwards.
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #header = Buffer.alloc(frameHeaderBytes);
  #headerFilled = 0;
  #payload: Buffer | undefined;
  #payloadFilled = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** True between two frames: an end of the stream here loses nothing. */
  get isIdle(): boolean {
    return this.#headerFilled === 0;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      offset =
        this.#headerFilled < frameHeaderBytes ? this.#fillHeader(chunk, offset) : this.#fillPayload(chunk, offset);
    }
  }

  #fillHeader(chunk: Buffer, offset: number): number {
    const taken = Math.min(frameHeaderBytes - this.#headerFilled, chunk.length - offset);
    chunk.copy(this.#header, this.#headerFilled, offset, offset + taken);
    this.#headerFilled += taken;
    if (this.#headerFilled < frameHeaderBytes) return offset + taken;
    const length = this.#header.readUInt32BE(1);
    if (length > maxFramePayloadBytes)
      throw new Error(`exec frame of ${length} bytes: the limit is ${maxFramePayloadBytes}`);
    if (length === 0) this.#deliver(emptyPayload);
    return offset + taken;
  }

  #fillPayload(chunk: Buffer, offset: number): number {
    const length = this.#header.readUInt32BE(1);
    const end = offset + length - this.#payloadFilled;
    if (this.#payload === undefined && end <= chunk.length) {
      this.#deliver(chunk.subarray(offset, end));
      return end;
    }
    this.#payload ??= Buffer.allocUnsafe(length);
    const copied = chunk.copy(this.#payload, this.#payloadFilled, offset, Math.min(end, chunk.length));
    this.#payloadFilled += copied;
    if (this.#payloadFilled === length) this.#deliver(this.#payload);
    return offset + copied;
  }

  #deliver(payload: Buffer): void {
    this.#headerFilled = 0;
    this.#payload = undefined;
    this.#payloadFilled = 0;
    this.#sink(this.#header[0] ?? 0, payload);
  }
}

const emptyPayload = Buffer.alloc(0);
