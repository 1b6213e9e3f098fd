import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VariableValues } from '../../../src/manifest/expand-template.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { firstContainer, podText } from './a-manifest.ts';

const valuesOf = (record: Readonly<Record<string, string>>): VariableValues =>
  new Map(Object.entries(record).map(([name, value]) => [name, { value, source: 'environment' }]));

const parse = (text: string, variables: Readonly<Record<string, string>> = {}) =>
  parseManifest(text, 'pod.yaml', { variables: valuesOf(variables) });

/** The first container as it is after expansion. */
function containerOf(
  container: string,
  variables: Readonly<Record<string, string>> = {},
): ReturnType<typeof firstContainer> {
  const { pods, diagnostics } = parse(podText({ ours: true, container }), variables);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return firstContainer(pods[0]?.manifest);
}

/** `line:column+length field: message (hint)` */
function report(text: string, variables: Readonly<Record<string, string>> = {}): string[] {
  return parse(text, variables).diagnostics.map(
    ({ position, length, field, message, hint }) =>
      `${position.line}:${position.column}+${length} ${field}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );
}

describe('a value is typed after its variables', () => {
  test('when it is not quoted', () => {
    expect(containerOf('ports:\n        - containerPort: ${PORT:-8080}')).toMatchObject({
      ports: [{ containerPort: 8080 }],
    });
    expect(containerOf('stdin: ${STDIN}', { STDIN: 'yes' })).toMatchObject({ stdin: true });
    expect(containerOf('workingDir: /srv/${NAME}', { NAME: '1' })).toMatchObject({ workingDir: '/srv/1' });
    expect(containerOf('workingDir: ${NAME:-}')).not.toHaveProperty('workingDir');
  });

  test('a quoted or a block one stays a text', () => {
    const env =
      'env:\n        - {name: A, value: "${PORT}"}\n        - name: B\n          value: |-\n            ${PORT}';
    expect(containerOf(env, { PORT: '8080' })).toMatchObject({
      env: [
        { name: 'A', value: '8080' },
        { name: 'B', value: '8080' },
      ],
    });
  });

  test('a quoted one is a number or boolean where only that fits', () => {
    const text = 'ports: [{containerPort: "${PORT:-8080}"}]\n      stdin: "${STDIN}"';
    expect(containerOf(text, { STDIN: 'true' })).toMatchObject({ ports: [{ containerPort: 8080 }], stdin: true });
    expect(report(podText({ ours: true, container: text }), { STDIN: 'true', PORT: 'x' })).toEqual([
      '10:31+15 spec.containers[0].ports[0].containerPort: must be a number, not the string "x"',
    ]);
    expect(report(podText({ ours: true, container: 'ports: [{containerPort: "80"}]' }))).toEqual([
      '10:31+4 spec.containers[0].ports[0].containerPort: must be a number, not the string "80" (remove the quotes)',
    ]);
  });

  test('a mistake in it is shown where the variable stands, with the source to quote', () => {
    const text = podText({ ours: true, container: 'env:\n        - name: A\n          value: ${PORT}' });
    expect(report(text, { PORT: '8080' })).toEqual([
      '12:18+7 spec.containers[0].env[0].value: must be a string, not the number 8080 (quote it: "${PORT}")',
    ]);
  });
});

test('what podctl get printed has no variables: they were put in when it was applied', () => {
  const text = podText({ ours: true, container: "args: ['${A:-b}', '$${C}']" }).replace(
    'name: web',
    'name: web\n  uid: u',
  );
  expect(firstContainer(parse(text).pods[0]?.manifest)).toMatchObject({ args: ['${A:-b}', '$${C}'] });
});

describe('values never add structure', () => {
  test.each([
    ['a list', '[a, b]'],
    ['a map', '{name: evil}'],
    ['another line', 'a\nimage: evil'],
    ['a document', '\n---\nkind: Pod'],
    ['an anchor', '&a b'],
    ['an alias', '*a'],
    ['a comment', 'a # b'],
    ['a tag', '!!int 1'],
    ['a quote', '"'],
    ['a variable', '${OTHER}'],
    ['an expansion', '$(OTHER)'],
  ])('%s', (_, value) => {
    expect(containerOf('workingDir: /${EVIL}', { EVIL: value, OTHER: 'x' })).toMatchObject({ workingDir: `/${value}` });
    expect(containerOf('env: [{name: A, value: "${EVIL}"}]', { EVIL: value, OTHER: 'x' })).toMatchObject({
      env: [{ name: 'A', value }],
    });
  });

  test('a name from the environment is judged like any other', () => {
    const text = podText({ ours: true }).replace('name: web', 'name: ${NAME}');
    expect(report(text, { NAME: 'a\n  labels: {x: y}' })[0]).toMatch(/^4:9\+7 metadata.name: Invalid value: "a\\n/);
  });
});

test('keys stay as they are', () => {
  const text = podText({ ours: true }).replace('name: web', 'name: web\n  labels: {"${A}": "${A}"}');
  expect(report(text, { A: 'x' })[0]).toMatch(/^5:12\+6 metadata.labels: Invalid value: "\${A}"/);
});

describe('a variable that is not set', () => {
  const unset = (container: string, variables = {}) => report(podText({ ours: true, container }), variables);

  test('is an error where it is written, and the only one about its value', () => {
    expect(unset('ports:\n        - containerPort: ${PORT}')).toEqual([
      '11:26+7 spec.containers[0].ports[0].containerPort: variable PORT is not set (${PORT:-} for an empty value, $${PORT} for the text itself)',
    ]);
    expect(unset('env: [{name: A, value: "http://$${HOST}:${HOST}/"}]')).toEqual([
      '10:47+7 spec.containers[0].env[0].value: variable HOST is not set (${HOST:-} for an empty value, $${HOST} for the text itself)',
    ]);
  });

  test('in a block text is shown at its own line', () => {
    expect(unset('env:\n        - name: A\n          value: |\n            a\n            b ${HOST}')[0]).toMatch(
      /^14:15\+7 /,
    );
  });

  test('gets a near miss', () => {
    expect(unset('workingDir: ${PROT}', { PORT: '1' })).toEqual([
      '10:19+7 spec.containers[0].workingDir: variable PROT is not set (did you mean ${PORT}?)',
    ]);
  });

  test('says what its author asked for', () => {
    expect(unset('workingDir: ${DIR:?where the data is}')).toEqual([
      '10:19+25 spec.containers[0].workingDir: variable DIR is not set: where the data is',
    ]);
    expect(unset('workingDir: ${DIR:?where the data is}', { DIR: '' })).toEqual([
      '10:19+25 spec.containers[0].workingDir: variable DIR is empty: where the data is',
    ]);
  });

  test('is said once for each alias of its value', () => {
    const container = 'env: &env [{name: A, value: "${X}"}]\n    - {name: two, image: host, command: [x], env: *env}';
    expect(unset(container)).toHaveLength(1);
  });

  test.each([
    ['command of a container', 'args: ["hit ${hits}", "${i+1}"]'],
    ['hooks', 'lifecycle: {preStop: {exec: {command: [sh, -c, "echo ${x}"]}}}'],
    ['probes', 'livenessProbe: {exec: {command: [sh, -c, "echo ${x}"]}}'],
    [
      'dev rules',
      'dev: {watch: [{paths: [/a], action: exec, command: "echo ${x}"}, {paths: [/a], action: exec, command: [echo, "${x}"]}]}',
    ],
  ])('is the text of the program itself in the %s', (_, container) => {
    const { diagnostics } = parseManifest(podText({ ours: true, container }), '/srv/pod.yaml');
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(JSON.stringify(containerOf(container))).toMatch(/\$\{(hits|x)\}/);
  });

  test('is no program’s text in an env variable named command', () => {
    const pod = podText({ ours: true }).replace(
      'command: [sleep, "1"]',
      'processes: [{name: p, command: [x], env: {command: "${X}"}}]',
    );
    expect(report(pod)).toHaveLength(1);
  });
});

test('a form without an end is an error at its beginning', () => {
  expect(report(podText({ ours: true, container: 'workingDir: "/a${X:-b"' }))).toEqual([
    '10:22+5 spec.containers[0].workingDir: ${X:- has no closing } (close it, or write $${X:- for the text itself)',
  ]);
});

test('variables that bring in too much are refused once', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `        - {name: A${i}, value: "\${BIG}"}`);
  const text = podText({ ours: true, container: `env:\n${lines.join('\n')}` });
  expect(report(text, { BIG: 'x'.repeat(100_000) })).toEqual([
    '21:31+6 spec.containers[0].env[10].value: variables bring more than 1 MiB into the document',
  ]);
});

test('a value of 1 MiB is taken', () => {
  expect(containerOf('args: ["${BIG}"]', { BIG: 'x'.repeat(1024 * 1024) })).toMatchObject({
    args: ['x'.repeat(1024 * 1024)],
  });
});

describe('a v1 document', () => {
  test('has no variables', () => {
    const text = podText({ container: 'env: [{name: A, value: "${A} $${A} ${A:-x} ${A:-"}]' });
    const { pods, diagnostics } = parse(text, { A: 'x' });
    expect(diagnostics).toEqual([]);
    expect(firstContainer(pods[0]?.manifest).env).toEqual([{ name: 'A', value: '${A} $${A} ${A:-x} ${A:-' }]);
  });

  test('means the same whatever the environment is', () => {
    const piece = fc.constantFrom('${A}', '$${A}', '${A:-x}', '${B:?no}', '${', '}', '$', 'a');
    const texts = fc.array(
      fc.array(piece).map((pieces) => pieces.join('')),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(texts, fc.dictionary(fc.constantFrom('A', 'B'), fc.string()), (args, variables) => {
        const { pods } = parse(podText({ container: `args: ${JSON.stringify(args)}` }), variables);
        expect(firstContainer(pods[0]?.manifest).args).toEqual(args);
      }),
    );
  });
});

test('paths of this machine are made absolute after their variables', () => {
  const text = podText({ ours: true }).replace('image: host', 'rootfs: {path: "${ROOT}/a"}');
  const root = (value: string) => {
    const { pods } = parseManifest(text, '/srv/app/pod.yaml', { variables: valuesOf({ ROOT: value }) });
    return pods[0]?.spec.containers[0]?.root;
  };
  expect(root('..')).toEqual({ kind: 'rootfs', path: '/srv/a' });
  expect(root('/data')).toEqual({ kind: 'rootfs', path: '/data/a' });
});
