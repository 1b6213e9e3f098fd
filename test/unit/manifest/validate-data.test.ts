import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../../src/manifest/format-diagnostic.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { validateObject } from '../../../src/manifest/validate-object.ts';

const aConfigMap = (fields: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'app' },
  ...fields,
});
const aSecret = (fields: object = {}) => ({ ...aConfigMap(fields), kind: 'Secret' });

function errorsOf(value: unknown): readonly string[] {
  const verdict = validateObject(value);
  return verdict.ok
    ? []
    : verdict.error.map(({ field, message, hint }) => `${field}: ${message}${hint ? ` (${hint})` : ''}`);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const badKey =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name', or 'KEY_NAME', or 'key-name')";

describe('accepts', () => {
  test.each([
    ['an empty ConfigMap', aConfigMap()],
    ['texts and bytes', aConfigMap({ data: { 'a.conf': 'x', A_B: '' }, binaryData: { 'b.bin': 'AAEC' } })],
    ['null for an empty text', aConfigMap({ data: { A: null } })],
    ['an empty Secret', aSecret()],
    ['base64 with line breaks', aSecret({ data: { a: 'YWJj\nZGVm\n' } })],
    ['a key of data again in stringData', aSecret({ data: { a: 'YQ==' }, stringData: { a: 'b' } })],
    ['a TLS secret', aSecret({ type: 'kubernetes.io/tls', data: { 'tls.crt': '' }, stringData: { 'tls.key': '' } })],
    ['a type of one’s own', aSecret({ type: 'example.com/x' })],
    ['basic-auth with a password only', aSecret({ type: 'kubernetes.io/basic-auth', stringData: { password: '' } })],
    ['a docker config', aSecret({ type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{}' } })],
    ['exactly 1 MiB', aConfigMap({ data: { a: 'x'.repeat(1024 * 1024) } })],
  ])('%s', (_, value) => {
    expect(errorsOf(value)).toEqual([]);
  });
});

describe('refuses', () => {
  test.each([
    ['no name', { ...aConfigMap(), metadata: {} }, ['metadata.name: Required value: name or generateName is required']],
    [
      'podctl’s own apiVersion',
      aConfigMap({ apiVersion: 'podctl.dev/v1' }),
      ['apiVersion: Unsupported value: "podctl.dev/v1": supported values: "v1"'],
    ],
    ['a mistyped field', aConfigMap({ dta: {} }), ['dta: unknown field "dta" (did you mean "data"?)']],
    ['stringData of a ConfigMap', aConfigMap({ stringData: {} }), ['stringData: unknown field "stringData"']],
    [
      'a number as a text',
      aConfigMap({ data: { PORT: 8080 } }),
      ['data[PORT]: must be a string, not the number 8080 (quote it: "8080")'],
    ],
    ['a slash in a key', aConfigMap({ data: { 'a/b': '' } }), [`data[a/b]: Invalid value: "a/b": ${badKey}`]],
    ['an empty key', aSecret({ stringData: { '': '' } }), [`stringData[]: Invalid value: "": ${badKey}`]],
    ['a key that leads up', aSecret({ data: { '..': '' } }), ['data[..]: Invalid value: "..": must not be \'..\'']],
    [
      'a hidden key',
      aConfigMap({ binaryData: { '..x': '' } }),
      ['binaryData[..x]: Invalid value: "..x": must not start with \'..\''],
    ],
    [
      'a long key',
      aConfigMap({ data: { [`k${'x'.repeat(253)}`]: '' } }),
      [expect.stringMatching(/^data\[kx+\]: Invalid value: .* must be no more than 253 characters$/)],
    ],
    [
      'one key twice',
      aConfigMap({ data: { a: '' }, binaryData: { a: '' } }),
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'what is no base64',
      aConfigMap({ binaryData: { a: 'no-good' } }),
      ['binaryData[a]: illegal base64 data at input byte 2 (plain text goes into data)'],
    ],
    [
      'base64 without padding',
      aSecret({ data: { a: 'YQ' } }),
      ['data[a]: illegal base64 data: its padding is wrong (plain text goes into stringData)'],
    ],
    [
      'more than 1 MiB',
      aSecret({ stringData: { a: 'ä'.repeat(600_000) } }),
      ['data: Too long: may not be more than 1048576 bytes'],
    ],
    [
      'a TLS secret without a key',
      aSecret({ type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }),
      ['data[tls.key]: Required value: a Secret of type kubernetes.io/tls needs it'],
    ],
    [
      'a docker config that is no JSON',
      aSecret({ type: 'kubernetes.io/dockercfg', data: { '.dockercfg': base64('canary') } }),
      ['data[.dockercfg]: Invalid value: must be a map in JSON'],
    ],
    [
      'a token of no account',
      aSecret({ type: 'kubernetes.io/service-account-token' }),
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    [
      'immutable in quotes',
      aConfigMap({ immutable: 'true' }),
      ['immutable: must be true or false, not the string "true" (remove the quotes)'],
    ],
    [
      'all of it at once',
      aSecret({ data: { a: '?', '/': '' }, typo: 1 }),
      [
        'typo: unknown field "typo" (did you mean "type"?)',
        `data[/]: Invalid value: "/": ${badKey}`,
        'data[a]: illegal base64 data at input byte 0 (plain text goes into stringData)',
      ],
    ],
  ])('%s', (_, value, errors) => {
    expect(errorsOf(value)).toEqual(errors);
  });

  test('a size that only base64 hides is not too long', () => {
    expect(errorsOf(aSecret({ data: { a: Buffer.alloc(1024 * 1024).toString('base64') } }))).toEqual([]);
    expect(errorsOf(aSecret({ data: { a: Buffer.alloc(1024 * 1024 + 1).toString('base64') } }))).toHaveLength(1);
  });
});

describe('a file', () => {
  const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {A: a}
---
apiVersion: v1
kind: Secret
metadata: {name: app, namespace: other}
stringData: {A: a}
---
apiVersion: v1
kind: Pod
metadata: {name: app}
spec: {containers: [{name: c, image: host, command: [sleep, '1']}]}
`;

  test('may hold objects of all kinds', () => {
    const { pods, data, diagnostics } = parseManifest(text, 'x.yaml');
    expect(diagnostics).toEqual([]);
    expect(pods).toHaveLength(1);
    expect(data.map(({ manifest, position }) => [manifest.kind, position.line])).toEqual([
      ['ConfigMap', 3],
      ['Secret', 8],
    ]);
  });

  test('may not hold one object twice', () => {
    const { diagnostics } = parseManifest(`${text}---\n${text}`, 'x.yaml');
    expect(diagnostics.map(({ position, message }) => [position.line, message])).toEqual([
      [28, 'Duplicate value: "app": namespace default already has a pod of this name at x.yaml:13'],
      [18, 'Duplicate value: "app": namespace default already has a ConfigMap of this name at x.yaml:3'],
      [23, 'Duplicate value: "app": namespace other already has a Secret of this name at x.yaml:8'],
    ]);
  });

  test.each([
    ['a number', 'stringData:\n  pin: 739154\n'],
    ['a flow map', 'stringData: {pin: 739154, other: "739154"}\n'],
    ['bad base64', 'data:\n  pin: "739154!"\n'],
    ['a list', 'data: ["739154"]\n'],
    ['a text', 'stringData: "739154"\n'],
    ['a duplicate key', 'stringData:\n  pin: "739154"\n  pin: "739154"\n'],
    ['broken YAML', 'stringData: {pin: "739154"\n'],
    ['an unknown field', 'pin: "739154"\n'],
    ['a docker config', 'type: kubernetes.io/dockercfg\nstringData: {.dockercfg: "739154x"}\n'],
    ['a tab', 'stringData:\n\tpin: 739154\n'],
    ['a control character', 'stringData: {pin: "739154\u0001"}\n'],
  ])('does not show what is secret when it is wrong: %s', (_, body) => {
    const secret = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${body}`;
    const { diagnostics } = parseManifest(secret, 'x.yaml');
    expect(diagnostics.length).toBeGreaterThan(0);
    const shown = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, { color: false })).join('\n');
    expect(shown).not.toContain('739154');
    expect(shown).toMatch(/^x\.yaml:\d+:\d+: /);
  });
});
