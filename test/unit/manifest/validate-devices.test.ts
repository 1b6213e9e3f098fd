import { describe, expect, test } from 'vitest';
import { inspectPod } from '../../../src/manifest/validate-pod.ts';
import { aContainer, errorsOf, ourPod, withContainer } from './a-manifest.ts';

const withDevices = (...devices: readonly unknown[]) => ourPod({ containers: [aContainer({ devices })] });
const devicesOf = (...devices: readonly unknown[]) =>
  inspectPod(withDevices(...devices)).pod?.spec.containers[0]?.devices;

describe('is understood', () => {
  const node = (hostPath: string, path = hostPath, access = 'rwm') => ({ kind: 'node', hostPath, path, access });
  test.each([
    ['/dev/fuse', node('/dev/fuse')],
    ['/dev/sda:/dev/xvda', node('/dev/sda', '/dev/xvda')],
    ['/dev/sda:/dev/xvda:wr', node('/dev/sda', '/dev/xvda', 'rw')],
    ['/dev/sda:r', node('/dev/sda', '/dev/sda', 'r')],
    [{ path: '/dev/net/tun', containerPath: '/dev//tun', access: 'rw' }, node('/dev/net/tun', '/dev/tun', 'rw')],
    [{ path: '/dev/fuse', type: '' }, node('/dev/fuse')],
    [
      { type: 'c', major: 10, minor: '*', access: 'mr' },
      { kind: 'rule', type: 'c', major: 10, minor: '*', access: 'rm' },
    ],
    [
      { type: 'b', major: '*', minor: '*' },
      { kind: 'rule', type: 'b', major: '*', minor: '*', access: 'rwm' },
    ],
  ])('%j', (written, expected) => {
    expect(devicesOf(written)).toEqual([expected]);
  });

  test('no devices are none', () => {
    expect(devicesOf()).toBeUndefined();
  });
});

describe('is refused', () => {
  const cases: [string, unknown, ...string[]][] = [
    ['a relative path', 'dev/fuse', ': Invalid value: "dev/fuse": must be an absolute path'],
    ['nothing', '', ': Required value'],
    [
      'bad access',
      '/dev/sda:/dev/sdb:rx',
      ': Invalid value: "rx": must be of r (read), w (write) and m (mknod), each once',
    ],
    [
      'access twice',
      { path: '/dev/sda', access: 'rr' },
      '.access: Invalid value: "rr": must be of r (read), w (write) and m (mknod), each once',
    ],
    ['what every container has', '/dev/null', ': Invalid value: "/dev/null": every container has its own (remove it)'],
    [
      'over what every container has',
      { path: '/dev/sda', containerPath: '/dev/zero' },
      '.containerPath: Invalid value: "/dev/zero": every container has its own (remove it)',
    ],
    [
      'a way out',
      { path: '/dev/sda', containerPath: '/dev/../x' },
      '.containerPath: Invalid value: "/dev/../x": must not contain \'..\'',
    ],
    ['neither', { access: 'r' }, ': Required value: must specify one of: path, type with major and minor'],
    [
      'both',
      { path: '/dev/sda', type: 'b' },
      '.type: Forbidden: may not be given together with path (a node has its number already; make the rule an entry of its own)',
    ],
    ['half a rule', { type: 'c', major: 1 }, '.minor: Required value: a number, or "*" for any'],
    [
      'numbers out of bounds',
      { type: 'c', major: 4096, minor: '5' },
      '.major: Invalid value: 4096: must be between 0 and 4095, inclusive',
      '.minor: Invalid value: "5": must be a number, or "*" for any (remove the quotes)',
    ],
    [
      'a rule with a place',
      { type: 'c', major: 1, minor: 1, containerPath: '/dev/x' },
      '.containerPath: Forbidden: a rule alone shows no node (give path)',
    ],
    [
      'another type',
      { type: 'a', major: 1, minor: 1 },
      '.type: Unsupported value: "a": supported values: "c", "b" (did you mean "c"?)',
    ],
  ];
  test.each(cases)('%s', (_, written, ...expected) => {
    const complaints = errorsOf(withDevices(written));
    expect(complaints.map((text) => text.replace('spec.containers[0].devices[0]', ''))).toEqual(expected);
  });

  test('the same twice', () => {
    const rule = { type: 'c', major: 1, minor: 3 };
    expect(errorsOf(withDevices('/dev/fuse', '/dev/kvm:/dev/fuse', rule, { ...rule, access: 'r' }))).toEqual([
      'spec.containers[0].devices[1]: Duplicate value: "/dev/fuse"',
      'spec.containers[0].devices[3]: Duplicate value: "c 1:3"',
    ]);
  });

  test('in a pod of Kubernetes’', () => {
    expect(errorsOf(withContainer({ devices: [], procView: 'off' }))).toEqual([
      'spec.containers[0].devices: unknown field "devices" (use apiVersion: podctl.dev/v1)',
      'spec.containers[0].procView: unknown field "procView" (use apiVersion: podctl.dev/v1)',
    ]);
  });
});

test.each([
  [undefined, undefined],
  ['full', undefined],
  ['files', 'files'],
  ['off', 'off'],
  [false, 'off'],
])('procView %s is wanted as %s', (procView, expected) => {
  const container = aContainer(procView === undefined ? {} : { procView });
  expect(inspectPod(ourPod({ containers: [container] })).pod?.spec.containers[0]?.procView).toBe(expected);
});

test('a wrong procView is refused with a guess', () => {
  expect(errorsOf(ourPod({ containers: [aContainer({ procView: 'file' })] }))).toEqual([
    'spec.containers[0].procView: Unsupported value: "file": supported values: "full", "files", "off" (did you mean "files"?)',
  ]);
});

describe('a node where none can be made', () => {
  const errors = (container: Readonly<Record<string, unknown>>) =>
    errorsOf(ourPod({ containers: [aContainer({ name: 'a' }), aContainer({ name: 'b', ...container })] }));
  const at = 'spec.containers[1].devices[0]: Forbidden:';
  const joined =
    '(its nodes are those of the mount namespace it joins: make the node in the container that makes it, and give its rule here)';

  test('is refused in a mount namespace of another container, its rule is not', () => {
    const namespaces = { mnt: 'container:a' };
    expect(errors({ namespaces, devices: ['/dev/fuse'] })).toEqual([
      `${at} may not be given together with namespaces.mnt container:a ${joined}`,
    ]);
    expect(errors({ namespaces, devices: [{ type: 'c', major: 10, minor: 229 }] })).toEqual([]);
  });

  test('is refused under another name in the machine’s own mount namespace', () => {
    const namespaces = { mnt: 'host' };
    expect(errors({ namespaces, devices: ['/dev/fuse'] })).toEqual([]);
    expect(errors({ namespaces, devices: ['/dev/fuse:/dev/x'] })).toEqual([
      `${at} may not be given together with namespaces.mnt host ${joined}`,
    ]);
  });

  test('is refused under another name in the /dev of a privileged container', () => {
    const securityContext = { privileged: true };
    expect(errors({ securityContext, devices: ['/dev/fuse', '/dev/sda:/disk'] })).toEqual([]);
    expect(errors({ securityContext, devices: ['/dev/fuse:/dev/x'] })).toEqual([
      `${at} the /dev of a privileged container is that of the machine: nothing is made in it (choose a place outside of /dev, or leave containerPath out)`,
    ]);
  });
});
