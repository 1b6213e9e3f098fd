import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDocument } from '../../../src/manifest/format-document.ts';
import { plainValue, type YamlNode } from '../../../src/manifest/yaml-node.ts';
import { nodeOf } from './merge-text.ts';

test('is block style with the keys in their order', () => {
  const text = [
    '# a comment',
    'z: {b: 1, a: [x, {k: v, l: [1]}, [y1, z1]]}',
    'texts: [plain, "yes", "012", "a: b", "#", "", "  x", yes, 012, ~]',
    'empty: [[], {}, {a: []}]',
    'block: "one\\ntwo\\n"',
    'blocks: ["one\\n\\n  two", "\\n"]',
    'folded: >-',
    '  a',
    '  b',
    'url: http://127.0.0.1:80/?a=b',
    '',
  ];
  expect(formatDocument(nodeOf(text.join('\n')))).toBe(`z:
  b: 1
  a:
    - x
    - k: v
      l:
        - 1
    - - y1
      - z1
texts:
  - plain
  - "yes"
  - "012"
  - "a: b"
  - "#"
  - ""
  - "  x"
  - yes
  - 012
  - ~
empty:
  - []
  - {}
  - a: []
block: |
  one
  two
blocks:
  - |-
    one

      two
  - "\\n"
folded: a b
url: http://127.0.0.1:80/?a=b
`);
});

const span = { start: 0, end: 0 };

/** A tree of these values, with nothing of how they were written. */
function treeOf(value: unknown): YamlNode {
  if (Array.isArray(value)) return { kind: 'list', span, items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', span, value: value as string };
  const entries = Object.entries(value).map(([key, item]) => [key, { key: span, node: treeOf(item) }] as const);
  return { kind: 'map', span, entries: new Map(entries) };
}

const piece = fc.constantFrom(
  ...[
    'a',
    'yes',
    '012',
    ' ',
    '  ',
    '\t',
    '\n',
    '\n\n',
    ':',
    ': ',
    ' #',
    '#',
    '-',
    '- ',
    '---',
    '...',
    '? ',
    '"',
    "'",
    '\\',
    "\\'",
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    '&a',
    '*a',
    '!x',
    '|',
    '>',
    '%',
    '@',
    '`',
    '~',
    'null',
    '1e3',
    '0o14',
    '.inf',
    '<<',
    '=',
    '$',
    '${A}',
  ],
  ...['\r', '\0', '\u007f', '\u0085', '\u2028', '\ufeff', '\ud800', 'é', '😀', '\u200b', '\uffff'],
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.oneof(
      fc.integer(),
      fc.double().map((number) => number + 0),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(text, tie('any'), { maxKeys: 3 }),
  ),
})).any;

test('reads back as the same values, whatever they are', () => {
  fc.assert(
    fc.property(fc.dictionary(text, value, { minKeys: 1, maxKeys: 3 }), (document) => {
      const written = formatDocument(treeOf(document));
      const read = nodeOf(written);
      expect(plainValue(read)).toEqual(plainValue(treeOf(document)));
      expect(formatDocument(read)).toBe(written);
    }),
    { numRuns: 1000 },
  );
});
