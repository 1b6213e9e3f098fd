import { describe, expect, test } from 'vitest';
import { aPod, errorsOf, warningsOf, withContainer } from './a-manifest.ts';

describe('a pod is accepted with a warning', () => {
  test.each<[string, unknown, string[]]>([
    [
      'for an image to pull',
      withContainer({ image: 'nginx:1.14' }),
      ['spec.containers[0].image: this version cannot pull images, the container will wait'],
    ],
    [
      'once for what is to come',
      withContainer({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }),
      ['spec.containers[0].resizePolicy: not honoured by this version, ignored'],
    ],
    [
      'for probes and hooks that cannot succeed, or do so only here',
      withContainer({
        livenessProbe: { httpGet: { port: 'wbe', host: 'example.com' } },
        ports: [{ name: 'web', containerPort: 80 }],
        lifecycle: { preStop: { tcpSocket: { port: 80 } } },
      }),
      [
        'spec.containers[0].livenessProbe.httpGet.port: no port of the container is called wbe: it can never be reached',
        'spec.containers[0].livenessProbe.httpGet.host: it fails: PID 1 looks up no names, and example.com is no IP address',
        'spec.containers[0].lifecycle.preStop.tcpSocket: here it connects; in Kubernetes it is deprecated, and fails',
      ],
    ],
    [
      'for fields of a cluster',
      aPod({ nodeSelector: { disk: 'ssd' }, schedulerName: 'x' }),
      [
        'spec.nodeSelector: means nothing on one machine, ignored',
        'spec.schedulerName: means nothing on one machine, ignored',
      ],
    ],
    [
      'for annotations that are fields by now',
      aPod(
        {},
        {
          annotations: {
            'seccomp.security.alpha.kubernetes.io/pod': 'localhost/a.json',
            'container.seccomp.security.alpha.kubernetes.io/app': 'localhost/b.json',
            'example.com/pod': 'x',
          },
        },
      ),
      [
        'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
        'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/app]: non-functional in v1.27+; use the "seccompProfile" field instead',
      ],
    ],
    [
      'but not for annotations whose field is there too',
      withContainer(
        { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
        { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
        {
          annotations: {
            'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
            'container.seccomp.security.alpha.kubernetes.io/app': 'runtime/default',
          },
        },
      ),
      [],
    ],
    [
      'for bandwidth of a pod that has no link to limit',
      aPod({ hostNetwork: true }, { annotations: { 'kubernetes.io/egress-bandwidth': '1M', other: 'x' } }),
      [
        "metadata.annotations[kubernetes.io/egress-bandwidth]: does nothing: with hostNetwork the links are the machine's",
      ],
    ],
    [
      'for limits of 0',
      withContainer({ resources: { limits: { cpu: 0, memory: '0' } } }),
      [
        'spec.containers[0].resources.limits[cpu]: 0 means no limit',
        'spec.containers[0].resources.limits[memory]: 0 means no limit',
      ],
    ],
    [
      'for a fraction of a byte',
      withContainer({ resources: { limits: { memory: '128m' } } }),
      [
        'spec.containers[0].resources.limits[memory]: fractional byte value "128m" is invalid, must be an integer; rounded up',
      ],
    ],
    [
      'for other resources',
      withContainer({ resources: { limits: { 'example.com/dongle': 1 } } }),
      ['spec.containers[0].resources.limits[example.com/dongle]: not honoured by this version, ignored'],
    ],
    [
      'for a hidden variable',
      withContainer({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      }),
      ['spec.containers[0].env[1].name: hides previous definition of "A"'],
    ],
    ['not for fields of a server', aPod({}, { uid: 'x', creationTimestamp: null, generation: 2 }), []],
    ['not for hostUsers: false', aPod({ hostUsers: false }), []],
    ['not for a hostPort', withContainer({ ports: [{ containerPort: 1, hostPort: 1 }] }), []],
    [
      'not for fields that ask for nothing',
      aPod({ tolerations: [], hostUsers: true, setHostnameAsFQDN: false, volumes: null, nodeName: '' }),
      [],
    ],
  ])('%s', (_, pod, warnings) => {
    expect(errorsOf(pod)).toEqual([]);
    expect(warningsOf(pod)).toEqual(warnings);
  });
});
