import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineCutter } from '../../../src/cli/print-logs.ts';

describe('a line cutter', () => {
  test('gives whole lines behind the prefix, empty ones too', () => {
    const cutter = createLineCutter('> ');
    expect(String(cutter.take(Buffer.from('a\n\nb')))).toBe('> a\n> \n');
    expect(String(cutter.take(Buffer.from('c')))).toBe('');
    expect(String(cutter.take(Buffer.from('\n')))).toBe('> bc\n');
    expect(String(cutter.take(Buffer.from('end')))).toBe('');
    expect(String(cutter.rest())).toBe('> end\n');
    expect(String(cutter.rest())).toBe('');
  });

  test('gives every line once, however it is chunked', () => {
    const texts = fc.array(
      fc.string().map((text) => text.replaceAll('\n', '')),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.integer({ min: 1, max: 20 })),
        fc.constantFrom('', '[p] '),
        (lines, cuts, prefix) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const cutter = createLineCutter(prefix);
          let given = '';
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            given += cutter.take(bytes.subarray(at, at + cut)).toString('latin1');
            at += cut;
          }
          given += cutter.rest().toString('latin1');
          expect(Buffer.from(given, 'latin1').toString()).toBe(lines.map((line) => `${prefix}${line}\n`).join(''));
        },
      ),
    );
  });

  test('does not keep a line without end', () => {
    const cutter = createLineCutter('> ');
    let given = 0;
    for (let i = 0; i < 100; i++) given += cutter.take(Buffer.alloc(100_000, 'x')).length;
    expect(given).toBeGreaterThan(4_000_000);
  });
});
