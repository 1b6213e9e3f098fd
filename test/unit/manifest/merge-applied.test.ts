import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeApplied } from '../../../src/manifest/merge-applied.ts';

const restarted = { 'kubectl.kubernetes.io/restartedAt': 'noon' };

describe('a three-way merge', () => {
  // what was applied before, what there is, what is applied now, what comes of it
  test.each<readonly [string, unknown, unknown, unknown, unknown]>([
    ['what nobody named and others set stays', { a: 1 }, { a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2 }],
    ['what is named is set back', { a: 1 }, { a: 9 }, { a: 1 }, { a: 1 }],
    ['what was named and is not any more goes', { a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, { a: 1 }, { a: 1, c: 3 }],
    ['it goes too where others have changed it', { a: 1, b: 2 }, { a: 1, b: 9 }, { a: 1 }, { a: 1 }],
    ['what is named anew comes', {}, { b: 2 }, { a: { b: 1 } }, { a: { b: 1 }, b: 2 }],
    ['null is as written: the field is not set', {}, { a: 1 }, { a: null }, { a: null }],
    ['deep down as above', { a: { b: 1, c: 1 } }, { a: { b: 2, c: 1, d: 1 } }, { a: { b: 1 } }, { a: { b: 1, d: 1 } }],
    ['a map takes the place of a list', { a: [1] }, { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a list without keys is one value', { args: ['a'] }, { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
    [
      'entries with keys are merged one by one: env that others set stays',
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '1' },
        ],
      },
      {
        env: [
          { name: 'A', value: '2' },
          { name: 'B', value: '1' },
          { name: 'C', value: '1' },
        ],
      },
      { env: [{ name: 'A', value: '1' }] },
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'C', value: '1' },
        ],
      },
    ],
    [
      'an entry that others added stays where it stood, new ones come behind',
      { containers: [{ name: 'a' }] },
      { containers: [{ name: 'other' }, { name: 'a' }] },
      { containers: [{ name: 'a' }, { name: 'b' }] },
      { containers: [{ name: 'other' }, { name: 'a' }, { name: 'b' }] },
    ],
    [
      'the order of the file counts for its own entries',
      { containers: [{ name: 'a' }, { name: 'b' }] },
      { containers: [{ name: 'a' }, { name: 'other' }, { name: 'b' }] },
      { containers: [{ name: 'b' }, { name: 'a' }] },
      { containers: [{ name: 'other' }, { name: 'b' }, { name: 'a' }] },
    ],
    [
      'ports are known by number and protocol',
      { ports: [{ containerPort: 53 }] },
      {
        ports: [
          { containerPort: 53, name: 'dns' },
          { containerPort: 53, protocol: 'UDP' },
        ],
      },
      { ports: [{ containerPort: 53, protocol: 'TCP' }] },
      {
        ports: [
          { containerPort: 53, protocol: 'TCP', name: 'dns' },
          { containerPort: 53, protocol: 'UDP' },
        ],
      },
    ],
    [
      'a list with two entries of one key is one value',
      { env: [] },
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      { env: [{ name: 'B' }] },
      { env: [{ name: 'B' }] },
    ],
    [
      'labels and annotations of others stay when the file has none any more',
      { annotations: { mine: '1' }, labels: { mine: '1' } },
      { annotations: { mine: '1', ...restarted }, labels: { mine: '1' } },
      {},
      { annotations: restarted },
    ],
    [
      'other maps go as a whole',
      { livenessProbe: { exec: {}, periodSeconds: 3 } },
      { livenessProbe: { exec: {}, periodSeconds: 3, timeoutSeconds: 2 } },
      {},
      {},
    ],
    [
      'another handler of a probe takes the place of the one that there is',
      { livenessProbe: { exec: { command: ['a'] } } },
      { livenessProbe: { tcpSocket: { port: 1 }, periodSeconds: 3 } },
      { livenessProbe: { exec: { command: ['a'] } } },
      { livenessProbe: { exec: { command: ['a'] }, periodSeconds: 3 } },
    ],
    [
      'so does another source of a volume',
      { volumes: [{ name: 'a', emptyDir: {} }] },
      { volumes: [{ name: 'a', hostPath: { path: '/x' } }] },
      { volumes: [{ name: 'a', emptyDir: {} }] },
      { volumes: [{ name: 'a', emptyDir: {} }] },
    ],
    [
      'and another type of strategy',
      {},
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      { strategy: { type: 'Recreate' } },
      { strategy: { type: 'Recreate' } },
    ],
    [
      'of the same type, what others set of it stays',
      {},
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      { strategy: { type: 'RollingUpdate' } },
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    ],
  ])('%s', (_name, before, now, wanted, expected) => {
    expect(mergeApplied(before, now, wanted)).toEqual(expected);
  });

  const value = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(1, 'x', true),
      tie('fields'),
      fc.array(fc.constantFrom(1, 2)),
      tie('env'),
    ),
    fields: fc.dictionary(fc.constantFrom('a', 'b', 'labels', 'strategy', 'env'), tie('json'), { maxKeys: 4 }),
    env: fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constantFrom('1', '2') }), {
      selector: ({ name }) => name,
    }),
  })).fields;

  test('the same file again changes nothing, and nobody else having changed anything it gives the file', () => {
    fc.assert(
      fc.property(value, value, value, (before, now, wanted) => {
        const merged = mergeApplied(before, now, wanted);
        expect(mergeApplied(wanted, merged, wanted)).toEqual(merged);
        expect(mergeApplied(merged, merged, merged)).toEqual(merged);
        expect(mergeApplied(now, now, wanted)).toEqual(wanted);
      }),
    );
  });
});
