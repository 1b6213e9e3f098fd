import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeNodes, type YamlMap } from '../../../src/manifest/merge-nodes.ts';
import type { YamlNode } from '../../../src/manifest/yaml-node.ts';
import { merge, nodeOf } from './merge-text.ts';

type Case = readonly [name: string, base: string, overlay: string, merged: unknown];

describe('maps', () => {
  test.each<Case>([
    ['keep what the overlay does not name', 'a: 1\nb: 2', 'b: 3\nc: 4', { a: 1, b: 3, c: 4 }],
    ['are merged field by field', 'm: {a: {b: 1, c: 2}}', 'm: {a: {c: 3}}', { m: { a: { b: 1, c: 3 } } }],
    ['lose a field that is null', 'm: {a: 1, b: 2}', 'm: {a: null, x: null}', { m: { b: 2 } }],
    ['take new values without their nulls', 'a: 1', 'm: {p: {x: null, w: 1}}', { a: 1, m: { p: { w: 1 } } }],
    [
      'take the place of anything else',
      'm: 1\nq: [1]\no:',
      'm: {a: 1}\nq: {a: 1}\no: {a: 1}',
      { m: { a: 1 }, q: { a: 1 }, o: { a: 1 } },
    ],
    ['give way to anything else', 'm: {a: 1}\nq: {a: 1}', 'm: 1\nq: [1]', { m: 1, q: [1] }],
    ['keep the order of the base, new ones behind', 'z: 1\na: 1', 'b: 1\na: 2', { z: 1, a: 2, b: 1 }],
    ['__proto__ is a name like any other', 'a: 1', '__proto__: {b: 1}', JSON.parse('{"a": 1, "__proto__": {"b": 1}}')],
  ])('%s', (_, base, overlay, merged) => {
    expect(merge(base, overlay)).toEqual(merged);
    if (typeof merged === 'object')
      expect(Object.keys(merge(base, overlay) as object)).toEqual(Object.keys(merged ?? {}));
  });
});

describe('lists', () => {
  test.each<Case>([
    [
      'of containers go by name, new ones behind',
      'containers: [{name: a, image: x}, {name: b}]',
      'containers: [{name: c}, {name: a, tty: true}]',
      { containers: [{ name: 'a', image: 'x', tty: true }, { name: 'b' }, { name: 'c' }] },
    ],
    [
      'of programs and their variables go by name',
      'processes: [{name: a, command: [x], env: [{name: A, value: "1"}, {name: B, value: "1"}]}]',
      'processes: [{name: a, env: [{name: B, value: "2"}, {name: C, value: "3"}]}]',
      {
        processes: [
          {
            name: 'a',
            command: ['x'],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
              { name: 'C', value: '3' },
            ],
          },
        ],
      },
    ],
    [
      'of a Service’s ports go by number and protocol',
      'ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]',
      'ports: [{port: 53, protocol: UDP, targetPort: 5353}, {port: 80}]',
      { ports: [{ name: 'a', port: 53 }, { name: 'b', port: 53, protocol: 'UDP', targetPort: 5353 }, { port: 80 }] },
    ],
    ['of words are replaced', 'args: [a, b]\ncommand: [x]', 'args: [c]', { args: ['c'], command: ['x'] }],
    [
      'of tolerations are replaced',
      'tolerations: [{key: a}]',
      'tolerations: [{key: b}]',
      { tolerations: [{ key: 'b' }] },
    ],
    [
      'of dev rules are replaced',
      'dev: {watch: [{paths: [a]}]}',
      'dev: {watch: [{paths: [b]}]}',
      { dev: { watch: [{ paths: ['b'] }] } },
    ],
    ['of finalizers are put together', 'finalizers: [a, b]', 'finalizers: [b, c]', { finalizers: ['a', 'b', 'c'] }],
    [
      'of ports go by number and protocol',
      'ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]',
      'ports: [{containerPort: 53, name: dns, protocol: TCP}, {containerPort: 54}]',
      {
        ports: [
          { containerPort: 53, name: 'dns', protocol: 'TCP' },
          { containerPort: 53, protocol: 'UDP' },
          { containerPort: 54 },
        ],
      },
    ],
    [
      'of mounts go by path',
      'volumeMounts: [{name: a, mountPath: /x}, {name: a, mountPath: /w}]',
      'volumeMounts: [{name: b, mountPath: /w}]',
      {
        volumeMounts: [
          { name: 'a', mountPath: '/x' },
          { name: 'b', mountPath: '/w' },
        ],
      },
    ],
    [
      'of host aliases go by ip',
      'hostAliases: [{ip: 1.1.1.1, hostnames: [a]}]',
      'hostAliases: [{ip: 1.1.1.1, hostnames: [b]}]',
      { hostAliases: [{ ip: '1.1.1.1', hostnames: ['b'] }] },
    ],
    [
      'of claim templates go by the name in their metadata',
      'volumeClaimTemplates: [{metadata: {name: a}, spec: {accessModes: [RWO]}}, {metadata: {name: b}}]',
      'volumeClaimTemplates: [{metadata: {name: a}, spec: {size: 1}}, {metadata: {name: b}, $patch: delete}]',
      { volumeClaimTemplates: [{ metadata: { name: 'a' }, spec: { accessModes: ['RWO'], size: 1 } }] },
    ],
    [
      'that are not there yet are taken',
      'a: 1',
      'env: [{name: A, value: x, extra: null}]',
      { a: 1, env: [{ name: 'A', value: 'x' }] },
    ],
    ['that are empty change nothing where entries have names', 'env: [{name: A}]', 'env: []', { env: [{ name: 'A' }] }],
    ['that are empty empty others', 'args: [a]', 'args: []', { args: [] }],
    [
      'keep two entries of one name in the base',
      'env: [{name: A}, {name: A}]',
      'env: [{name: A, value: x}]',
      { env: [{ name: 'A', value: 'x' }, { name: 'A' }] },
    ],
  ])('%s', (_, base, overlay, merged) => expect(merge(base, overlay)).toEqual(merged));
});

test('entries of claim templates need a name, and one of its own', () => {
  const base = 'volumeClaimTemplates: [{metadata: {name: a}}]';
  expect(merge(base, 'volumeClaimTemplates: [{spec: {}}]')).toEqual([
    'volumeClaimTemplates[0].metadata.name: Required value: entries of volumeClaimTemplates are merged by their metadata.name',
  ]);
  expect(merge(base, 'volumeClaimTemplates: [{metadata: {name: b}}, {metadata: {name: b}}]')).toEqual([
    'volumeClaimTemplates[1].metadata.name: Duplicate value: "b" (put the two entries together)',
  ]);
});

describe('a map of variables and a list of them', () => {
  test.each<Case>([
    [
      'are both lists',
      'env: [{name: A, value: x}]',
      'env: {A: w, B: z}',
      {
        env: [
          { name: 'A', value: 'w' },
          { name: 'B', value: 'z' },
        ],
      },
    ],
    [
      'either way',
      'env: {A: x, C:}',
      'env: [{name: A, value: w}]',
      {
        env: [
          { name: 'A', value: 'w' },
          { name: 'C', value: '' },
        ],
      },
    ],
    [
      'null removes',
      'env: [{name: A, value: x}, {name: B, value: x}]',
      'env: {A: null, C: null}',
      { env: [{ name: 'B', value: 'x' }] },
    ],
    ['two maps stay a map', 'env: {A: x, B: x}', 'env: {A: null, value: w}', { env: { B: 'x', value: 'w' } }],
    [
      'whatever the names',
      'env: {value: x, exec: x}',
      'env: {valueFrom: w, httpGet: w}',
      { env: { value: 'x', exec: 'x', valueFrom: 'w', httpGet: 'w' } },
    ],
  ])('%s', (_, base, overlay, merged) => expect(merge(base, overlay)).toEqual(merged));
});

describe('of two that exclude each other the overlay’s stays', () => {
  test.each<Case>([
    ['two of docker’s words', 'resources: {cpus: 1}', 'resources: {cpu_quota: 5}', { resources: { cpu_quota: 5 } }],
    [
      'value and valueFrom',
      'env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]',
      'env: [{name: A, value: x}]',
      { env: [{ name: 'A', value: 'x' }] },
    ],
    [
      'sources of a volume',
      'volumes: [{name: a, emptyDir: {}}]',
      'volumes: [{name: a, hostPath: {path: /x}}]',
      { volumes: [{ name: 'a', hostPath: { path: '/x' } }] },
    ],
    [
      'kinds of probes',
      'readiness: {httpGet: {port: 1}, periodSeconds: 1}',
      'readiness: {logLine: ready}',
      { readiness: { periodSeconds: 1, logLine: 'ready' } },
    ],
    [
      'but the same one is merged',
      'readinessProbe: {httpGet: {port: 1, path: /a}}',
      'readinessProbe: {httpGet: {port: 2}}',
      { readinessProbe: { httpGet: { port: 2, path: '/a' } } },
    ],
    [
      'image and rootfs',
      'containers: [{name: a, image: host}]',
      'containers: [{name: a, rootfs: {path: /x}}]',
      { containers: [{ name: 'a', rootfs: { path: '/x' } }] },
    ],
    [
      'both given: both stay, to be refused',
      'env: [{name: A, value: x}]',
      'env: [{name: A, value: w, valueFrom: {}}]',
      { env: [{ name: 'A', value: 'w', valueFrom: {} }] },
    ],
    [
      'null is no rival',
      'env: [{name: A, value: x}]',
      'env: [{name: A, valueFrom: null}]',
      { env: [{ name: 'A', value: 'x' }] },
    ],
  ])('%s', (_, base, overlay, merged) => expect(merge(base, overlay)).toEqual(merged));
});

describe('for any documents', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const scalar = fc.oneof(word, fc.nat(3), fc.boolean());
  const entry = fc.record({ name: word, value: scalar, m: fc.dictionary(word, scalar) }, { requiredKeys: ['name'] });
  const named = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 3 });
  const shape = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
    fc.record(
      {
        ...{ env: named, args: fc.array(scalar, { maxLength: 3 }), finalizers: fc.uniqueArray(word) },
        ...{ m: fc.dictionary(word, value), n: value },
      },
      { requiredKeys: [] },
    );
  const base = shape(scalar);
  const overlay = shape(fc.oneof(scalar, fc.constant(null)));
  const text = (value: unknown): string => JSON.stringify(value);

  test('an empty overlay changes nothing', () => {
    fc.assert(
      fc.property(base, (value) => {
        expect(merge(text(value), '{}')).toEqual(value);
      }),
    );
  });

  test('merging twice is merging once', () => {
    fc.assert(
      fc.property(base, overlay, (value, change) => {
        const once = merge(text(value), text(change));
        expect(merge(text(value), text(change), text(change))).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  test('a document merged onto itself is itself', () => {
    fc.assert(
      fc.property(base, (value) => {
        expect(merge(text(value), text(value))).toEqual(value);
      }),
    );
  });

  test('each value comes from one of them, with its place', () => {
    const spans = (node: YamlNode): unknown[] =>
      node.kind === 'scalar'
        ? [[node.span, node.value]]
        : node.kind === 'list'
          ? node.items.flatMap(spans)
          : [...node.entries.values()].flatMap((one) => spans(one.node));
    fc.assert(
      fc.property(base, overlay, (value, change) => {
        const [below, above] = [nodeOf(text(value)), nodeOf(text(change))];
        const merged = mergeNodes(below, above, []);
        const written = JSON.stringify([...spans(below), ...spans(above)]);
        for (const span of merged === undefined ? [] : spans(merged)) expect(written).toContain(JSON.stringify(span));
      }),
    );
  });
});

test('lists of 50,000 entries are merged in linear time: anything worse ends in the time limit', {
  timeout: 40_000,
}, () => {
  const span = { start: 0, end: 0 };
  const mapOf = (name: string, node: YamlNode): YamlMap => ({
    ...{ kind: 'map', span },
    entries: new Map([[name, { key: span, node }]]),
  });
  const list = (count: number): YamlMap => {
    const items = Array.from({ length: count }, (_, i) => mapOf('name', { kind: 'scalar', span, value: `A${i}` }));
    return mapOf('env', { kind: 'list', span, items });
  };
  const [base, overlay] = [list(50_000), list(50_001)];
  expect(mergeNodes(base, overlay, [])?.entries.get('env')?.node).toMatchObject({ items: { length: 50_001 } });
});
