import { describe, expect, test } from 'vitest';
import { aContainer, errorsOf, ourPod } from './a-manifest.ts';

const ourContainers = (...containers: Record<string, unknown>[]) =>
  ourPod({ containers: containers.map((fields, index) => aContainer({ name: `c${index}`, ...fields })) });

describe('a pod of podctl.dev/v1 is refused', () => {
  test.each<[string, unknown, string[]]>([
    [
      'with image and rootfs',
      ourContainers({ rootfs: { path: '/x' } }),
      ['spec.containers[0].image: Forbidden: may not be given together with rootfs (remove one of them)'],
    ],
    [
      'with neither image nor rootfs',
      ourPod({ containers: [{ name: 'a', command: ['x'] }] }),
      ['spec.containers[0].image: Required value (image: host runs programs of this machine)'],
    ],
    [
      'with a relative rootfs',
      ourPod({ containers: [{ name: 'a', command: ['x'], rootfs: { path: 'x' } }] }),
      ['spec.containers[0].rootfs.path: Invalid value: "x": must be an absolute path'],
    ],
    [
      'with a rootfs and no command',
      ourPod({ containers: [{ name: 'a', rootfs: { path: '/x' } }] }),
      [
        'spec.containers[0].command: Required value: command is required with rootfs (rootfs has no entrypoint of its own; args alone do not start anything)',
      ],
    ],
    [
      'joining itself',
      ourContainers({ namespaces: { pid: 'container:c0' } }),
      [
        'spec.containers[0].namespaces.pid: Invalid value: "container:c0": a container cannot join itself (use private)',
      ],
    ],
    [
      'joining nobody',
      ourContainers({ namespaces: { mnt: 'container:c9' } }),
      [
        'spec.containers[0].namespaces.mnt: Invalid value: "container:c9": the pod has no container "c9" (did you mean "container:c0"?)',
      ],
    ],
    [
      'joining in a circle of three, told once a kind',
      ourContainers(
        { namespaces: { net: 'container:c1' } },
        { namespaces: { net: 'container:c2' } },
        { namespaces: { net: 'container:c0', ipc: 'container:c1' } },
      ),
      [
        'spec.containers[0].namespaces.net: Invalid value: "container:c1": containers join each other in a circle: c0 → c1 → c2 → c0 (one of them must be private, pod or host)',
      ],
    ],
    [
      'with an unknown mode',
      ourContainers({ namespaces: { net: 'Host' } }),
      [
        'spec.containers[0].namespaces.net: Unsupported value: "Host": supported values: "private", "pod", "host", "container:<name>" (did you mean "host"?)',
      ],
    ],
    [
      'with a bare container name',
      ourContainers({}, { namespaces: { net: 'c0' } }),
      [
        'spec.containers[1].namespaces.net: Unsupported value: "c0": supported values: "private", "pod", "host", "container:<name>" (did you mean "container:c0"?)',
      ],
    ],
    [
      'with a user namespace',
      ourContainers({ namespaces: { user: 'private' } }),
      ['spec.containers[0].namespaces.user: Invalid value: "private": must be "host": the pod has the machine’s users'],
    ],
    [
      'with a bad offset',
      ourContainers({ namespaces: { time: { boottime: '1d' } } }),
      [
        'spec.containers[0].namespaces.time.boottime: Invalid value: "1d": must be a duration (examples: 100ms, 10s, 5m, 1h; boottime also -1h)',
      ],
    ],
    [
      'with a monotonic clock set back',
      ourContainers({ namespaces: { time: { monotonic: '-1s' } } }),
      [
        'spec.containers[0].namespaces.time.monotonic: Invalid value: "-1s": must not be negative (only boottime (uptime) can be set back)',
      ],
    ],
    [
      'with a list as time',
      ourContainers({ namespaces: { time: [] } }),
      ['spec.containers[0].namespaces.time: must be a mode or a map {boottime, monotonic}, not a list'],
    ],
    [
      'with bad back-off numbers',
      ourPod({ backoff: { initial: '10', max: '-1s', factor: 0.5 } }),
      [
        'spec.backoff.initial: Invalid value: "10": must be a duration (examples: 100ms, 10s, 5m, 1h)',
        'spec.backoff.max: Invalid value: "-1s": must be greater than or equal to 0',
        'spec.backoff.factor: Invalid value: 0.5: must be between 1 and 100, inclusive',
        'spec.backoff.max: Invalid value: "-1s": max must be greater than or equal to initial (defaults: initial 10s, max 5m)',
      ],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });

  test('with a misspelt offset', () => {
    expect(errorsOf(ourContainers({ namespaces: { time: { boottme: '1h' } } }))).toEqual([
      'spec.containers[0].namespaces.time.boottme: unknown field "boottme" (did you mean "boottime"?)',
    ]);
  });
});
