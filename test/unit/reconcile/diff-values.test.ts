import { describe, expect, test } from 'vitest';
import { diffValues, formatPath, replaceAt, valueAt } from '../../../src/reconcile/diff-values.ts';

const paths = (from: unknown, to: unknown) => diffValues(from, to).map(({ path }) => formatPath(path));

describe('diffValues', () => {
  test.each([
    [
      'ports by number',
      { ports: [{ containerPort: 80, name: 'a' }] },
      { ports: [{ containerPort: 80, name: 'b' }] },
      ['ports[80].name'],
    ],
    [
      'a port of another protocol is another one',
      { ports: [{ containerPort: 53 }] },
      { ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }] },
      ['ports[53/UDP]'],
    ],
    [
      'mounts by where they are, whatever volume they show',
      {
        volumeMounts: [
          { name: 'a', mountPath: '/x' },
          { name: 'a', mountPath: '/y' },
        ],
      },
      {
        volumeMounts: [
          { name: 'a', mountPath: '/y' },
          { name: 'b', mountPath: '/x' },
        ],
      },
      ['volumeMounts[/x].name'],
    ],
    [
      'host aliases by address',
      { hostAliases: [{ ip: '::1', hostnames: ['a'] }] },
      { hostAliases: [{ ip: '::1', hostnames: ['b'] }] },
      ['hostAliases[::1].hostnames'],
    ],
    [
      'anything else by name',
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] },
      ['volumes[v].emptyDir.medium'],
    ],
    ['lists of texts stay whole', { args: ['a', 'b'] }, { args: ['a', 'c'] }, ['args']],
    ['sources of variables stay whole', { envFrom: [{ prefix: 'a' }] }, { envFrom: [{ prefix: 'b' }] }, ['envFrom']],
    [
      'so do lists in which a key stands twice',
      { env: [{ name: 'A' }, { name: 'A' }] },
      { env: [{ name: 'A' }] },
      ['env'],
    ],
    [
      'parts of a security context, also when it comes',
      {},
      { securityContext: { runAsUser: 1, privileged: true } },
      ['securityContext.runAsUser', 'securityContext.privileged'],
    ],
    [
      'the order of keyed items does not matter',
      { env: [{ name: 'A' }, { name: 'B' }] },
      { env: [{ name: 'B' }, { name: 'A' }] },
      [],
    ],
  ])('%s', (_, from, to, expected) => {
    expect(paths(from, to)).toEqual(expected);
  });
});

describe('replaceAt', () => {
  const from = { a: 1, ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }] };

  test.each([
    [{ ...from, a: 2 }],
    [{ ...from, b: { c: [1] } }],
    [{ ...from, env: [{ name: 'A', value: '2' }] }],
    [{ ...from, env: [{ name: 'A', value: '1' }, { name: 'B' }] }],
    [{ ...from, env: [] }],
    [{ ...from, ports: [{ containerPort: 80, hostPort: 8080 }] }],
    [{ ports: from.ports, env: from.env }],
    [{ ...from, securityContext: { runAsUser: 3 } }],
  ])('of every difference gives %j', (to) => {
    const changed = diffValues(from, to).reduce<unknown>(
      (value, change) => replaceAt(value, change.path, change.to),
      from,
    );
    expect(diffValues(changed, to)).toEqual([]);
    for (const { path, to: value } of diffValues(from, to)) expect(valueAt(to, path)).toEqual(value);
  });
});
