import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8 } from '../../../src/manifest/decode-utf8.ts';
import { formatDiagnostic } from '../../../src/manifest/format-diagnostic.ts';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { inspectPod } from '../../../src/manifest/validate-pod.ts';
import { aContainer, ourPod, podText } from './a-manifest.ts';

const yamlPieces = fc.constantFrom(
  'apiVersion: v1\n',
  'kind: Pod\n',
  'metadata:\n',
  '  name: web\n',
  'spec:\n',
  '  containers:\n',
  '  - name: a\n',
  '    image: host\n',
  '    command: [x]\n',
  '---\n',
  '...\n',
  '- ',
  '? ',
  ': ',
  '&a ',
  '*a',
  '<<: ',
  '|\n',
  '>-\n',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '!!int ',
  '%YAML 1.2\n',
  '#',
  '\t',
  '\\',
  '\r\n',
  '\0',
  '\ufeff',
  '~',
  '012',
  '\ud800',
);

function checkParse(text: string): void {
  const { diagnostics, pods } = parseManifest(text, 'x.yaml');
  for (const found of diagnostics) {
    const { position, sourceLine, length } = found;
    expect(position.line).toBeGreaterThanOrEqual(1);
    expect(position.column).toBeLessThanOrEqual([...(sourceLine ?? '')].length + 1);
    expect(length).toBeGreaterThanOrEqual(1);
    expect(formatDiagnostic(found, { color: false })).toMatch(/^x\.yaml:\d+:\d+: /);
  }
  expect(pods.length + diagnostics.length).toBeLessThan(10_000);
}

test('parsing never throws, and points into the text, for any string', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), checkParse), { numRuns: 300 });
});

test('nor for pieces of YAML in any order', () => {
  fc.assert(
    fc.property(
      fc.array(yamlPieces, { maxLength: 40 }).map((pieces) => pieces.join('')),
      checkParse,
    ),
    { numRuns: 1500 },
  );
});

test('nor for a good manifest with a piece knocked out or put in', () => {
  const text = podText({ ours: true, container: 'env: [{name: A, value: "x"}]' });
  const edit = fc.tuple(fc.nat(text.length), fc.nat(8), yamlPieces);
  fc.assert(
    fc.property(edit, ([at, gone, piece]) => checkParse(text.slice(0, at) + piece + text.slice(at + gone))),
    { numRuns: 1000 },
  );
});

test('decoding never throws, and what it decodes encodes to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const decoded = decodeUtf8(bytes);
      if (decoded.ok) expect(new Uint8Array(Buffer.from(decoded.value))).toEqual(new Uint8Array(bytes));
      else expect(decoded.error.position.column).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});

test('validation never throws for any JSON, also in the places of a pod', () => {
  const place = fc.constantFrom(
    'metadata',
    'spec',
    'containers',
    'env',
    'resources',
    'namespaces',
    'securityContext',
    'ports',
    'backoff',
  );
  fc.assert(
    fc.property(place, fc.jsonValue(), (name, value) => {
      const inContainer = ['env', 'resources', 'namespaces', 'securityContext', 'ports'].includes(name);
      const spec = inContainer ? { containers: [aContainer({ [name]: value })] } : { [name]: value };
      const pod = name === 'metadata' || name === 'spec' ? { ...ourPod(), [name]: value } : ourPod(spec);
      expect(Array.isArray(inspectPod(pod).errors)).toBe(true);
      expect(Array.isArray(inspectPod(value).errors)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

const quantity = fc.oneof(
  fc.nat(10).map(String),
  fc.integer({ min: 1, max: 5000 }).map((count) => `${count}m`),
  fc.double({ min: 0, max: 8, noNaN: true }),
);
const goodContainer = fc.record(
  {
    image: fc.constantFrom('host', 'nginx:1.14'),
    args: fc.array(fc.string().filter((word) => !word.includes('\0'))),
    env: fc.array(
      fc.record({
        name: fc.stringMatching(/^[A-Z_]{1,8}$/),
        value: fc.string().filter((word) => !word.includes('\0')),
      }),
    ),
    resources: fc.record({
      limits: fc.record({ cpu: quantity, memory: fc.nat().map((count) => `${count}Ki`) }, { requiredKeys: [] }),
    }),
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    workingDir: fc.stringMatching(/^\/[a-z/]{0,10}$/),
    namespaces: fc.record(
      { net: fc.constantFrom('private', 'pod', 'host'), pid: fc.constantFrom('private', 'host') },
      { requiredKeys: [] },
    ),
    securityContext: fc.record({ runAsUser: fc.nat(), readOnlyRootFilesystem: fc.boolean() }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

test('normalising valid pods is deterministic, deeply frozen and leaves the manifest alone', () => {
  const pods = fc
    .array(goodContainer, { minLength: 1, maxLength: 4 })
    .map((list) => ourPod({ containers: list.map((fields, index) => aContainer({ ...fields, name: `c${index}` })) }));
  fc.assert(
    fc.property(pods, (pod) => {
      const before = JSON.stringify(pod);
      expect(inspectPod(pod).errors).toEqual([]);
      const spec = normalisePod(pod);
      expect(JSON.stringify(normalisePod(JSON.parse(before)))).toBe(JSON.stringify(spec));
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      expect(JSON.stringify(pod)).toBe(before);
      expect(isDeepFrozen(spec)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

function isDeepFrozen(value: unknown): boolean {
  return (
    value === null || typeof value !== 'object' || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen))
  );
}
