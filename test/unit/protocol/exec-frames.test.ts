import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeFrame,
  FrameDecoder,
  frameHeaderBytes,
  maxFramePayloadBytes,
  writeFrameHeader,
} from '../../../src/protocol/exec-frames.ts';
import { ExecFrame } from '../../../src/protocol/init.ts';

interface Frame {
  readonly kind: number;
  readonly payload: string;
}

function decode(chunks: readonly Buffer[]): { frames: Frame[]; idle: boolean } {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((kind, payload) => frames.push({ kind, payload: payload.toString('hex') }));
  for (const chunk of chunks) decoder.push(chunk);
  return { frames, idle: decoder.isIdle };
}

const anyFrame = fc.record({ kind: fc.integer({ min: 0, max: 5 }), payload: fc.uint8Array({ maxLength: 300 }) });

describe('exec frames', () => {
  test('a frame is kind, big-endian length, payload', () => {
    expect(encodeFrame(ExecFrame.stdout, 'hé').toString('hex')).toBe('010000000368c3a9');
  });

  test('a header written before a payload equals an encoded frame', () => {
    const buffer = Buffer.alloc(frameHeaderBytes + 2, 'ab');
    buffer.write('ab', frameHeaderBytes);
    writeFrameHeader(buffer, ExecFrame.stdin, 2);
    expect(buffer.equals(encodeFrame(ExecFrame.stdin, 'ab'))).toBe(true);
  });

  test('any chunking gives the same frames', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 20 }), fc.array(fc.integer({ min: 0, max: 50 })), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map((frame) => encodeFrame(frame.kind, frame.payload)));
        const { frames: decoded, idle } = decode(chop(bytes, cuts));
        expect(decoded).toEqual(frames.map((f) => ({ kind: f.kind, payload: Buffer.from(f.payload).toString('hex') })));
        expect(idle).toBe(true);
      }),
    );
  });

  test('a stream cut inside a frame is not idle', () => {
    const frame = encodeFrame(ExecFrame.exit, '{"exitCode":0}');
    for (let cut = 1; cut < frame.length; cut++)
      expect(decode([frame.subarray(0, cut)])).toEqual({ frames: [], idle: false });
  });

  test('an announced payload over the limit is refused', () => {
    const header = Buffer.alloc(frameHeaderBytes);
    writeFrameHeader(header, ExecFrame.stdout, maxFramePayloadBytes + 1);
    expect(() => decode([header])).toThrow(/limit/);
  });
});

function chop(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (const cut of cuts) {
    chunks.push(Buffer.from(bytes.subarray(offset, offset + cut)));
    offset = Math.min(bytes.length, offset + cut);
  }
  return [...chunks, Buffer.from(bytes.subarray(offset))];
}
