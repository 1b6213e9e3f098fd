import { describe, expect, test } from 'vitest';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import { aContainer, aPod, errorsOf, withContainer } from './a-manifest.ts';

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')";

describe('a pod is refused', () => {
  test.each<[string, unknown, string[]]>([
    ['that is no map', 'x', [': an object must be a map (begin with apiVersion: v1 and kind: Pod)']],
    ['that is null', null, [': an object must be a map (begin with apiVersion: v1 and kind: Pod)']],
    [
      'of another kind, without a look at the rest',
      { apiVersion: 'apps/v1', kind: 'Deployment', spec: 1 },
      ['kind: Unsupported value: "Deployment": supported values: "Pod"'],
    ],
    [
      'of a kind nobody knows',
      { apiVersion: 'v1', kind: 'Pot' },
      ['kind: Unsupported value: "Pot": supported values: "Pod" (did you mean "Pod"?)'],
    ],
    [
      'of an unknown apiVersion',
      { ...aPod(), apiVersion: 'v2' },
      ['apiVersion: Unsupported value: "v2": supported values: "v1", "podctl.dev/v1" (did you mean "v1"?)'],
    ],
    [
      'without apiVersion and metadata',
      { kind: 'Pod', spec: { containers: [aContainer()] } },
      [
        'apiVersion: Required value (apiVersion: v1)',
        'metadata.name: Required value: name or generateName is required',
      ],
    ],
    ['without containers', aPod({ containers: [] }), ['spec.containers: Required value']],
    [
      'with a bad name',
      aPod({}, { name: 'My/Pod' }),
      [`metadata.name: Invalid value: "My/Pod": ${subdomainRule} (did you mean "my-pod"?)`],
    ],
    [
      'with a name too long',
      aPod({}, { name: 'a'.repeat(254) }),
      [`metadata.name: Invalid value: "${'a'.repeat(76)}…: must be no more than 253 characters`],
    ],
    [
      'with generateName',
      { ...aPod(), metadata: { generateName: 'x-' } },
      ['metadata.generateName: is not supported (give metadata.name)'],
    ],
    [
      'with a bad namespace',
      aPod({}, { namespace: 'a.b' }),
      [`metadata.namespace: Invalid value: "a.b": ${labelRule}`],
    ],
    [
      'with a hostname that is no label',
      aPod({ hostname: 'a_b' }),
      [`spec.hostname: Invalid value: "a_b": ${labelRule}`],
    ],
    [
      'with hostPID and shareProcessNamespace',
      aPod({ hostPID: true, shareProcessNamespace: true }),
      ['spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled'],
    ],
    [
      'with ephemeral containers',
      aPod({ ephemeralContainers: [{ name: 'x', image: 'y' }] }),
      ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
    [
      'with a container field in the spec',
      aPod({ image: 'host' }),
      ['spec.image: unknown field "image" (it belongs in a container, under spec.containers)'],
    ],
    [
      'with a pod field in a container',
      withContainer({ hostNetwork: true }),
      ['spec.containers[0].hostNetwork: unknown field "hostNetwork" (it belongs under spec)'],
    ],
    [
      'with two containers of one name',
      aPod({ containers: [aContainer(), aContainer()] }),
      ['spec.containers[1].name: Duplicate value: "app"'],
    ],
    [
      'with a container and an init container of one name',
      aPod({ initContainers: [aContainer()] }),
      ['spec.initContainers[0].name: Duplicate value: "app"'],
    ],
    [
      'without image',
      aPod({ containers: [{ name: 'app', command: ['x'] }] }),
      ['spec.containers[0].image: Required value'],
    ],
    [
      'with a blank around the image',
      withContainer({ image: ' nginx' }),
      ['spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace'],
    ],
    [
      'with image host and no command',
      aPod({ containers: [{ name: 'app', image: 'host', args: ['x'] }] }),
      [
        'spec.containers[0].command: Required value: command is required with image host (image host has no entrypoint of its own; args alone do not start anything)',
      ],
    ],
    [
      'with a NUL in an argument',
      withContainer({ args: ['a\0b'] }),
      ['spec.containers[0].args[0]: Invalid value: "a\\u0000b": must not contain a NUL character'],
    ],
    [
      'with a relative workingDir',
      withContainer({ workingDir: 'src' }),
      ['spec.containers[0].workingDir: Invalid value: "src": must be an absolute path'],
    ],
    [
      'with a number in env',
      withContainer({ env: [{ name: 'A', value: 1 }] }),
      ['spec.containers[0].env[0].value: must be a string, not the number 1 (quote it: "1")'],
    ],
    [
      'with value and valueFrom',
      withContainer({ env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    [
      'with port 0',
      withContainer({ ports: [{ containerPort: 0 }] }),
      ['spec.containers[0].ports[0].containerPort: Required value'],
    ],
    [
      'with port 65536',
      withContainer({ ports: [{ containerPort: 65536 }] }),
      ['spec.containers[0].ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive'],
    ],
    [
      'with a port beyond int32',
      withContainer({ ports: [{ containerPort: 4294967296 }] }),
      [
        'spec.containers[0].ports[0].containerPort: Invalid value: 4294967296: must be less than or equal to 2147483647',
      ],
    ],
    [
      'with a fraction of a port',
      withContainer({ ports: [{ containerPort: 1.5 }] }),
      ['spec.containers[0].ports[0].containerPort: must be an integer, not the number 1.5'],
    ],
    [
      'with an unknown protocol',
      withContainer({ ports: [{ containerPort: 1, protocol: 'tcp' }] }),
      [
        'spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP" (did you mean "TCP"?)',
      ],
    ],
    [
      'with two ports of one name',
      withContainer({
        ports: [
          { containerPort: 1, name: 'http' },
          { containerPort: 2, name: 'http' },
        ],
      }),
      ['spec.containers[0].ports[1].name: Duplicate value: "http"'],
    ],
    [
      'with hostNetwork and a hostPort of its own',
      withContainer({ ports: [{ containerPort: 1, hostPort: 2 }] }, { hostNetwork: true }),
      ['spec.containers[0].ports[0].hostPort: Invalid value: 2: must match `containerPort` when `hostNetwork` is true'],
    ],
    [
      'with a hostIP that is no address',
      withContainer({ ports: [{ containerPort: 1, hostPort: 2, hostIP: '10.0.0.1 . 6 . 1 : 10.0.0.2 . 1 }' }] }),
      [
        'spec.containers[0].ports[0].hostIP: Invalid value: "10.0.0.1 . 6 . 1 : 10.0.0.2 . 1 }": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'with two claims on one port of the machine',
      withContainer({ ports: [{ containerPort: 1 }, { containerPort: 1 }] }, { hostNetwork: true }),
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//1"'],
    ],
    [
      'with a bad quantity',
      withContainer({ resources: { limits: { memory: '1gb' } } }),
      [
        'spec.containers[0].resources.limits[memory]: Invalid value: "1gb": quantities must match a number with an optional suffix (did you mean "1G"?)',
      ],
    ],
    [
      'with a negative quantity',
      withContainer({ resources: { limits: { cpu: -1 } } }),
      ['spec.containers[0].resources.limits[cpu]: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'with a list for a quantity',
      withContainer({ resources: { limits: { cpu: [1] } } }),
      ['spec.containers[0].resources.limits[cpu]: must be a quantity (a string or a number), not a list'],
    ],
    [
      'with an unknown resource',
      withContainer({ resources: { limits: { mem: '1Gi' } } }),
      ['spec.containers[0].resources.limits[mem]: Invalid value: "mem": must be a standard resource for containers'],
    ],
    [
      'with a request above the limit',
      withContainer({ resources: { limits: { cpu: '100m' }, requests: { cpu: '0.2' } } }),
      ['spec.containers[0].resources.requests: Invalid value: "0.2": must be less than or equal to cpu limit of 100m'],
    ],
    [
      'with an unknown capability',
      withContainer({ securityContext: { capabilities: { add: ['NET_ADMN'] } } }),
      [
        'spec.containers[0].securityContext.capabilities.add[0]: Invalid value: "NET_ADMN": is not a Linux capability (did you mean "NET_ADMIN"?)',
      ],
    ],
    [
      'privileged without escalation',
      withContainer({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
      [
        'spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ],
    ],
    [
      'with a negative user id',
      withContainer({ securityContext: { runAsUser: -1 } }),
      ['spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
    ],
    [
      'with a mount of no volume',
      withContainer({ volumeMounts: [{ name: 'data', mountPath: '/d' }] }),
      ['spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
    [
      'with our fields in v1',
      withContainer({ namespaces: {} }, { backoff: {} }),
      [
        'spec.containers[0].namespaces: unknown field "namespaces" (use apiVersion: podctl.dev/v1)',
        'spec.backoff: unknown field "backoff" (use apiVersion: podctl.dev/v1)',
      ],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });
});

test('rules still judge what types have left over', () => {
  expect(
    errorsOf(aPod({ hostNetwork: 'yes', containers: [aContainer({ command: 'sh' }), aContainer({ name: 'B' })] })),
  ).toEqual([
    'spec.containers[0].command: must be a list, not the string "sh" (write ["sh"])',
    'spec.hostNetwork: must be true or false, not the string "yes"',
    `spec.containers[1].name: Invalid value: "B": ${labelRule}`,
  ]);
});

test('null is as good as absent, as in Kubernetes', () => {
  const verdict = validatePod(aPod({ volumes: null, restartPolicy: null }, { labels: { a: null } }));
  expect(verdict.ok && verdict.value.manifest).toEqual(aPod({}, { labels: { a: '' } }));
});

test('a value of the API nested beyond all measure is refused, not followed', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(errorsOf({ ...aPod(), status: deep })).toEqual([': is nested deeper than 32 levels']);
});
