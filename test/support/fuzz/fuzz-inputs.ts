/** Inputs for fuzzing the manifest parser: each is made of a seed and a number alone, so that any of them can be made again. */
import { readdirSync, readFileSync } from 'node:fs';
import { validObjects } from '../mutations/valid-objects.ts';
import { randomFrom } from '../random.ts';
import { inRepository } from '../repository.ts';

type Random = () => number;

const tokens = [
  ...[
    '- ',
    ': ',
    ', ',
    '? ',
    '\n',
    '\n  ',
    '\n      ',
    '\t',
    ' ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '#',
    '|',
    '>',
    '|+2\n',
    '>-\n',
    '%',
    '@',
    '`',
    '\\',
  ],
  ...[
    '&a ',
    '*a',
    '&b ',
    '*b',
    '<<: ',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '!!timestamp ',
    '!!str ',
    '!!int ',
    '!x ',
    '!<tag:a> ',
    '--- ',
    '\n---\n',
    '\n...\n',
    '%YAML 1.1\n',
    '%TAG ! x\n',
  ],
  ...[
    '0x1f',
    '0o17',
    '017',
    '1e999',
    '-1e999',
    '.inf',
    '.nan',
    '9007199254740993',
    '123456789012345678901234567890',
    '190:20:30',
    '2026-01-01',
    '2026-01-01T00:00:00Z',
    '1_000',
    '+1',
    '.',
    '..',
  ],
  ...[
    'yes',
    'no',
    'on',
    'off',
    'null',
    '~',
    'true',
    'NaN',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '=',
    'ünï',
    '日本',
    '😀',
    '\u0000',
    '\ufeff',
    '\u2028',
    '\u0085',
    '\ud800',
    '\r',
    '\r\n',
    '\x1b[31m',
  ],
  ...[
    '${A}',
    '${A:-b}',
    '${A:?c}',
    '${',
    '$$',
    '$(A)',
    'apiVersion: v1\n',
    'apiVersion: podctl.dev/v1\n',
    'kind: Pod\n',
    'kind: List\nitems:\n',
    'metadata:\n  name: a\n',
    'spec:\n  containers:\n',
    '  - name: a\n',
    'command: [a]\n',
  ],
] as const;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const below = (random: Random, bound: number): number => Math.floor(random() * bound);

let corpus: readonly string[] | undefined;

/** Examples of this repository, and the objects that mutations begin with. */
function goodTexts(): readonly string[] {
  corpus ??= [
    ...readdirSync(inRepository('examples'))
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => readFileSync(inRepository(`examples/${name}`), 'utf8')),
    readFileSync(inRepository('test/support/server-objects.yaml'), 'utf8'),
    ...Object.values(validObjects).map((base) => JSON.stringify(base, undefined, 1)),
  ];
  return corpus;
}

const kinds = [
  randomBytes,
  tokenSoup,
  mutatedText,
  mutatedText,
  mutatedObject,
  mutatedObject,
  deepNesting,
  manyAnchors,
  repeatedText,
];

/** What a manifest file may be full of. */
export function fuzzInput(seed: number, number: number): Buffer {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  return Buffer.from(pick(random, kinds)(random));
}

function randomBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: below(random, 2_000) }, () => below(random, 256)));
}

function tokenSoup(random: Random): string {
  return Array.from({ length: below(random, 400) }, () => pick(random, tokens)).join('');
}

function mutatedText(random: Random): string {
  let text = pick(random, goodTexts());
  for (let left = 1 + below(random, 8); left > 0; left--) text = mutateOnce(text, random);
  return text;
}

function mutateOnce(text: string, random: Random): string {
  const [from, to] = [below(random, text.length + 1), below(random, text.length + 1)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  const near = Math.min(to, from + 1 + below(random, 40));
  switch (below(random, 6)) {
    case 0:
      return text.slice(0, from) + pick(random, tokens) + text.slice(from);
    case 1:
      return text.slice(0, from) + text.slice(near);
    case 2:
      return text.slice(0, near) + text.slice(from, near) + text.slice(near);
    case 3:
      return text.slice(0, from) + pick(random, tokens) + text.slice(near);
    case 4: {
      const lines = text.split('\n');
      const [a, b] = [below(random, lines.length), below(random, lines.length)];
      [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
      return lines.join('\n');
    }
    default:
      return text.slice(0, from) + pick(random, goodTexts()).slice(from, near + 200);
  }
}

const strange: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    1e308,
    2 ** 53 + 2,
    -(2 ** 63),
    '',
    ' ',
    'a',
    'A',
    '\u0000',
    '\ud800',
    'é'.repeat(300),
    'x'.repeat(70_000),
  ],
  ...[
    '1e999',
    '9'.repeat(400),
    `1${'0'.repeat(400)}Ei`,
    '${A}',
    '$(A)',
    '$('.repeat(500),
    '2026-01-01',
    '*/1 * * * *',
    '0 0 31 2 *',
    '@every 1ns',
    '10.0.0.0/33',
    '::',
    '0/0',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    [{}],
    { a: null },
    { __proto__: 1 },
    { constructor: { prototype: 1 } },
    Array(3_000).fill('a'),
    Array(3_000).fill({}),
    Array(300).fill([{ name: 'a' }]),
  ],
];

/** A good object with something strange in the place of some of it. */
function mutatedObject(random: Random): string {
  let object: unknown = pick(random, Object.values(validObjects));
  for (let left = 1 + below(random, 4); left > 0; left--) object = replaceSome(object, random);
  return JSON.stringify(object);
}

function replaceSome(value: unknown, random: Random): unknown {
  const isEnd = value === null || typeof value !== 'object' || Object.keys(value).length === 0;
  if (isEnd || random() < 0.1) return pick(random, strange);
  if (Array.isArray(value)) {
    const at = below(random, value.length);
    if (random() < 0.1) return [...value, ...value, ...value];
    return value.map((entry, index) => (index === at ? replaceSome(entry, random) : entry));
  }
  const key = pick(random, Object.keys(value));
  const name = random() < 0.1 ? String(pick(random, strange)).slice(0, 300) : key;
  return { ...value, [name]: replaceSome((value as Record<string, unknown>)[key], random) };
}

function deepNesting(random: Random): string {
  const piece = pick(random, [
    '[',
    '{a: ',
    '- ',
    '? ',
    '{',
    '[[',
    '{? ',
    '- - ',
    '"',
    '!!set {',
    '&a [',
    'a:\n ',
    '> ',
    '<<: [',
  ]);
  const text = piece.repeat(1 + below(random, 20_000));
  return `${random() < 0.5 ? 'apiVersion: v1\nkind: Pod\nspec: ' : ''}${text}`;
}

/** Each anchor holds the one before many times: exponential, if anybody followed them all. */
function manyAnchors(random: Random): string {
  const width = 2 + below(random, 12);
  const asMap = random() < 0.5;
  const lines = Array.from({ length: 2 + below(random, 40) }, (_, level) => {
    const before = level === 0 ? 'x' : `*l${level - 1}`;
    const inner = asMap
      ? Array.from({ length: width }, (__, index) => `k${index}: ${before}`).join(', ')
      : Array(width).fill(before).join(', ');
    return `l${level}: &l${level} ${asMap ? '{' : '['}${inner}${asMap ? '}' : ']'}`;
  });
  const merge = random() < 0.3 ? `m:\n  <<: *l${lines.length - 1}\n` : '';
  return `apiVersion: v1\nkind: Pod\n${lines.join('\n')}\n${merge}`;
}

function repeatedText(random: Random): string {
  const text = random() < 0.5 ? pick(random, goodTexts()) : pick(random, tokens);
  const piece = text.slice(0, 1 + below(random, 300));
  return piece.repeat(1 + below(random, 200_000 / piece.length));
}
