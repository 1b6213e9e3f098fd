import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';

type Fields = Readonly<Record<string, unknown>>;

const pod = (spec: Fields, container: Fields = {}, apiVersion = 'podctl.dev/v1') => ({
  apiVersion,
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { hostUsers: false, containers: [{ name: 'main', image: 'host', command: ['true'], ...container }], ...spec },
});
const told = (given: unknown): readonly string[] => {
  const result = validatePod(given);
  return result.ok ? [] : result.error.map(({ field, message }) => `${field}: ${message}`);
};

describe('hostUsers: false', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['is accepted', pod({}, {}, 'v1'), []],
    [
      'without hostNetwork',
      pod({ hostNetwork: true }, {}, 'v1'),
      ['spec.hostNetwork: Forbidden: when `hostUsers` is false'],
    ],
    [
      'without hostPID and hostIPC',
      pod({ hostPID: true, hostIPC: true }, {}, 'v1'),
      ['spec.hostPID: Forbidden: when `hostUsers` is false', 'spec.hostIPC: Forbidden: when `hostUsers` is false'],
    ],
    ['with those of the machine’s users', pod({ hostUsers: true, hostPID: true }, {}, 'v1'), []],
    [
      'without namespaces of the machine',
      pod({}, { namespaces: { net: 'host', uts: 'host', time: 'host' } }),
      ['spec.containers[0].namespaces.net: Invalid value: "host": must not be "host" when `hostUsers` is false'],
    ],
    ['with namespaces.user pod', pod({}, { namespaces: { user: 'pod' } }), []],
    [
      'not with namespaces.user host',
      pod({}, { namespaces: { user: 'host' } }),
      ['spec.containers[0].namespaces.user: Invalid value: "host": must be "pod": the pod has users of its own'],
    ],
    [
      'is what namespaces.user pod takes',
      pod({ hostUsers: true }, { namespaces: { user: 'pod' } }),
      ['spec.containers[0].namespaces.user: Invalid value: "pod": must be "host": the pod has the machine’s users'],
    ],
    [
      'without a negative nice',
      pod({}, { command: undefined, processes: [{ name: 'a', command: ['true'], nice: -5 }] }),
      ['spec.containers[0].processes[0].nice: Invalid value: -5: must not be negative when `hostUsers` is false'],
    ],
  ])('%s', (_, given, problems) => {
    expect(told(JSON.parse(JSON.stringify(given)))).toEqual(problems);
  });

  test.each<[string, Fields, Fields, string | undefined]>([
    ['with procMount Unmasked', { securityContext: { procMount: 'Unmasked' } }, {}, 'off'],
    ['off when privileged', { securityContext: { privileged: true } }, {}, 'off'],
    ['as written', { securityContext: { procMount: 'Unmasked' }, procView: 'files' }, {}, 'files'],
    ['full when written', { securityContext: { procMount: 'Unmasked' }, procView: 'full' }, {}, undefined],
    ['full otherwise', {}, {}, undefined],
  ])('shows the container in /proc %s', (_, container, spec, procView) => {
    const normal = normalisePod(pod(spec, container) as unknown as PodManifest);
    expect(normal.hostUsers).toBe(false);
    expect(normal.containers[0]?.procView).toBe(procView);
  });
});
