import { describe, expect, test } from 'vitest';
import { aContainer, aPod, errorsOf, ourPod, warningsOf } from './a-manifest.ts';

const good = { volumeName: 'conf', path: 'app/a.env', key: 'A' };
const podOf = (fileKeyRef: object, volume: object = { emptyDir: {} }) =>
  aPod({
    containers: [aContainer({ env: [{ name: 'A', valueFrom: { fileKeyRef } }] })],
    volumes: [{ name: 'conf', ...volume }],
  });
const at = 'spec.containers[0].env[0].valueFrom.fileKeyRef';

describe('a fileKeyRef', () => {
  test.each([
    ['of an emptyDir', podOf(good)],
    ['of one in memory', podOf({ ...good, optional: true }, { emptyDir: { medium: 'Memory' } })],
    ['of a volume without a source', podOf(good, {})],
  ])('%s is good', (_name, pod) => {
    expect(errorsOf(pod)).toEqual([]);
    expect(warningsOf(pod)).toEqual([]);
  });

  test.each([
    [
      'nothing of it',
      podOf({}),
      [`${at}.volumeName: Required value`, `${at}.key: Required value`, `${at}.path: Required value`],
    ],
    [
      'another kind of volume',
      podOf(good, { hostPath: { path: '/etc' } }),
      [`${at}.volumeName: Invalid value: "conf": referenced volume must be of type emptyDir`],
    ],
    ['no such volume', podOf({ ...good, volumeName: 'other' }), [`${at}.volumeName: Not found: "other"`]],
    [
      'an absolute path',
      podOf({ ...good, path: '/a.env' }),
      [`${at}.path: Invalid value: "/a.env": must be a relative path`],
    ],
    [
      'a path that leads out',
      podOf({ ...good, path: 'a/../../b' }),
      [`${at}.path: Invalid value: "a/../../b": must not contain '..'`],
    ],
    [
      'a name of versions',
      podOf({ ...good, path: '..data' }),
      [`${at}.path: Invalid value: "..data": must not start with '..'`],
    ],
    [
      'a key that is no name',
      podOf({ ...good, key: 'A=B' }),
      [expect.stringMatching(/\.key: Invalid value: "A=B": a valid environment variable name /)],
    ],
  ])('is refused: %s', (_name, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });

  test('of a program too, in whose list of variables it stands', () => {
    const env = [{ name: 'A', valueFrom: { fileKeyRef: good } }];
    const pod = ourPod({
      containers: [{ name: 'app', image: 'host', processes: [{ name: 'p', command: ['p'], env }] }],
    });
    expect(errorsOf(pod)).toEqual([
      'spec.containers[0].processes[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: "conf"',
    ]);
  });
});
