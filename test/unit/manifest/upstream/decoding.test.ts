/** Text as kubectl and the API server read it (sigs.k8s.io/yaml, strict decoding): field and reason of each error. */
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../../src/manifest/parse.ts';

type Case = readonly [what: string, text: string, ...told: readonly string[]];

function verdictOf(text: string): readonly string[] {
  const { diagnostics } = parseManifest(text, 'a.yaml');
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ position, field, message, hint }) => `${position?.line} ${field}: ${message}${hint ? ` (${hint})` : ''}`);
}

function testTexts(cases: readonly Case[]): void {
  test.each(cases.map(([what, text, ...told]) => ({ what, text, told })))('$what', ({ text, told }) => {
    const found = verdictOf(text);
    expect(found.map((line, index) => line.slice(0, told[index]?.length ?? line.length))).toEqual(told);
  });
}

/** The container's lines begin at 8. */
const pod = (container = '', spec = '', metadata = '') => `apiVersion: v1
kind: Pod
metadata: {name: a${metadata}}
spec:
  containers:
  - name: a
    image: host
    command: [sleep, '1']
${container === '' ? '' : `    ${container}\n`}${spec === '' ? '' : `  ${spec}\n`}`;
const map = (rest = '', name = 'a') => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${rest}`;
const job = (rest: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  ${rest}\n  template: {spec: {restartPolicy: Never, containers: [{name: a, image: host, command: [a]}]}}\n`;
const memory = (quantity: string) => pod(`resources: {limits: {memory: ${quantity}}}`);
const port = (written: string) =>
  pod(`ports: [{name: http, containerPort: 80}]\n    livenessProbe: {httpGet: {port: ${written}}}`);
const head = (apiVersion: string, kind: string) =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec: {}\n`;
const json = (name: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`;

describe('fields', () => {
  testTexts([
    [
      'twice',
      pod('image: host'),
      '9 spec.containers[0].image: duplicate key "image", first at line 7, column 5 (remove one of them)',
    ],
    [
      'twice in JSON',
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},\n"data":{"a":"x",\n"a":"b"}}',
      '3 data[a]: duplicate key "a", first at line 2, column 9',
    ],
    ['twice on the way of a merge', map('data: {<<: {a: x}, a: z}\n')],
    [
      'unknown',
      pod('foo: 1', 'bar: 2', ', baz: 3'),
      '3 metadata.baz: unknown field "baz"',
      '9 spec.containers[0].foo: unknown field "foo"',
      '10 spec.bar: unknown field "bar"',
    ],
    ['in another case', pod('Env: []'), '9 spec.containers[0].Env: unknown field "Env" (did you mean "env"?)'],
    [
      'kind in another case',
      'apiVersion: v1\nKind: ConfigMap\nmetadata: {name: a}\nspec: {containers: [{name: a, image: host, command: [a]}]}\n',
      '1 kind: Required value',
      '2 Kind: unknown field "Kind" (did you mean "kind"?)',
    ],
    ['a null as name', map('data: {~: x}\n'), '4 : the name of a field cannot be null'],
    ['a list as name', map('data: {[a]: x}\n'), '4 : a map or a list cannot be the name of a field'],
    ['numbers and booleans as names of keys', map('data: {1: a, yes: b}\n')],
  ]);
});

describe('types', () => {
  testTexts([
    [
      'a number for a text',
      pod('env: [{name: A, value: 1}]'),
      '9 spec.containers[0].env[0].value: must be a string, not the number 1 (quote it: "1")',
    ],
    [
      'a boolean for a text',
      pod('env: [{name: A, value: on}]'),
      '9 spec.containers[0].env[0].value: must be a string, not the boolean true (quote it: "on")',
    ],
    [
      'an octal for a text',
      map('data: {a: 0644}\n'),
      '4 data[a]: must be a string, not the number 420 (quote it: "0644")',
    ],
    [
      'a number for an annotation',
      pod('', '', ', annotations: {a: 1}'),
      '3 metadata.annotations[a]: must be a string, not the number 1',
    ],
    [
      'a boolean for a label',
      pod('', '', ', labels: {a: false}'),
      '3 metadata.labels[a]: must be a string, not the boolean false',
    ],
    ['a map for a label', pod('', '', ', labels: {a: {b: c}}'), '3 metadata.labels[a]: must be a string, not a map'],
    [
      'a text for a number',
      pod('ports: [{containerPort: "80"}]'),
      '9 spec.containers[0].ports[0].containerPort: must be a number, not the string "80" (remove the quotes)',
    ],
    [
      'a text for a boolean',
      pod('stdin: "true"'),
      '9 spec.containers[0].stdin: must be true or false, not the string "true" (remove the quotes)',
    ],
    ['a number for a boolean', pod('tty: 1'), '9 spec.containers[0].tty: must be true or false, not the number 1'],
    [
      'a fraction for an integer',
      job('parallelism: 1.5'),
      '5 spec.parallelism: must be an integer, not the number 1.5',
    ],
    ['a whole fraction for an integer', job('parallelism: 2.0')],
    ['an integer with an exponent', job('parallelism: 1e1')],
    ['beyond 32 bits', job('parallelism: 4294967296'), '5 spec.parallelism: Invalid value: 4294967296'],
    [
      'a map for a list',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: {name: a}}\n',
      '4 spec.containers: must be a list, not a map',
    ],
    ['a list for a map', map('data: [a]\n'), '4 data: must be a map, not a list'],
    ['YAML 1.1 words for booleans', pod('stdin: no\n    tty: Off', 'hostNetwork: yes')],
    [
      'a word that is none for a boolean',
      pod('tty: yEs'),
      '9 spec.containers[0].tty: must be true or false, not the string "yEs"',
    ],
    ['numbers with underscores', job('backoffLimit: 1_000')],
    ['a time of day', job('backoffLimit: 1:30'), '5 spec.backoffLimit: must be a number, not the string "1:30"'],
    ['a time of day for a text', map('data: {a: 1:30, b: 2001-12-14}\n')],
    [
      'octal modes',
      pod(
        '',
        'volumes: [{name: a, configMap: {name: a, defaultMode: 0644}}, {name: b, configMap: {name: a, defaultMode: 0o644}}]',
      ),
    ],
    [
      'a mode that is not octal',
      pod('', 'volumes: [{name: a, configMap: {name: a, defaultMode: 644}}]'),
      '9 spec.volumes[0].configMap.defaultMode: Invalid value: 644',
    ],
  ]);
});

describe('nulls', () => {
  testTexts([
    [
      'for whatever may be absent',
      `${pod('env: null\n    resources: {limits: null, requests: ~}\n    ports:\n    securityContext: null', 'volumes: null', ', creationTimestamp: null, labels: null')}status: {}\n`,
    ],
    ['for a text of a map', map('data: {a: null, b: ~, c: }\n')],
    [
      'for what is needed',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: null}\n',
      '4 spec.containers: Required value',
    ],
    ['as an item', pod('env: [null]'), '9 spec.containers[0].env[0]: must be a map, not null'],
  ]);
});

describe('quantities', () => {
  const bad = '9 spec.containers[0].resources.limits[memory]: Invalid value';
  testTexts([
    ...['100m', '1e3', '.5', '1.', '1Ki', '0.1Gi', '1k', '1E', '+1', '1_000', '0x10', '"1e-3"', '1u', '1n', 'null'].map(
      (text): Case => [text, memory(text)],
    ),
    ...['" 1"', '1 Gi', '-1', '"-1"', '1e', '1K', '1mi', '""', '1..2', '1.2.3', '1Gib', 'ten'].map(
      (text): Case => [text, memory(text), bad],
    ),
    [
      'a boolean',
      memory('yes'),
      '9 spec.containers[0].resources.limits[memory]: must be a quantity (a string or a number), not the boolean true',
    ],
    [
      'no end',
      memory('.inf'),
      '9 spec.containers[0].resources.limits[memory]: must be a quantity (a string or a number), not the number Infinity',
    ],
  ]);
});

describe('an integer or a text', () => {
  const bad = '10 spec.containers[0].livenessProbe.httpGet.port';
  testTexts([
    ...['80', 'http', '"http"', '080', '0x50'].map((text): Case => [text, port(text)]),
    ...['"80"', '25%', '0', '99999', '""', '-1'].map((text): Case => [text, port(text), `${bad}: Invalid value`]),
    ...['1.5', 'true', '[1]'].map((text): Case => [text, port(text), `${bad}: must be an integer or a string`]),
  ]);
});

describe('heads', () => {
  const gone = (apiVersion: string, instead: string) =>
    `(Kubernetes has no ${apiVersion} any more: write apiVersion: ${instead})`;
  test.each([
    ['extensions/v1beta1', 'Deployment', gone('extensions/v1beta1', 'apps/v1')],
    ['extensions/v1beta1', 'DaemonSet', gone('extensions/v1beta1', 'apps/v1')],
    ['extensions/v1beta1', 'NetworkPolicy', gone('extensions/v1beta1', 'networking.k8s.io/v1')],
    ['apps/v1beta1', 'StatefulSet', gone('apps/v1beta1', 'apps/v1')],
    ['apps/v1beta2', 'ReplicaSet', gone('apps/v1beta2', 'apps/v1')],
    ['batch/v1beta1', 'CronJob', gone('batch/v1beta1', 'batch/v1')],
    ['batch/v2alpha1', 'CronJob', gone('batch/v2alpha1', 'batch/v1')],
    ['v1beta3', 'Pod', gone('v1beta3', 'v1')],
    ['v1', 'Deployment', '(write apiVersion: apps/v1)'],
    ['apps/v1', 'CronJob', '(write apiVersion: batch/v1)'],
    ['apps/V1', 'Deployment', '(did you mean "apps/v1"?)'],
    ['serving.knative.dev/v1', 'Service', 'supported values: "v1"'],
  ])('%s %s', (apiVersion, kind, words) => {
    const told = verdictOf(head(apiVersion, kind)).filter((line) => line.startsWith('1 apiVersion: Unsupported value'));
    expect(told).toEqual([expect.stringContaining(words)]);
  });

  testTexts([
    ['a kind in another case', head('apps/v1', 'deployment'), '2 kind: Unsupported value: "deployment"'],
    [
      'a kind that became another',
      head('batch/v2alpha1', 'ScheduledJob'),
      '2 kind: kind ScheduledJob is not supported (kind: CronJob',
    ],
    ['a number', head('v1', '2'), '2 kind: Unsupported value: 2'],
    ['no apiVersion', 'kind: ConfigMap\nmetadata: {name: a}\n', '1 apiVersion: Required value'],
  ]);
});

describe('documents', () => {
  const listed = (kind: string, items: string) => `apiVersion: v1\nkind: ${kind}\nitems: ${items}\n`;
  const names = (text: string) =>
    parseManifest(text, 'a.yaml').data.map(({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`);
  const two = ['ConfigMap a', 'ConfigMap b'];

  test.each([
    ['with empty ones between', `---\n---\n# c\n---\n${map()}---\n---\n${map('', 'b')}---\n...\n`, two],
    ['nothing but ---', '---\n---\n', []],
    ['nothing but comments', '# a\n', []],
    ['a null between', `null\n---\n${map()}---\n~\n---\n${map('', 'b')}`, two],
    ['lines that end in CRLF', `${map()}---\n${map('', 'b')}`.replaceAll('\n', '\r\n'), two],
    ['byte order marks', `\ufeff${map()}\ufeff---\n${map('', 'b')}`, two],
    ['a byte order mark behind ---', `${map()}---\n\ufeff${map('', 'b')}`, two],
    ['JSON by lines', `${json('a')}\n${json('b')}\n`, two],
    ['JSON by blocks', `\n${JSON.stringify(JSON.parse(json('a')), null, 2)}\r\n\n${json('b')}`, two],
    [
      'a List of Lists',
      listed('List', `[${json('a')}, ${JSON.stringify({ kind: 'List', items: [JSON.parse(json('b'))] })}]`),
      two,
    ],
    [
      'a typed List whose items do not say their kind',
      listed('ConfigMapList', '[{metadata: {name: a}}, {metadata: {name: b}}]'),
      two,
    ],
    ['an empty List', listed('List', '[]'), []],
    ['a List of null', listed('List', ''), []],
    ['tabs that indent nothing', map().replace('v1', '\tv1\t'), ['ConfigMap a']],
  ])('%s', (_, text, objects) => {
    expect(verdictOf(text)).toEqual([]);
    expect(names(text)).toEqual(objects);
  });

  testTexts([
    ['a text', 'hello\n', '1 : an object must be a map'],
    [
      'a tab that indents',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n',
      '4 : YAML: tabs are not allowed as indentation',
    ],
    [
      'an alias of another document',
      `${map('data: {a: &x text}\n')}---\n${map('data: {b: *x}\n', 'b')}`,
      '9 : alias *x has no anchor before it',
    ],
    ['a List without items', 'apiVersion: v1\nkind: List\n', '2 kind: kind List is not supported'],
    [
      'an error in the second object of JSON',
      `${json('a')}\n{"apiVersion":"v1","kind":"ConfigMap",\n"metadata":{"name":"B"}}`,
      '3 metadata.name: Invalid value',
    ],
    [
      'an error in an item that does not say its kind',
      listed('ConfigMapList', '\n- metadata: {name: A}'),
      '4 metadata.name: Invalid value',
    ],
  ]);

  test('anchors, aliases and merges mean what they repeat', () => {
    const { data } = parseManifest(map('data:\n  a: &x text\n  b: *x\n  c: own\n  <<: {c: other, d: z}\n'), 'a.yaml');
    expect(data[0]?.manifest).toMatchObject({ data: { a: 'text', b: 'text', c: 'own', d: 'z' } });
  });
});
