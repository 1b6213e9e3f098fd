import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineSplitter, encodeLine } from '../../../src/protocol/json-lines.ts';

function split(chunks: readonly Buffer[], maxBytes?: number): string[] {
  const lines: string[] = [];
  const feed = createLineSplitter((line) => lines.push(line), maxBytes);
  for (const chunk of chunks) feed(chunk);
  return lines;
}

describe('line splitter', () => {
  test('gives every value back, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.nat(64)), (values, cuts) => {
        const bytes = Buffer.from(values.map(encodeLine).join(''));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(split(chunks).map((line) => JSON.stringify(JSON.parse(line)))).toEqual(
          values.map((value) => JSON.stringify(value)),
        );
      }),
    );
  });

  test('keeps an unfinished line when the caller reuses its buffer', () => {
    const lines: string[] = [];
    const feed = createLineSplitter((line) => lines.push(line));
    const buffer = Buffer.from('"begun');
    feed(buffer);
    buffer.fill('x');
    feed(Buffer.from(' and ended"\n'));
    expect(lines).toEqual(['"begun and ended"']);
  });

  test('passes over empty lines and waits for the newline', () => {
    expect(split([Buffer.from('\n1\n\n2\n3')])).toEqual(['1', '2']);
  });

  test('refuses a line over the limit, finished or not', () => {
    expect(split([Buffer.from('1234\n')], 4)).toEqual(['1234']);
    expect(() => split([Buffer.from('12345\n')], 4)).toThrow('line of more than 4 bytes');
    expect(() => split([Buffer.from('12'), Buffer.from('345')], 4)).toThrow('line of more than 4 bytes');
  });
});
