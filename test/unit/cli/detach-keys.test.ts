import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDetachFilter, parseDetachKeys } from '../../../src/cli/detach-keys.ts';

describe('detach keys', () => {
  test.each([
    ['ctrl-p,ctrl-q', [16, 17]],
    ['ctrl-P', [16]],
    ['ctrl-]', [29]],
    ['ctrl-@', [0]],
    ['ctrl-\\', [28]],
    ['a,b', [97, 98]],
  ])('%s are understood', (text, bytes) => {
    expect(parseDetachKeys(text)).toEqual(Buffer.from(bytes));
  });

  test.each(['', 'ctrl-', 'ctrl-1', 'ctrl-pp', 'ab', 'a,', 'ü', 'alt-x'])('%j are refused', (text) => {
    expect(parseDetachKeys(text)).toBeUndefined();
  });

  const keys = Buffer.from([16, 17]);
  const run = (chunks: readonly string[]) => {
    const filter = createDetachFilter(keys);
    let passed = '';
    for (const chunk of chunks) {
      const { bytes, isDetached } = filter.take(Buffer.from(chunk));
      passed += bytes.toString();
      if (isDetached) return { passed, isDetached };
    }
    return { passed, isDetached: false };
  };

  test.each([
    ['are found in one chunk', ['ab\x10\x11cd'], { passed: 'ab', isDetached: true }],
    ['are found across chunks', ['ab\x10', '\x11cd'], { passed: 'ab', isDetached: true }],
    ['begun and not ended are passed on', ['a\x10', 'b'], { passed: 'a\x10b', isDetached: false }],
    ['begun twice are found', ['\x10', '\x10', '\x11'], { passed: '\x10', isDetached: true }],
  ])('%s', (_what, chunks, expected) => {
    expect(run(chunks)).toEqual(expected);
  });

  test('are found wherever they stand, and nothing before them is lost, however it is typed', () => {
    const typed = fc.array(fc.constantFrom('a', '\x10', '\x11'), { maxLength: 30 }).map((list) => list.join(''));
    fc.assert(
      fc.property(typed, fc.array(fc.integer({ min: 1, max: 4 })), (text, sizes) => {
        const chunks: string[] = [];
        let rest = text;
        for (const size of sizes) {
          chunks.push(rest.slice(0, size));
          rest = rest.slice(size);
        }
        const at = text.indexOf('\x10\x11');
        const { passed, isDetached } = run([...chunks, rest]);
        expect(isDetached).toBe(at !== -1);
        const wanted = at === -1 ? text : text.slice(0, at);
        // one key is held back for as long as the other may follow
        const held = wanted.endsWith('\x10') ? wanted.slice(0, -1) : wanted;
        expect(passed).toBe(at === -1 ? held : wanted);
      }),
    );
  });
});
