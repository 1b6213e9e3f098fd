import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { dataKinds } from '../../../src/model/object-kinds.ts';
import { podText } from './a-manifest.ts';

/** `line:column+length field: message (hint)`, warnings marked. */
function report(text: string, file = 'pod.yaml'): string[] {
  return parseManifest(text, file).diagnostics.map((found) => {
    const { position, length, field, message, hint, severity } = found;
    const mark = severity === 'warning' ? 'warning ' : '';
    return `${mark}${position.line}:${position.column}+${length} ${field}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
}

const kinds = ['Pod', ...dataKinds].map((kind) => `"${kind}"`).join(', ');

describe('a mistake is shown at its place', () => {
  test.each<[string, string, string[]]>([
    [
      'an unknown field at its name',
      podText({ spec: 'hostNetwrk: true' }),
      ['6:3+10 spec.hostNetwrk: unknown field "hostNetwrk" (did you mean "hostNetwork"?)'],
    ],
    [
      'a wrong value at the value',
      podText({ spec: 'restartPolicy: always' }),
      [
        '6:18+6 spec.restartPolicy: Unsupported value: "always": supported values: "Always", "OnFailure", "Never" (did you mean "Always"?)',
      ],
    ],
    [
      'a wrong type of a list at its name',
      podText({ container: 'workingDir: [/]' }),
      ['10:7+10 spec.containers[0].workingDir: must be a string, not a list'],
    ],
    [
      'a missing field at what it is missing from',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {a: b}\nspec:\n  containers:\n  - image: host\n    command: [x]\n',
      [
        '3:1+8 metadata.name: Required value: name or generateName is required',
        '7:5+5 spec.containers[0].name: Required value',
      ],
    ],
    [
      'an env value that YAML reads as octal',
      podText({ container: 'env: [{name: A, value: 012}]' }),
      ['10:30+3 spec.containers[0].env[0].value: must be a string, not the number 10 (quote it: "012")'],
    ],
    [
      'an env value that YAML reads as true',
      podText({ container: 'env: [{name: A, value: yes}]' }),
      ['10:30+3 spec.containers[0].env[0].value: must be a string, not the boolean true (quote it: "yes")'],
    ],
    [
      'an env value that YAML reads as a thousand',
      podText({ container: 'env: [{name: A, value: 1e3}]' }),
      ['10:30+3 spec.containers[0].env[0].value: must be a string, not the number 1000 (quote it: "1e3")'],
    ],
    [
      'a duplicate key at the second',
      podText({ spec: 'hostPID: true\n  hostPID: false' }),
      ['7:3+7 spec.hostPID: duplicate key "hostPID", first at line 6, column 3 (remove one of them)'],
    ],
    [
      'a duplicate label, and a bad value beside it',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {a: b, a: c}}\nspec: {containers: 5}\n',
      [
        '3:38+1 metadata.labels[a]: duplicate key "a", first at line 3, column 32 (remove one of them)',
        '4:20+1 spec.containers: must be a list, not the number 5',
      ],
    ],
    [
      'a tab used as indentation',
      'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\n',
      ['4:1+1 : YAML: tabs are not allowed as indentation (indent with spaces)'],
    ],
    [
      'an unclosed quote',
      'kind: "Pod\n',
      ['2:1+1 : YAML: missing closing "quote (look for a missing quote, bracket or colon)'],
    ],
    ['an alias without an anchor', 'a: *b\n', ['1:4+2 : alias *b has no anchor before it']],
    [
      'an alias inside its own anchor',
      'a: &a [*a]\n',
      ['1:1+1 a: unknown field "a"', '1:8+2 : alias *a contains itself'],
    ],
    ['a list as a key', '? [a]\n: b\n', ['1:3+3 : a map or a list cannot be the name of a field']],
    [
      'a document that is no map',
      '- a\n',
      ['1:3+1 : an object must be a map (begin with apiVersion: v1 and kind: Pod)'],
    ],
    [
      'a NUL',
      'kind: Pod\nx: a\0b\n',
      ['2:5+1 : is not text: it contains a NUL character (a manifest is plain UTF-8 text)'],
    ],
    [
      'an escape character',
      'kind: \u001b[31mPod\n',
      ['1:7+1 : is not text: it contains the control character U+001B (a manifest is plain UTF-8 text)'],
    ],
    [
      'columns count characters, not UTF-16 units',
      'apiVersion: v1\nkind: Pod\nmetadata: {annotations: {a: "😀é"}, nam: web}\nspec: {containers: []}\n',
      [
        '3:1+8 metadata.name: Required value: name or generateName is required',
        '3:36+3 metadata.nam: unknown field "nam" (did you mean "name"?)',
        '4:8+10 spec.containers: Required value',
      ],
    ],
    [
      'lines that end in CRLF',
      'apiVersion: v1\r\nkind: Pot\r\n',
      [`2:7+3 kind: Unsupported value: "Pot": supported values: ${kinds} (did you mean "Pod"?)`],
    ],
    [
      'a text that begins with a byte order mark',
      '\ufeffkind: Pot\n',
      [`1:7+3 kind: Unsupported value: "Pot": supported values: ${kinds} (did you mean "Pod"?)`],
    ],
  ])('%s', (_, text, problems) => {
    const found = report(text).filter((line) => !/^1:1.*metadata\.name: R| (apiVersion|kind|spec): R/.test(line));
    expect(found).toEqual(problems);
  });
});

describe('documents', () => {
  const pod = (name: string, rest = ''): string => podText().replace('name: web', `name: ${name}${rest}`);

  test('are all parsed, and empty ones skipped', () => {
    const text = `---\n# nothing\n---\n${pod('a')}---\n---\n${pod('b')}...\n---\n`;
    const outcome = parseManifest(text, 'pod.yaml');
    expect(outcome.diagnostics).toEqual([]);
    expect(outcome.pods.map(({ spec, position }) => [spec.name, position])).toEqual([
      ['a', { line: 7, column: 9 }],
      ['b', { line: 18, column: 9 }],
    ]);
  });

  test('report problems of all of them with lines of the whole file', () => {
    const text = `${pod('a')}---\nkind: [\n---\n${pod('B')}---\nkind: Endpoints\napiVersion: v1\n---\n${pod('d')}`;
    const outcome = parseManifest(text, 'pod.yaml');
    expect(outcome.pods.map(({ spec }) => spec.name)).toEqual(['a', 'd']);
    expect(outcome.diagnostics.map(({ position }) => position.line)).toEqual([12, 16, 23]);
  });

  test('of one namespace and name are refused', () => {
    const text = [pod('a'), pod('a', '\n  namespace: other'), pod('a', '\n  namespace: default')].join('---\n');
    expect(report(text)).toEqual([
      '25:9+1 metadata.name: Duplicate value: "a": namespace default already has a pod of this name at pod.yaml:4 (rename one of them or give them different namespaces)',
    ]);
  });

  test('may be 64 and no more', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, index) => pod(`p${index}`)).join('---\n');
    expect(parseManifest(many(64), 'pod.yaml').pods).toHaveLength(64);
    expect(report(many(64))).toEqual([]);
    expect(report(many(70))).toEqual(['641:1+14 : more than 64 documents (split the file)']);
  });

  test('that are empty are not free either', () => {
    expect(report('---\n'.repeat(100_000))).toEqual(['1025:1+1 : more than 64 documents (split the file)']);
  });

  test('may have 3 MiB and no more', () => {
    const padded = (bytes: number): string => `${pod('a')}#${'é'.repeat((bytes - pod('a').length - 1) >> 1)}`;
    const most = 3 * 1024 * 1024;
    expect(report(`${padded(most)}\n---\n${pod('b')}`)[0]).toMatch(/^1:1\+1 : the document has 31457\d\d bytes/);
    expect(report(`${padded(most - 8)}\n---\n${pod('b')}`)).toEqual([]);
  });

  test('may be ConfigMaps and Secrets of a whole MiB, as Kubernetes has them, and no byte more', () => {
    const object = (kind: string, field: string, name: string, bytes: number) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind,
        metadata: { name },
        [field]: { k: Buffer.alloc(bytes).toString('base64') },
      });
    const full = 1024 * 1024;
    const two = ['a', 'b'].map((name) => object('Secret', 'data', name, full));
    const list = `{"apiVersion": "v1", "kind": "List", "items": [${two.join(',')}]}`;
    expect(report(list)).toEqual([]);
    expect(report(object('ConfigMap', 'binaryData', 'a', full))).toEqual([]);
    expect(report(object('ConfigMap', 'binaryData', 'a', full + 1))).toEqual([
      expect.stringMatching(/ : Too long: may not be more than 1048576 bytes$/),
    ]);
    expect(report(object('Secret', 'data', 'a', full + 1))).toEqual([
      expect.stringMatching(/ data: Too long: may not be more than 1048576 bytes$/),
    ]);
  });

  test('may be JSON, indented with tabs', () => {
    const json = JSON.stringify(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'j' },
        spec: { containers: [{ name: 'c', image: 'host', command: ['x'] }] },
      },
      null,
      '\t',
    );
    expect(parseManifest(json, 'pod.json').pods[0]?.spec.name).toBe('j');
  });

  test('may begin with a directive', () => {
    expect(report(`%YAML 1.1\n---\n${pod('a')}`)).toEqual([]);
  });
});

describe('bombs', () => {
  test('an alias bomb is refused at the alias that goes too far', () => {
    const layers = Array.from(
      { length: 9 },
      (_, i) =>
        `a${i}: &a${i} [${Array(10)
          .fill(i === 0 ? 'x' : `*a${i - 1}`)
          .join(',')}]\n`,
    );
    expect(report(layers.join(''))).toEqual(['4:38+3 : aliases expand to more than 10000 values']);
  });

  test.each([
    ['[', '['.repeat(1_000_000)],
    ['{a: ', '{a: '.repeat(200_000)],
    ['- ', '- '.repeat(500_000)],
    ['? ', '? '.repeat(500_000)],
    ['deeper lines', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('endless nesting of %s is refused', (_, text) => {
    expect(report(text)).toEqual([expect.stringContaining('maps and lists are nested too deeply')]);
  });

  test('33 levels are one too many', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    expect(report(nested(33))).toEqual([expect.stringContaining('nested deeper than 32 levels')]);
    expect(report(nested(32))).toEqual([expect.stringContaining('an object must be a map')]);
  });

  test('more tokens than any manifest has are refused', () => {
    expect(report('""'.repeat(500_000))).toEqual([expect.stringContaining('more than 400000 YAML tokens')]);
  });
});

describe('YAML as Kubernetes reads it', () => {
  const first = (text: string) => parseManifest(text, 'pod.yaml');

  test('merge keys and aliases give the same as written out', () => {
    const text = podText({
      spec: 'volumes: []',
      container:
        'env: &env\n        - &a {name: A, value: x}\n        - {<<: *a, name: B}\n    - name: two\n      image: host\n      command: [x]\n      env: *env',
    });
    const { pods, diagnostics } = first(text);
    expect(diagnostics).toEqual([]);
    expect(pods[0]?.spec.containers[1]?.programs[0]?.env).toMatchObject({ A: 'x', B: 'x' });
  });

  test('a mistake that comes through an alias is shown where it is written', () => {
    const text = podText({
      container: 'env: &env [{name: A, value: 1}]\n    - {name: two, image: host, command: [x], env: *env}',
    });
    expect(report(text)).toEqual([
      '10:35+1 spec.containers[0].env[0].value: must be a string, not the number 1 (quote it: "1")',
      '10:35+1 spec.containers[1].env[0].value: must be a string, not the number 1 (quote it: "1")',
    ]);
  });

  test('yes and on are booleans, also as names of labels', () => {
    const { pods, diagnostics } = first(
      podText({ spec: 'hostPID: yes' }).replace('name: web', 'name: web\n  labels: {on: "x", 1: "y"}'),
    );
    expect(diagnostics).toEqual([]);
    expect(pods[0]?.spec.labels).toEqual({ true: 'x', '1': 'y' });
    expect(pods[0]?.spec.containers[0]?.namespaces.pid).toBe('host');
  });

  test('explicit tags decide the type', () => {
    const { pods, diagnostics } = first(
      podText({ container: 'env: [{name: A, value: !!str 1}, {name: B, value: !x y}]' }),
    );
    expect(diagnostics).toEqual([]);
    expect(pods[0]?.spec.containers[0]?.programs[0]?.env).toMatchObject({ A: '1', B: 'y' });
  });

  test("a needless backslash before ' is taken", () => {
    const { pods, diagnostics } = first(podText({ container: String.raw`args: ["it\'s", "\\'"]` }));
    expect(diagnostics).toEqual([]);
    expect(pods[0]?.spec.containers[0]?.programs[0]?.argv).toEqual(['sleep', '1', "it's", "\\'"]);
  });

  test('__proto__ is a name like any other', () => {
    const text = podText({ container: 'env: [{name: __proto__, value: "1"}]' });
    expect(Object.entries(first(text).pods[0]?.spec.containers[0]?.programs[0]?.env ?? {})).toContainEqual([
      '__proto__',
      '1',
    ]);
    expect(report(podText({ spec: '__proto__: {a: 1}' }))).toEqual(['6:3+9 spec.__proto__: unknown field "__proto__"']);
  });
});

describe('a relative rootfs', () => {
  const text =
    'apiVersion: podctl.dev/v1\nkind: Pod\nmetadata: {name: r}\nspec: {containers: [{name: c, rootfs: {path: ../root}, command: [x]}]}\n';

  test('starts from the directory of the manifest', () => {
    const { pods } = parseManifest(text, '/srv/app/pod.yaml');
    expect(pods[0]?.spec.containers[0]?.root).toEqual({ kind: 'rootfs', path: '/srv/root' });
    expect(pods[0]?.manifest.spec).toMatchObject({ containers: [{ rootfs: { path: '/srv/root' } }] });
    expect(parseManifest(text, '-', { directory: '/a/b' }).pods[0]?.spec.containers[0]?.root).toEqual({
      kind: 'rootfs',
      path: '/a/root',
    });
  });

  test('without a directory to start from is refused', () => {
    expect(report(text)).toEqual([
      '4:46+7 spec.containers[0].rootfs.path: Invalid value: "../root": must be an absolute path',
    ]);
  });
});
